/* SPDX-License-Identifier: BSD-3-Clause */
#include "bench/allreduce/arith.h"

#include <stdint.h>

const char *const nh_arith_types[] = {"float", "double", "int32", "int64", NULL};
const char *const nh_arith_ops[] = {"sum", "min", "max", NULL};

/* No `restrict`, since the result may replace an operand; `omp simd` says that elements do not
 * depend on each other, which is all that vectorising needs. `sum` adds in a type that wraps. */
#define COMBINE(name, type, result)                                                                \
    static void name(void *out, const void *a, const void *b, size_t n)                            \
    {                                                                                              \
        type *o = out;                                                                             \
        const type *x = a, *y = b;                                                                 \
        _Pragma("omp simd") for (size_t i = 0; i < n; i++) o[i] = (result);                        \
    }
#define TYPE(type, wrapping)                                                                       \
    COMBINE(sum_##type, wrapping, x[i] + y[i])                                                     \
    COMBINE(min_##type, type, x[i] < y[i] ? x[i] : y[i])                                           \
    COMBINE(max_##type, type, x[i] > y[i] ? x[i] : y[i])

TYPE(float, float)
TYPE(double, double)
TYPE(int32_t, uint32_t)
TYPE(int64_t, uint64_t)

struct nh_arith nh_arith(enum nh_arith_type type, enum nh_arith_op op)
{
    static nh_arith_fn *const table[][3] = {{sum_float, min_float, max_float},
                                            {sum_double, min_double, max_double},
                                            {sum_int32_t, min_int32_t, max_int32_t},
                                            {sum_int64_t, min_int64_t, max_int64_t}};
    static const size_t sizes[] = {sizeof(float), sizeof(double), sizeof(int32_t), sizeof(int64_t)};
    return (struct nh_arith){sizes[type], table[type][op]};
}
