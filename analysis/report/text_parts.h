/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef NH_TEXT_PARTS_H
#define NH_TEXT_PARTS_H

#include "analysis/report/report.h"

/** Below the costs in the terminal, where there is something to say: what they are made of,
 *  and on spot what nine of ten runs stay within. */
int nh_text_parts(FILE *out, const struct nh_scaling *s, const struct nh_advice *a, const char *dim,
                  const char *off, struct nh_error *err);

#endif
