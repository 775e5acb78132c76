/* SPDX-License-Identifier: BSD-3-Clause */
#include <math.h>

#include "bench/app/block.h"

/*
 * The sweeps of conjugate gradients. Each works row by row; rows are contiguous in x and
 * the inner loops have neither branches nor ghost tests. What is computed for a cell does
 * not depend on where its block ends, and the sums are exact: so the bits of a solve are
 * the same for every decomposition.
 */

static size_t row_at(const struct nh_block_grid *b, size_t j, size_t k)
{
    return b->origin + k * b->plane + j * b->pitch;
}

/* h^2 f on a row is profile[0][i] * slope + level: minus the second differences of the
 * product of parabolas. */
struct rhs_row {
    double slope, level;
};

static struct rhs_row rhs_of(const struct nh_block_grid *b, size_t j, size_t k)
{
    double y = b->profile[1][j], z = b->profile[2][k];
    return (struct rhs_row){.slope = b->curvature[1] * z + b->curvature[2] * y,
                            .level = b->curvature[0] * y * z};
}

void nh_block_restart(struct nh_block_grid *b)
{
    for (size_t k = 0; k < b->n[2]; k++) {
        for (size_t j = 0; j < b->n[1]; j++) {
            struct rhs_row f = rhs_of(b, j, k);
            double *p = b->v.p + row_at(b, j, k), *r = b->v.r + row_at(b, j, k);
            double *x = b->v.x + row_at(b, j, k);
            for (size_t i = 0; i < b->n[0]; i++) {
                x[i] = 0;
                r[i] = p[i] = b->profile[0][i] * f.slope + f.level;
            }
        }
    }
}

struct nh_exact_sum nh_block_rr(const struct nh_block_grid *b, struct nh_exact c)
{
    double m0 = c.m[0], m1 = c.m[1], s0 = 0, s1 = 0;
    for (size_t k = 0; k < b->n[2]; k++) {
        for (size_t j = 0; j < b->n[1]; j++) {
            const double *r = b->v.r + row_at(b, j, k);
#pragma omp simd reduction(+ : s0, s1)
            for (size_t i = 0; i < b->n[0]; i++) {
                double t = r[i] * r[i], q = nh_exact_round(m0, t);
                s0 += q;
                s1 += nh_exact_round(m1, t - q);
            }
        }
    }
    return (struct nh_exact_sum){{s0, s1}};
}

/* The three sweeps of an iteration are inlined into one copy for the baseline instruction
 * set and, where it exists, one for wider vectors: the stencil with exact sums is bound by
 * arithmetic with 128-bit vectors. The bits of the results are the same. */
#define INLINE static inline __attribute__((always_inline))

INLINE struct nh_exact_sum apply_row(size_t n, size_t pitch, size_t plane, const double *restrict p,
                                     double *restrict ap, struct nh_exact c)
{
    const double *south = p - pitch, *north = p + pitch, *below = p - plane, *above = p + plane;
    const double *west = p - 1, *east = p + 1;
    double m0 = c.m[0], m1 = c.m[1], s0 = 0, s1 = 0;
#pragma omp simd reduction(+ : s0, s1)
    for (size_t i = 0; i < n; i++) {
        double a = 6 * p[i] - ((west[i] + east[i]) + (south[i] + north[i]) + (below[i] + above[i]));
        double t = p[i] * a, q = nh_exact_round(m0, t);
        ap[i] = a;
        s0 += q;
        s1 += nh_exact_round(m1, t - q);
    }
    return (struct nh_exact_sum){{s0, s1}};
}

INLINE struct nh_exact_sum apply(struct nh_block_grid *b, struct nh_exact c)
{
    struct nh_exact_sum sum = {{0, 0}};
    for (size_t k = 0; k < b->n[2]; k++) {
        for (size_t j = 0; j < b->n[1]; j++) {
            size_t at = row_at(b, j, k);
            struct nh_exact_sum row =
                apply_row(b->n[0], b->pitch, b->plane, b->v.p + at, b->v.ap + at, c);
            sum.part[0] += row.part[0];
            sum.part[1] += row.part[1];
        }
    }
    return sum;
}

INLINE struct nh_exact_sum update_r_row(size_t n, double alpha, const double *restrict ap,
                                        double *restrict r, struct nh_exact c)
{
    double m0 = c.m[0], m1 = c.m[1], s0 = 0, s1 = 0;
#pragma omp simd reduction(+ : s0, s1)
    for (size_t i = 0; i < n; i++) {
        double v = r[i] - alpha * ap[i];
        double t = v * v, q = nh_exact_round(m0, t);
        r[i] = v;
        s0 += q;
        s1 += nh_exact_round(m1, t - q);
    }
    return (struct nh_exact_sum){{s0, s1}};
}

INLINE struct nh_exact_sum update_r(struct nh_block_grid *b, double alpha, struct nh_exact c)
{
    struct nh_exact_sum sum = {{0, 0}};
    for (size_t k = 0; k < b->n[2]; k++) {
        for (size_t j = 0; j < b->n[1]; j++) {
            size_t at = row_at(b, j, k);
            struct nh_exact_sum row = update_r_row(b->n[0], alpha, b->v.ap + at, b->v.r + at, c);
            sum.part[0] += row.part[0];
            sum.part[1] += row.part[1];
        }
    }
    return sum;
}

INLINE void update_xp_row(size_t n, double alpha, double beta, const double *restrict r,
                          double *restrict p, double *restrict x)
{
#pragma omp simd
    for (size_t i = 0; i < n; i++) {
        double old = p[i];
        x[i] += alpha * old;
        p[i] = r[i] + beta * old;
    }
}

INLINE void update_xp(struct nh_block_grid *b, double alpha, double beta)
{
    for (size_t k = 0; k < b->n[2]; k++) {
        for (size_t j = 0; j < b->n[1]; j++) {
            size_t at = row_at(b, j, k);
            update_xp_row(b->n[0], alpha, beta, b->v.r + at, b->v.p + at, b->v.x + at);
        }
    }
}

struct sweeps {
    struct nh_exact_sum (*apply)(struct nh_block_grid *, struct nh_exact);
    struct nh_exact_sum (*update_r)(struct nh_block_grid *, double, struct nh_exact);
    void (*update_xp)(struct nh_block_grid *, double, double);
};

static struct nh_exact_sum apply_baseline(struct nh_block_grid *b, struct nh_exact c)
{
    return apply(b, c);
}

static struct nh_exact_sum update_r_baseline(struct nh_block_grid *b, double alpha,
                                             struct nh_exact c)
{
    return update_r(b, alpha, c);
}

static void update_xp_baseline(struct nh_block_grid *b, double alpha, double beta)
{
    update_xp(b, alpha, beta);
}

static const struct sweeps baseline = {apply_baseline, update_r_baseline, update_xp_baseline};

#if defined(__x86_64__) && defined(__GNUC__)
#define AVX2 __attribute__((target("avx2")))

AVX2 static struct nh_exact_sum apply_avx2(struct nh_block_grid *b, struct nh_exact c)
{
    return apply(b, c);
}

AVX2 static struct nh_exact_sum update_r_avx2(struct nh_block_grid *b, double alpha,
                                              struct nh_exact c)
{
    return update_r(b, alpha, c);
}

AVX2 static void update_xp_avx2(struct nh_block_grid *b, double alpha, double beta)
{
    update_xp(b, alpha, beta);
}

static const struct sweeps avx2 = {apply_avx2, update_r_avx2, update_xp_avx2};

static const struct sweeps *sweeps_for(const struct nh_block_grid *b)
{
    return !b->baseline_only && __builtin_cpu_supports("avx2") ? &avx2 : &baseline;
}
#else
static const struct sweeps *sweeps_for(const struct nh_block_grid *b)
{
    (void)b;
    return &baseline;
}
#endif

const char *nh_block_instructions(const struct nh_block_grid *b)
{
    return sweeps_for(b) == &baseline ? "baseline" : "avx2";
}

struct nh_exact_sum nh_block_apply(struct nh_block_grid *b, struct nh_exact c)
{
    return sweeps_for(b)->apply(b, c);
}

struct nh_exact_sum nh_block_update_r(struct nh_block_grid *b, double alpha, struct nh_exact c)
{
    return sweeps_for(b)->update_r(b, alpha, c);
}

void nh_block_update_xp(struct nh_block_grid *b, double alpha, double beta)
{
    sweeps_for(b)->update_xp(b, alpha, beta);
}

double nh_block_error(const struct nh_block_grid *b)
{
    double worst = 0;
    for (size_t k = 0; k < b->n[2]; k++) {
        for (size_t j = 0; j < b->n[1]; j++) {
            const double *x = b->v.x + row_at(b, j, k);
            double yz = b->profile[1][j] * b->profile[2][k];
            for (size_t i = 0; i < b->n[0]; i++) {
                double e = fabs(x[i] - b->profile[0][i] * yz);
                if (!(e <= worst)) /* a NaN is the worst error */
                    worst = e;
            }
        }
    }
    return worst;
}

void nh_block_p_from_x(struct nh_block_grid *b)
{
    for (size_t k = 0; k < b->n[2]; k++)
        for (size_t j = 0; j < b->n[1]; j++)
            for (size_t i = 0, at = row_at(b, j, k); i < b->n[0]; i++)
                b->v.p[at + i] = b->v.x[at + i];
}

struct nh_exact_sum nh_block_true_residual(struct nh_block_grid *b, struct nh_exact c)
{
    (void)nh_block_apply(b, c);
    for (size_t k = 0; k < b->n[2]; k++) {
        for (size_t j = 0; j < b->n[1]; j++) {
            struct rhs_row f = rhs_of(b, j, k);
            for (size_t i = 0, at = row_at(b, j, k); i < b->n[0]; i++)
                b->v.r[at + i] = b->profile[0][i] * f.slope + f.level - b->v.ap[at + i];
        }
    }
    return nh_block_rr(b, c);
}
