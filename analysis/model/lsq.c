/* SPDX-License-Identifier: BSD-3-Clause */
#include "analysis/model/lsq.h"

#include <lapacke.h>
#include <math.h>
#include <string.h>

/* A column of which the others explain all but this share is no column of its own. */
static const double dependent = 1e-8;

/* After the QR, |R_jj| over the length of column j is its sine to the columns before it. */
static bool independent(const struct nh_lsq *s)
{
    for (size_t j = 0; j < s->cols; j++) {
        double length = 0;
        for (size_t i = 0; i <= j; i++)
            length = hypot(length, s->a[j * s->rows + i]);
        if (!(fabs(s->a[j * s->rows + j]) > dependent * length))
            return false;
    }
    return true;
}

/* (R^T R)^-1 from the upper triangle that the QR left. */
static bool invert(const struct nh_lsq *s, double *inverse)
{
    size_t n = s->cols;
    for (size_t j = 0; j < n; j++)
        for (size_t i = 0; i <= j; i++)
            inverse[j * n + i] = s->a[j * s->rows + i];
    if (LAPACKE_dpotri_work(LAPACK_COL_MAJOR, 'U', (lapack_int)n, inverse, (lapack_int)n))
        return false;
    for (size_t j = 0; j < n; j++)
        for (size_t i = 0; i < j; i++)
            inverse[i * n + j] = inverse[j * n + i];
    return true;
}

/* R of [A | y]: its last column holds Q^T y, and below that the length of the residual. */
bool nh_lsq_solve(struct nh_lsq *s, bool inverse, struct nh_lsq_solution *out)
{
    double work[NH_LSQ_MOST + 1], tau[NH_LSQ_MOST + 1], *y = s->a + s->cols * s->rows;
    lapack_int rows = (lapack_int)s->rows, cols = (lapack_int)s->cols;
    if (s->rows < s->cols || s->cols == 0 ||
        LAPACKE_dgeqr2_work(LAPACK_COL_MAJOR, rows, cols + 1, s->a, rows, tau, work) ||
        !independent(s) || (inverse && !invert(s, out->inverse)))
        return false;
    out->rss = s->rows > s->cols ? y[s->cols] * y[s->cols] : 0;
    if (LAPACKE_dtrtrs_work(LAPACK_COL_MAJOR, 'U', 'N', 'N', cols, 1, s->a, rows, y, rows))
        return false;
    memcpy(out->x, y, s->cols * sizeof *out->x);
    return true;
}

static bool all_positive(const struct nh_lsq_solution *s, size_t n)
{
    for (size_t i = 0; i < n; i++)
        if (!(s->x[i] > 0))
            return false;
    return true;
}

/* The solution with the columns of a mask, spread to all columns. */
static bool solve_subset(const struct nh_lsq *s, unsigned mask, bool inverse, double *scratch,
                         struct nh_lsq_solution *out)
{
    struct nh_lsq part = {.rows = s->rows, .a = scratch};
    struct nh_lsq_solution found = {.rss = 0};
    size_t column[NH_LSQ_MOST];
    for (size_t j = 0; j < s->cols; j++) {
        if (!(mask >> j & 1))
            continue;
        memcpy(part.a + part.cols * s->rows, s->a + j * s->rows, s->rows * sizeof *s->a);
        column[part.cols++] = j;
    }
    memcpy(part.a + part.cols * s->rows, s->a + s->cols * s->rows, s->rows * sizeof *s->a);
    if (!nh_lsq_solve(&part, inverse, &found) || !all_positive(&found, part.cols))
        return false;
    *out = (struct nh_lsq_solution){.rss = found.rss};
    for (size_t i = 0; i < part.cols; i++) {
        out->x[column[i]] = found.x[i];
        for (size_t j = 0; j < part.cols; j++)
            out->inverse[column[i] * s->cols + column[j]] = found.inverse[i * part.cols + j];
    }
    return true;
}

bool nh_lsq_nonnegative(const struct nh_lsq *s, bool inverse, double *scratch,
                        struct nh_lsq_solution *out, unsigned *free_mask)
{
    unsigned all = (1U << s->cols) - 1;
    *free_mask = all;
    if (solve_subset(s, all, inverse, scratch, out))
        return true;
    struct nh_lsq_solution part;
    *free_mask = 0;
    for (unsigned mask = all - 1; mask > 0; mask--) {
        if (!solve_subset(s, mask, inverse, scratch, &part) || (*free_mask && part.rss >= out->rss))
            continue;
        *out = part;
        *free_mask = mask;
    }
    return *free_mask != 0;
}
