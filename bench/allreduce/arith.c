/* SPDX-License-Identifier: BSD-3-Clause */
#include "bench/allreduce/arith.h"

#include <stdint.h>

const char *const nh_arith_types[] = {"float", "double", "int32", "int64", NULL};
const char *const nh_arith_ops[] = {"sum", "min", "max", NULL};

/* No `restrict`, since the result may replace an operand; `omp simd` says that elements do not
 * depend on each other, which is all that vectorising needs.
 * NOLINTBEGIN(bugprone-macro-parentheses): a type cannot have them. */
#define COMBINE(name, type, result)                                                                \
    static void name(void *out, const void *a, const void *b, size_t n)                            \
    {                                                                                              \
        type *o = out;                                                                             \
        const type *x = a, *y = b;                                                                 \
        _Pragma("omp simd") for (size_t i = 0; i < n; i++) o[i] = (result);                        \
    }
#define ADD (x[i] + y[i])
#define LESS (x[i] < y[i] ? x[i] : y[i])
#define MORE (x[i] > y[i] ? x[i] : y[i])

COMBINE(sum_float, float, ADD)
COMBINE(min_float, float, LESS)
COMBINE(max_float, float, MORE)
COMBINE(sum_double, double, ADD)
COMBINE(min_double, double, LESS)
COMBINE(max_double, double, MORE)
COMBINE(sum_int32, uint32_t, ADD) /* unsigned wraps */
COMBINE(min_int32, int32_t, LESS)
COMBINE(max_int32, int32_t, MORE)
COMBINE(sum_int64, uint64_t, ADD)
COMBINE(min_int64, int64_t, LESS)
COMBINE(max_int64, int64_t, MORE)
/* NOLINTEND(bugprone-macro-parentheses) */

struct nh_arith nh_arith(enum nh_arith_type type, enum nh_arith_op op)
{
    static nh_arith_fn *const table[][3] = {{sum_float, min_float, max_float},
                                            {sum_double, min_double, max_double},
                                            {sum_int32, min_int32, max_int32},
                                            {sum_int64, min_int64, max_int64}};
    static const size_t sizes[] = {sizeof(float), sizeof(double), sizeof(int32_t), sizeof(int64_t)};
    return (struct nh_arith){sizes[type], table[type][op]};
}
