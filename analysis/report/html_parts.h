/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef NH_HTML_PARTS_H
#define NH_HTML_PARTS_H

#include "analysis/report/html.h"

/** What a run's cost is made of, for each size, by the first price model; nothing where all of
 *  it is compute. */
void nh_html_parts_chart(FILE *out, const struct nh_app_answer *a, size_t app);

/** Launches of each size: how far each is from the median, with the quartiles. Nothing where
 *  every size ran once. */
void nh_html_repeats_chart(FILE *out, const struct nh_scaling *s, size_t app);

#endif
