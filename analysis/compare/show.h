/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef NH_COMPARE_SHOW_H
#define NH_COMPARE_SHOW_H

#include <stdio.h>

#include "analysis/compare/compare.h"
#include "analysis/compare/history.h"

/* Comparisons and histories as text and JSON. */

int nh_comparison_text(FILE *out, const struct nh_comparison *c, struct nh_error *err);
int nh_comparison_json(FILE *out, const struct nh_comparison *c, struct nh_error *err);

/** `files`: those that were read, for where a change is. */
int nh_history_text(FILE *out, const struct nh_history *h, char *const *files,
                    struct nh_error *err);
int nh_history_json(FILE *out, const struct nh_history *h, char *const *files,
                    struct nh_error *err);

void nh_self_test_text(FILE *out, const struct nh_self_test *t);

#endif
