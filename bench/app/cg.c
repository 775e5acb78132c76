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

static double rr_start_bound(const struct nh_cg *cg)
{
    double b = nh_block_rhs_bound(&cg->block);
    return cg->count * b * b;
}

int nh_cg_open(struct nh_cg *cg, const size_t cells[3], const size_t start[3], const size_t n[3],
               double tolerance, const struct nh_cg_comm *comm, struct nh_error *err)
{
    *cg = (struct nh_cg){.tolerance = tolerance, .comm = *comm};
    cg->count = (double)cells[0] * (double)cells[1] * (double)cells[2];
    int code = nh_block_open(&cg->block, cells, start, n, err);
    if (code)
        return code;
    struct nh_exact_sum rr =
        nh_block_rr(&cg->block, nh_exact_for(rr_start_bound(cg), cg->count));
    code = comm->sum(comm->context, &rr, err);
    if (code) {
        nh_block_close(&cg->block);
        return code;
    }
    cg->rr0 = nh_exact_value(rr);
    start_scalars(cg);
    return NH_OK;
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
    double beta = cg->rr / rr_before;
    nh_block_update_xp(&cg->block, alpha, beta);
    cg->pp = cg->rr + beta * beta * cg->pp; /* r and the old p are orthogonal */
}

int nh_cg_iterate(struct nh_cg *cg, int endless, struct nh_error *err)
{
    struct nh_cg_times *t = &cg->last;
    int64_t clock = cg->comm.now(cg->comm.clock);
    int code = cg->comm.exchange(cg->comm.context, &cg->block, err);
    if (code)
        return code;
    t->halo_ns = lap(cg, &clock);
    /* sum |p_i (Ap)_i| <= |p| |Ap| <= lambda |p|^2; twice that for rounding in pp */
    struct nh_exact_sum dot =
        nh_block_apply(&cg->block, nh_exact_for(2 * LAMBDA_MAX * cg->pp, cg->count));
    t->compute_ns = lap(cg, &clock);
    code = cg->comm.sum(cg->comm.context, &dot, err);
    if (code)
        return code;
    t->allreduce_ns = lap(cg, &clock);
    double rr = cg->rr, pap = nh_exact_value(dot);
    double alpha = pap > 0 ? rr / pap : 0;
    /* |r - alpha Ap|^2 <= 2 |r|^2 + 2 alpha^2 |Ap|^2, and |Ap|^2 <= lambda p.Ap */
    double bound = 2 * rr + 2 * alpha * LAMBDA_MAX * rr;
    dot = nh_block_update_r(&cg->block, alpha, nh_exact_for(bound, cg->count));
    t->compute_ns += lap(cg, &clock);
    code = cg->comm.sum(cg->comm.context, &dot, err);
    if (code)
        return code;
    t->allreduce_ns += lap(cg, &clock);
    cg->rr = nh_exact_value(dot);
    cg->iteration++;
    finish_iteration(cg, alpha, rr, endless);
    t->compute_ns += lap(cg, &clock);
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
