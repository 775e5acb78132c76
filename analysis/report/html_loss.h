/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef NH_HTML_LOSS_H
#define NH_HTML_LOSS_H

#include "analysis/report/html.h"
#include "analysis/report/html_figure.h"

/** What the course of the Karp-Flatt fraction over the sizes says, in words (Karp and Flatt
 *  1990): flat, rising or falling by more than a quarter from the first to the last. */
enum { NH_LOSS_TEXT = 128 };
const char *nh_loss_diagnosis(const struct nh_scaling *s, char *buf);

/** The fraction against size; nothing below three sizes. */
void nh_html_loss_chart(FILE *out, const struct nh_scaling *s, size_t app);

#endif
