/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef NH_LSQ_H
#define NH_LSQ_H

#include <stdbool.h>
#include <stddef.h>

/* Least squares with few parameters (LAPACK's QR), and with coefficients that are not
 * negative. The matrices are small: no thread of a BLAS library is worth starting. */
enum { NH_LSQ_MOST = 3 };

/** `a` holds cols columns of `rows` values and, as one more column, the right-hand side. Rows
 *  carry the square roots of their weights already. */
struct nh_lsq {
    size_t rows, cols;
    double *a;
};

struct nh_lsq_solution {
    double x[NH_LSQ_MOST];
    double rss;
    double inverse[NH_LSQ_MOST * NH_LSQ_MOST]; /* (A^T A)^-1, symmetric */
};

/** Solves by QR; `a` is overwritten. `inverse` asks for that matrix as well. False when the columns
 * depend on each other, or rows are fewer than cols. */
bool nh_lsq_solve(struct nh_lsq *system, bool inverse, struct nh_lsq_solution *out);

/**
 * The same with x >= 0: the best of all subsets of columns whose solution is positive, which
 * for at most three columns is quick and exact. `free_mask` says which columns are in it; the
 * others are 0, with zero rows in `inverse`. `a` is kept; `scratch` has its size. False when no
 * subset serves.
 */
bool nh_lsq_nonnegative(const struct nh_lsq *system, bool inverse, double *scratch,
                        struct nh_lsq_solution *out, unsigned *free_mask);

#endif
