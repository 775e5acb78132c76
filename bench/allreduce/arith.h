/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef NH_ARITH_H
#define NH_ARITH_H

#include <stddef.h>

/* Element types and operations of the all-reduce algorithms, by the same order as the names
 * in nh_arith_types and nh_arith_ops (both NULL-terminated). */
enum nh_arith_type { NH_TYPE_FLOAT, NH_TYPE_DOUBLE, NH_TYPE_INT32, NH_TYPE_INT64 };
enum nh_arith_op { NH_OP_SUM, NH_OP_MIN, NH_OP_MAX };

extern const char *const nh_arith_types[];
extern const char *const nh_arith_ops[];

/** out[i] = a[i] op b[i]; `out` may be `a` or `b`, but not overlap them otherwise. Sums of
 *  integers wrap round. */
typedef void nh_arith_fn(void *out, const void *a, const void *b, size_t n);

struct nh_arith {
    size_t size; /* bytes of an element */
    nh_arith_fn *reduce;
};

struct nh_arith nh_arith(enum nh_arith_type type, enum nh_arith_op op);

#endif
