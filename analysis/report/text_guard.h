/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef NH_TEXT_GUARD_H
#define NH_TEXT_GUARD_H

#include <stdio.h>

#include "analysis/doubts.h"

/** The doubts of the physics guard for the terminal; those that say the same of one series are
 *  one entry. Nothing when there are none. */
void nh_text_guard(FILE *out, const struct nh_doubts *f, const char *head_on, const char *head_off);

#endif
