/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef NH_STUDY_EXPR_H
#define NH_STUDY_EXPR_H

#include <stddef.h>
#include <stdint.h>

#include "common/error.h"

/*
 * Conditions of a study file ("where: nodes * ranks_per_node <= 288"): whole numbers, names,
 * + - * / %, < <= == != >= >, and, or, not, parentheses. Precedence is that of Python. A comparison
 * gives 1 or 0; anything but 0 is true. `and` and `or` look at their right side only when it
 * matters, so that "nodes > 1 and 8 % (nodes - 1) == 0" holds no trap.
 *
 * Evaluation always ends, with a value or an error: no loops, no calls, bounded depth;
 * overflow and division by zero are errors.
 */
struct nh_expr_name {
    const char *name;
    int64_t value;
};

/** Code NH_EINPUT: what is wrong, and the place in the text. Division truncates towards 0, the
 *  remainder has the sign of the dividend (C). */
int nh_expr_eval(const char *text, const struct nh_expr_name *names, size_t count, int64_t *value,
                 struct nh_error *err);

#endif
