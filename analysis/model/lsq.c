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

bool nh_lsq_solve(struct nh_lsq *s, struct nh_lsq_solution *out)
{
    double work[NH_LSQ_WORK];
    if (s->rows < s->cols || s->cols == 0)
        return false;
    lapack_int info =
        LAPACKE_dgels_work(LAPACK_COL_MAJOR, 'N', (lapack_int)s->rows, (lapack_int)s->cols, 1, s->a,
                           (lapack_int)s->rows, s->y, (lapack_int)s->rows, work, NH_LSQ_WORK);
    if (info != 0 || !independent(s) || !invert(s, out->inverse))
        return false;
    memcpy(out->x, s->y, s->cols * sizeof *out->x);
    out->rss = 0;
    for (size_t i = s->cols; i < s->rows; i++)
        out->rss += s->y[i] * s->y[i];
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
static bool solve_subset(const struct nh_lsq *s, unsigned mask, double *scratch,
                         struct nh_lsq_solution *out)
{
    struct nh_lsq part = {.rows = s->rows, .a = scratch, .y = scratch + s->rows * s->cols};
    struct nh_lsq_solution found;
    size_t column[NH_LSQ_MOST];
    for (size_t j = 0; j < s->cols; j++) {
        if (!(mask >> j & 1))
            continue;
        memcpy(part.a + part.cols * s->rows, s->a + j * s->rows, s->rows * sizeof *s->a);
        column[part.cols++] = j;
    }
    memcpy(part.y, s->y, s->rows * sizeof *s->y);
    if (!nh_lsq_solve(&part, &found) || !all_positive(&found, part.cols))
        return false;
    *out = (struct nh_lsq_solution){.rss = found.rss};
    for (size_t i = 0; i < part.cols; i++) {
        out->x[column[i]] = found.x[i];
        for (size_t j = 0; j < part.cols; j++)
            out->inverse[column[i] * s->cols + column[j]] = found.inverse[i * part.cols + j];
    }
    return true;
}

bool nh_lsq_nonnegative(const struct nh_lsq *s, double *scratch, struct nh_lsq_solution *out,
                        unsigned *free_mask)
{
    unsigned all = (1U << s->cols) - 1;
    *free_mask = all;
    if (solve_subset(s, all, scratch, out))
        return true;
    struct nh_lsq_solution part;
    *free_mask = 0;
    for (unsigned mask = all - 1; mask > 0; mask--) {
        if (!solve_subset(s, mask, scratch, &part) || (*free_mask && part.rss >= out->rss))
            continue;
        *out = part;
        *free_mask = mask;
    }
    return *free_mask != 0;
}
