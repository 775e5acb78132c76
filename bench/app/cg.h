/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef NH_CG_H
#define NH_CG_H

#include <stdint.h>

#include "bench/app/block.h"

/*
 * Conjugate gradients on the blocks of block.h. How ranks talk is given from outside, so
 * that one rank without MPI solves the same problem with the same bits.
 */
struct nh_cg_comm {
    void *context;
    /** Fills the ghost cells of b->v.p. */
    int (*exchange)(void *context, struct nh_block_grid *b, struct nh_error *err);
    /** Adds both parts over all ranks. */
    int (*sum)(void *context, struct nh_exact_sum *sum, struct nh_error *err);
    int64_t (*now)(void *clock); /* nanoseconds */
    void *clock;
};

struct nh_cg_times {
    int64_t compute_ns, halo_ns, allreduce_ns;
};

struct nh_cg {
    struct nh_block_grid block;
    double count;     /* cells of the whole box */
    double rr, rr0;   /* |r|^2 now and at the start */
    double pp;        /* |p|^2 by its recursion, for the bound of p.Ap */
    double tolerance; /* relative residual at which it has converged */
    long iteration;   /* since the start of this solve */
    long solves;      /* solves that have converged */
    struct nh_cg_comm comm;
    struct nh_cg_times last; /* of the last iteration */
};

/** Opens the block; does not communicate. Close with nh_block_close(&cg->block). */
int nh_cg_open(struct nh_cg *cg, const size_t cells[3], const size_t start[3], const size_t n[3],
               double tolerance, const struct nh_cg_comm *comm, struct nh_error *err);

/** Starts the first solve. Collective, as all that follows. */
int nh_cg_start(struct nh_cg *cg, struct nh_error *err);

/** True when |r| <= tolerance |b|: the next call of nh_cg_iterate starts a new solve. */
int nh_cg_converged(const struct nh_cg *cg);

/**
 * One iteration: halo exchange, two sums over ranks, three sweeps. When it converges
 * while `endless`, the third sweep is replaced by the start of the next solve, which
 * writes three vectors where the other reads three and writes two: it takes no longer.
 */
int nh_cg_iterate(struct nh_cg *cg, int endless, struct nh_error *err);

/** Iterates until convergence. NH_EFAIL beyond `limit` iterations. */
int nh_cg_solve(struct nh_cg *cg, long limit, struct nh_error *err);

/** |b - A x| / |b| of the present x, which ends the solve: p and r are overwritten. */
int nh_cg_true_residual(struct nh_cg *cg, double *relative, struct nh_error *err);

#endif
