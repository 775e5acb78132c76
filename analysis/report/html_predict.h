/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef NH_HTML_PREDICT_H
#define NH_HTML_PREDICT_H

#include "analysis/report/html.h"

/** Times that were not measured: by the models beyond the largest size, and by the
 *  micro-benchmarks, beside what was measured since. Nothing where nothing is predicted. */
void nh_html_predictions(FILE *out, const struct nh_app_answer *a, size_t app);

/** Times of another mesh (--mesh); nothing where it was not asked for. */
void nh_html_meshes(FILE *out, const struct nh_report *r);

#endif
