/* SPDX-License-Identifier: BSD-3-Clause */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bench/mpi/halo_state.h"
#include "bench/mpi/kernels.h"

/*
 * The proxy application: conjugate gradients on a 3-D Poisson problem. A sample of the
 * engine is one iteration (or several, when one is too short for the clock).
 */
enum { CHECK_SIDE = 32 };
static const double TOLERANCE = 1e-10;     /* relative residual of a solve */
static const double ERROR_ALLOWED = 1e-8;  /* of the verified solution, whose maximum is 1 */
static const double RESIDUAL_DRIFT = 1e-9; /* true against recursive, relative to |b| */

struct state {
    struct nh_kernel_options common;
    char *cells, *cells_per_rank, *grid;
    struct poptOption table[5];
    struct nh_halo halo;
};

static const struct poptOption *options(void *memory)
{
    struct state *s = memory;
    const struct poptOption table[] = {
        {"cells", 0, POPT_ARG_STRING, &s->cells, 0,
         "cells of the whole box, N or NXxNYxNZ: strong scaling (default 128)", "N"},
        {"cells-per-rank", 0, POPT_ARG_STRING, &s->cells_per_rank, 0,
         "cells of each rank, N or NXxNYxNZ: weak scaling", "N"},
        {"grid", 0, POPT_ARG_STRING, &s->grid, 0,
         "ranks along x, y and z (default: the least surface between ranks)", "PXxPYxPZ"},
        NH_COMMON_OPTIONS(&s->common),
        POPT_TABLEEND};
    memcpy(s->table, table, sizeof table);
    return s->table;
}

/* ---- the kernel ---- */

static int batch(void *state, size_t reps, struct nh_error *err)
{
    struct nh_halo *h = state;
    for (size_t i = 0; i < reps; i++) {
        int code = nh_cg_iterate(&h->cg, 1, err);
        if (code)
            return code;
        h->mine.compute_ns += (double)h->cg.last.compute_ns;
        h->mine.halo_ns += (double)h->cg.last.halo_ns;
        h->mine.allreduce_ns += (double)h->cg.last.allreduce_ns;
        h->recent[h->mine.iterations++ % NH_HALO_RECENT] = (double)h->cg.last.compute_ns;
    }
    return NH_OK;
}

/* A rank without memory must not leave the others waiting in the first sum. */
static int open_cg(struct nh_halo *h, struct nh_cg *cg, const struct nh_grid *grid,
                   const size_t start[3], const size_t n[3], struct nh_error *err)
{
    const struct nh_clock *clock = &h->session->clock;
    struct nh_cg_comm comm = {.context = &h->comm,
                              .exchange = nh_halo_exchange,
                              .sum = nh_halo_sum,
                              .now = clock->now,
                              .clock = clock->context};
    int code = nh_cg_open(cg, grid->cells, start, n, TOLERANCE, &comm, err);
    if ((code = nh_mpi_agree(h->session, code, err)) == NH_OK)
        code = nh_cg_start(cg, err);
    if (code)
        nh_block_close(&cg->block);
    return code;
}

/* The small box has the same ranks in the same grid. */
static void small_box(const struct nh_halo *h, struct nh_grid *grid, size_t start[3], size_t n[3])
{
    int place[3];
    *grid = h->grid;
    nh_grid_place(&h->grid, h->session->rank, place);
    for (int a = 0; a < 3; a++) {
        size_t side = CHECK_SIDE > h->grid.dims[a] ? CHECK_SIDE : (size_t)h->grid.dims[a];
        grid->cells[a] = h->grid.cells[a] < side ? h->grid.cells[a] : side;
        nh_block(grid->cells[a], grid->dims[a], place[a], &start[a], &n[a]);
    }
}

/* Collective; a rank that finds a wrong solution has done all its communication by then. */
static int verify_solution(struct nh_halo *h, struct nh_error *err)
{
    struct nh_grid grid;
    struct nh_cg cg;
    size_t start[3], n[3];
    small_box(h, &grid, start, n);
    int code = open_cg(h, &cg, &grid, start, n, err);
    if (code)
        return code;
    code = nh_cg_solve(&cg, 100 * (long)(grid.cells[0] + grid.cells[1] + grid.cells[2]), err);
    double error = nh_block_error(&cg.block);
    h->check = (struct nh_halo_check){.done = 1,
                                      .iterations = cg.iteration,
                                      .max_error = error,
                                      .residual = sqrt(cg.rr / cg.rr0)};
    memcpy(h->check.cells, grid.cells, sizeof grid.cells);
    nh_block_close(&cg.block);
    if (code == NH_OK && !(error <= ERROR_ALLOWED))
        return nh_fail(err, NH_EFAIL,
                       "rank %d: the solution on %zux%zux%zu cells differs from the analytic one "
                       "by %.3g (%.0e allowed); the network or the memory delivers wrong data",
                       h->session->rank, grid.cells[0], grid.cells[1], grid.cells[2], error,
                       ERROR_ALLOWED);
    return code;
}

/* After the timing: b - A x must be what the recursion says that it is. */
static int verify_residual(struct nh_halo *h, struct nh_error *err)
{
    struct nh_halo_check *c = &h->check;
    c->recursive_residual = sqrt(h->cg.rr / h->cg.rr0);
    int code = nh_cg_true_residual(&h->cg, &c->true_residual, err);
    if (code)
        return code;
    if (!(fabs(c->true_residual - c->recursive_residual) <=
          RESIDUAL_DRIFT + 1e-6 * c->recursive_residual))
        return nh_fail(err, NH_EFAIL,
                       "rank %d: |b - Ax|/|b| is %.6g but the recursion says %.6g; the network or "
                       "the memory delivered wrong data while it was timed",
                       h->session->rank, c->true_residual, c->recursive_residual);
    return NH_OK;
}

static int verify(void *state, struct nh_error *err)
{
    struct nh_halo *h = state;
    return h->mine.iterations == 0 ? verify_solution(h, err) : verify_residual(h, err);
}

static int finish(void *state, struct nh_error *err)
{
    struct nh_halo *h = state;
    nh_block_close(&h->cg.block); /* its memory is needed for the copies */
    int code = nh_halo_measure_copy(h, err);
    return code ? code : nh_halo_gather(h, err);
}

/* What goes over the faces between ranks; the all-reduces add a few numbers. */
static double wire_bytes(const void *state)
{
    const struct nh_halo *h = state;
    return 2 * (double)nh_grid_surface(&h->grid) * sizeof(double);
}

static const struct nh_kernel_ops halo_ops = {
    .name = "halo",
    .metric = "time_per_iteration",
    .timing = NH_TIMING_MAX_OVER_RANKS,
    .sync = "barrier",
    .batch = batch,
    .ops_per_rep = 1,
    .verify = verify,
    .describe = nh_halo_describe,
    .wire_bytes = wire_bytes,
    .finish = finish,
};

/* ---- set-up ---- */

static int choose_grid(const struct state *s, struct nh_halo *h, struct nh_error *err)
{
    const size_t *per_rank = h->weak ? h->per_rank : NULL;
    int ranks = h->session->size;
    if (!s->grid)
        return nh_grid_choose(&h->grid, ranks, per_rank, err);
    if (h->weak)
        nh_grid_scale(&h->grid, h->per_rank);
    return nh_grid_check(&h->grid, ranks, "--grid", err);
}

/* Each host must hold the blocks and the faces, and later the copy buffers. */
static int check_memory(struct nh_halo *h, size_t copy_count, struct nh_error *err)
{
    size_t largest[3], start;
    char what[96];
    for (int a = 0; a < 3; a++)
        nh_block(h->grid.cells[a], h->grid.dims[a], 0, &start, &largest[a]);
    size_t copies = 2 * copy_count * sizeof(double);
    size_t blocks = nh_block_bytes(largest) + nh_halo_comm_bytes(largest);
    snprintf(what, sizeof what, "a box of %zux%zux%zu cells", h->grid.cells[0], h->grid.cells[1],
             h->grid.cells[2]);
    return nh_mpi_check_memory(h->session, blocks > copies ? blocks : copies, what, err);
}

static int open_solver(struct nh_halo *h, struct nh_error *err)
{
    struct nh_mpi_session *s = h->session;
    int code = nh_halo_comm_open(&h->comm, s, &h->grid, h->n, err);
    if ((code = nh_mpi_agree(s, code, err)))
        return code;
    return open_cg(h, &h->cg, &h->grid, h->start, h->n, err);
}

static int open_halo(struct nh_halo *h, struct nh_error *err)
{
    int place[3];
    /* A simulator has all ranks in one process, and copies nothing of theirs. */
    size_t count =
        h->session->simulated ? 0 : nh_copy_count(nh_last_level_cache(), h->session->local_size);
    nh_grid_place(&h->grid, h->session->rank, place);
    for (int a = 0; a < 3; a++)
        nh_block(h->grid.cells[a], h->grid.dims[a], place[a], &h->start[a], &h->n[a]);
    int code = check_memory(h, count, err);
    if (code)
        return code;
    h->copy.count = count;
    code = nh_halo_measure_copy(h, err);
    return code ? code : open_solver(h, err);
}

static void close_halo(struct nh_halo *h)
{
    nh_block_close(&h->cg.block);
    nh_halo_comm_close(&h->comm);
    free(h->ranks);
}

static int measure(struct nh_halo *h, struct nh_error *err)
{
    char label[64];
    double median_ns;
    snprintf(label, sizeof label, "%zux%zux%zu", h->grid.cells[0], h->grid.cells[1],
             h->grid.cells[2]);
    struct nh_case row = {"cells", label, "cells_per_s", "Mcells/s", 1e6};
    int code = nh_mpi_measure(h->session, &halo_ops, h, &row, &median_ns, err);
    if (code == NH_OK && h->session->rank == 0)
        nh_halo_print(h, median_ns);
    return code;
}

static int body(struct nh_mpi_session *session, void *memory, struct nh_error *err)
{
    struct state *s = memory;
    struct nh_halo *h = &s->halo;
    h->session = session;
    int code = choose_grid(s, h, err);
    if (code == NH_OK)
        code = open_halo(h, err);
    if (code == NH_OK)
        code = measure(h, err);
    close_halo(h);
    return code;
}

static int run(void *memory, int argc, char **argv, struct nh_error *err)
{
    struct state *s = memory;
    struct nh_halo *h = &s->halo;
    int code = NH_OK;
    if (argc > 0)
        return nh_fail(err, NH_EINPUT, "'%s' is not expected; give options only", argv[0]);
    if (s->cells && s->cells_per_rank)
        return nh_fail(err, NH_EINPUT, "--cells and --cells-per-rank exclude each other; give one");
    h->weak = s->cells_per_rank != NULL;
    if (h->weak)
        code = nh_cells_parse("--cells-per-rank", s->cells_per_rank, h->per_rank, err);
    else
        code = nh_cells_parse("--cells", s->cells ? s->cells : "128", h->grid.cells, err);
    if (code == NH_OK && s->grid)
        code = nh_dims_parse("--grid", s->grid, h->grid.dims, err);
    return code ? code : nh_mpi_run(&s->common, "halo", body, s, err);
}

const struct nh_verb nh_verb_halo = {
    .name = "halo",
    .summary = "Proxy application: conjugate gradients with halo exchange and two all-reduces",
    .arguments = "[OPTION...]",
    .examples = "  mpirun -n 2 nodehour-mpi halo --cells 128\n"
                "  mpirun -n 36 nodehour-mpi halo --cells-per-rank 40 -o records.jsonl\n"
                "  mpirun -n 8 nodehour-mpi halo --cells 256x128x128 --grid 2x2x2\n",
    .options = options,
    .state_size = sizeof(struct state),
    .run = run,
};
