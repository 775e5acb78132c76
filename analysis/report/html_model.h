/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef NH_HTML_MODEL_H
#define NH_HTML_MODEL_H

#include "analysis/report/html.h"
#include "analysis/report/html_figure.h"

/** Adds what the models say to a chart of scale-up: the averaged curve and the interval of one
 *  further run; beyond the last measurement dashed and hatched. Nothing without a model. */
void nh_model_add_scale_up(struct nh_figure *f, const struct nh_app_answer *a);

/** Residuals of the best model, and how well each model predicts a size that it has not seen. */
void nh_html_model_charts(FILE *out, const struct nh_app_answer *a, size_t app);

/** The models side by side: formula, AICc, weight, held-out error, why one is refused; and why
 *  there is none. */
void nh_html_model_table(FILE *out, const struct nh_app_answer *a);

#endif
