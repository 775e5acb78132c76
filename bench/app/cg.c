/* SPDX-License-Identifier: BSD-3-Clause */
#include "bench/app/cg.h"

#include <math.h>

/* The eigenvalues of the 7-point stencil lie below this, whatever the box. */
static const double LAMBDA_MAX = 12.0;

static int64_t lap(const struct nh_cg *cg, int64_t *last)
{
    int64_t now = cg->comm.now(cg->comm.clock), spent = now - *last;
    *last = now;
    return spent;
}

static void start_scalars(struct nh_cg *cg)
{
    cg->rr = cg->pp = cg->rr0;
    cg->iteration = 0;
}

int nh_cg_open(struct nh_cg *cg, const size_t cells[3], const size_t start[3], const size_t n[3],
               double tolerance, const struct nh_cg_comm *comm, struct nh_error *err)
{
    *cg = (struct nh_cg){.tolerance = tolerance, .comm = *comm};
    cg->count = (double)cells[0] * (double)cells[1] * (double)cells[2];
    return nh_block_open(&cg->block, cells, start, n, err);
}

int nh_cg_start(struct nh_cg *cg, struct nh_error *err)
{
    double b = nh_block_rhs_bound(&cg->block);
    struct nh_exact_sum rr = nh_block_rr(&cg->block, nh_exact_for(cg->count * b * b, cg->count));
    int code = cg->comm.sum(cg->comm.context, &rr, err);
    cg->rr0 = nh_exact_value(rr);
    start_scalars(cg);
    return code;
}

int nh_cg_converged(const struct nh_cg *cg)
{
    return cg->rr <= cg->tolerance * cg->tolerance * cg->rr0;
}

/* The last sweep of an iteration: the next search direction, or the next solve. */
static void finish_iteration(struct nh_cg *cg, double alpha, double rr_before, int endless)
{
    if (endless && nh_cg_converged(cg)) {
        nh_block_restart(&cg->block);
        start_scalars(cg);
        cg->solves++;
        return;
    }
    double beta = rr_before > 0 ? cg->rr / rr_before : 0;
    nh_block_update_xp(&cg->block, alpha, beta);
    cg->pp = cg->rr + beta * beta * cg->pp; /* r and the old p are orthogonal */
}

/* Sums over ranks, between two readings of the clock. */
static int sum_over_ranks(struct nh_cg *cg, struct nh_exact_sum *sum, int64_t *clock,
                          struct nh_error *err)
{
    cg->last.compute_ns += lap(cg, clock);
    int code = cg->comm.sum(cg->comm.context, sum, err);
    cg->last.allreduce_ns += lap(cg, clock);
    return code;
}

/* p.Ap of the present search direction. */
static int apply_step(struct nh_cg *cg, double *pap, int64_t *clock, struct nh_error *err)
{
    int code = cg->comm.exchange(cg->comm.context, &cg->block, err);
    cg->last.halo_ns += lap(cg, clock);
    if (code)
        return code;
    /* sum |p_i (Ap)_i| <= |p| |Ap| <= lambda |p|^2; twice that for rounding in pp */
    double bound = 2 * LAMBDA_MAX * cg->pp;
    struct nh_exact_sum dot = nh_block_apply(&cg->block, nh_exact_for(bound, cg->count));
    code = sum_over_ranks(cg, &dot, clock, err);
    *pap = nh_exact_value(dot);
    return code;
}

/* r -= alpha Ap, and its square. */
static int residual_step(struct nh_cg *cg, double alpha, int64_t *clock, struct nh_error *err)
{
    /* |r - alpha Ap|^2 <= 2 |r|^2 + 2 alpha^2 |Ap|^2, and |Ap|^2 <= lambda p.Ap */
    double bound = 2 * cg->rr + 2 * alpha * LAMBDA_MAX * cg->rr;
    struct nh_exact_sum dot = nh_block_update_r(&cg->block, alpha, nh_exact_for(bound, cg->count));
    int code = sum_over_ranks(cg, &dot, clock, err);
    cg->rr = nh_exact_value(dot);
    return code;
}

int nh_cg_iterate(struct nh_cg *cg, int endless, struct nh_error *err)
{
    int64_t clock = cg->comm.now(cg->comm.clock);
    double pap, rr = cg->rr;
    cg->last = (struct nh_cg_times){0};
    int code = apply_step(cg, &pap, &clock, err);
    if (code)
        return code;
    double alpha = pap > 0 ? rr / pap : 0; /* 0 only after an exact solution, p = 0 */
    code = residual_step(cg, alpha, &clock, err);
    if (code)
        return code;
    cg->iteration++;
    finish_iteration(cg, alpha, rr, endless);
    cg->last.compute_ns += lap(cg, &clock);
    return NH_OK;
}

int nh_cg_solve(struct nh_cg *cg, long limit, struct nh_error *err)
{
    while (!nh_cg_converged(cg)) {
        if (cg->iteration >= limit)
            return nh_fail(err, NH_EFAIL,
                           "conjugate gradients: relative residual %.3g after %ld iterations, "
                           "%.3g was to be reached; the arithmetic or the exchange is wrong",
                           sqrt(cg->rr / cg->rr0), cg->iteration, cg->tolerance);
        int code = nh_cg_iterate(cg, 0, err);
        if (code)
            return code;
    }
    return NH_OK;
}

int nh_cg_true_residual(struct nh_cg *cg, double *relative, struct nh_error *err)
{
    nh_block_p_from_x(&cg->block);
    int code = cg->comm.exchange(cg->comm.context, &cg->block, err);
    if (code)
        return code;
    /* Near the recursive residual unless something is wrong; a bound that does not hold
     * costs exactness only, not correctness. */
    struct nh_exact_sum rr =
        nh_block_true_residual(&cg->block, nh_exact_for(4 * cg->rr, cg->count));
    code = cg->comm.sum(cg->comm.context, &rr, err);
    *relative = sqrt(nh_exact_value(rr) / cg->rr0);
    return code;
}
