/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef NH_HTML_DECIDE_H
#define NH_HTML_DECIDE_H

#include "analysis/report/html.h"

/** How sure the recommendation is, answers to goals, what would change it, what to measure next;
 *  for each price model that was asked for. */
void nh_html_decisions(FILE *out, const struct nh_app_answer *a, size_t app);

/** What keeps it from scaling, in words, and the efficiency factors of ranks as a heat map. */
void nh_html_bottleneck(FILE *out, const struct nh_report *r, size_t app);

#endif
