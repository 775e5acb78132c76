/* SPDX-License-Identifier: BSD-3-Clause */
#include <stdint.h>
#include <string.h>
#include <unistd.h>

#include "bench/mpi/buffers.h"
#include "bench/mpi/kernels.h"
#include "bench/mpi/sweep.h"
#include "bench/record/pattern.h"
#include "common/units.h"

/* One-sided: rank 0 puts into, gets from, or accumulates to the memory of rank 1. `window`
 * operations are begun, then one flush (or fence) completes them at both ends: with one, the
 * time is a latency, with many it is the inverse of a rate. With flush, rank 1 meanwhile waits
 * within MPI, where libraries without hardware support make progress. */
enum { PATTERN_SEED = 9, DEFAULT_WINDOW = 1, ORIGIN = 0, TARGET = 1 };
enum rma_op { PUT, GET, ACCUMULATE };
enum epoch { FLUSH, FENCE };

static const char *const op_names[] = {"put", "get", "accumulate", NULL};
static const char *const epoch_names[] = {"flush", "fence", NULL};

struct rma {
    MPI_Comm comm;
    int rank, bytes, window;
    enum rma_op op;
    enum epoch epoch;
    MPI_Win win;
    char *exposed;             /* rank 1's memory of the window, of a page on rank 0 */
    struct nh_mpi_area origin; /* rank 0's places; gets in flight must not share them */
    struct nh_mpi_placing placing;
    struct nh_mpi_sweep *sweep;
};

/* ---- kernel ---- */

static void begin(struct rma *r, int slot)
{
    char *place = nh_mpi_area_next(&r->origin);
    MPI_Aint at = (MPI_Aint)slot * r->bytes;
    int longs = r->bytes / (int)sizeof(int64_t);
    if (r->op == PUT)
        MPI_Put(place, r->bytes, MPI_BYTE, TARGET, at, r->bytes, MPI_BYTE, r->win);
    else if (r->op == GET)
        MPI_Get(place, r->bytes, MPI_BYTE, TARGET, at, r->bytes, MPI_BYTE, r->win);
    else
        MPI_Accumulate(place, longs, MPI_INT64_T, TARGET, at, longs, MPI_INT64_T, MPI_SUM, r->win);
}

static int batch(void *state, size_t reps, struct nh_error *err)
{
    struct rma *r = state;
    (void)err;
    if (r->rank != ORIGIN && r->epoch == FLUSH)
        return NH_OK;
    for (size_t i = 0; i < reps; i++) {
        for (int slot = 0; slot < r->window && r->rank == ORIGIN; slot++)
            begin(r, slot);
        if (r->epoch == FLUSH)
            MPI_Win_flush(TARGET, r->win);
        else
            MPI_Win_fence(0, r->win);
    }
    return NH_OK;
}

/* Small whole numbers: what is added again and again must not overflow. */
static int64_t addend(size_t i)
{
    return (int64_t)(i % 7) + 1;
}

static int64_t base(size_t i)
{
    return 1000 * (int64_t)(i % 11);
}

static void set_longs(void *buffer, size_t bytes, int64_t (*value)(size_t))
{
    int64_t *x = buffer;
    for (size_t i = 0; i < bytes / sizeof *x; i++)
        x[i] = value(i);
}

static int check_longs(const void *buffer, size_t bytes, struct nh_error *err)
{
    const int64_t *x = buffer;
    for (size_t i = 0; i < bytes / sizeof *x; i++)
        if (x[i] != base(i) + addend(i))
            return nh_fail(err, NH_EFAIL,
                           "verification failed: byte %zu of %zu that rank %d accumulated to rank "
                           "%d begins the number %lld, not %lld; the MPI library or the network "
                           "changes data, do not trust it",
                           i * sizeof *x, bytes, ORIGIN, TARGET, (long long)x[i],
                           (long long)(base(i) + addend(i)));
    return NH_OK;
}

/* Before the operation, each on its rank. */
static void set_target(struct rma *r)
{
    size_t all = (size_t)r->bytes * (size_t)r->window;
    if (r->op == PUT)
        memset(r->exposed, 0, all);
    else if (r->op == GET)
        nh_pattern_fill(r->exposed, all, PATTERN_SEED);
    else
        for (size_t at = 0; at < all; at += (size_t)r->bytes)
            set_longs(r->exposed + at, (size_t)r->bytes, base);
}

static void set_origin(struct rma *r)
{
    size_t places = r->op == GET ? (size_t)r->window : 1, bytes = (size_t)r->bytes;
    if (r->op == PUT)
        nh_pattern_fill(r->origin.first, bytes, PATTERN_SEED);
    else if (r->op == GET)
        memset(r->origin.first, 0, places * bytes);
    else
        set_longs(r->origin.first, bytes, addend);
}

static int check_target(const struct rma *r, struct nh_error *err)
{
    size_t bytes = (size_t)r->bytes;
    int code = NH_OK;
    for (int slot = 0; code == NH_OK && slot < r->window; slot++) {
        const char *place = r->exposed + (size_t)slot * bytes;
        code = r->op == PUT ? nh_pattern_check(place, bytes, PATTERN_SEED, ORIGIN, err)
                            : check_longs(place, bytes, err);
    }
    return code;
}

static int check_origin(const struct rma *r, struct nh_error *err)
{
    /* One pattern over the whole window: a slot that came twice shows. */
    return nh_pattern_check(r->origin.first, (size_t)r->bytes * (size_t)r->window, PATTERN_SEED,
                            TARGET, err);
}

/* Stores to the exposed memory become visible to RMA, and RMA to loads. */
static void meet(struct rma *r)
{
    if (r->epoch == FLUSH)
        MPI_Win_sync(r->win);
    MPI_Barrier(r->comm);
    if (r->epoch == FLUSH)
        MPI_Win_sync(r->win);
}

static int verify(void *state, struct nh_error *err)
{
    struct rma *r = state;
    if (r->rank == ORIGIN)
        set_origin(r);
    else
        set_target(r);
    if (r->epoch == FENCE)
        MPI_Win_fence(0, r->win);
    r->origin.next = 0;
    meet(r);
    batch(r, 1, err);
    meet(r);
    if (r->rank == TARGET)
        return r->op == GET ? NH_OK : check_target(r, err);
    return r->op == GET ? check_origin(r, err) : NH_OK;
}

static int describe(void *state, double median_ns, json_t *params, json_t *derived, json_t *detail,
                    struct nh_error *err)
{
    const struct rma *r = state;
    (void)err;
    json_object_set_new(params, "size_bytes", json_integer(r->bytes));
    json_object_set_new(params, "op", json_string(op_names[r->op]));
    json_object_set_new(params, "epoch", json_string(epoch_names[r->epoch]));
    json_object_set_new(params, "window", json_integer(r->window));
    nh_mpi_placing_describe(&r->placing, params);
    if (median_ns > 0) {
        json_object_set_new(derived, "bandwidth_bytes_per_s",
                            json_real(r->bytes / (median_ns * 1e-9)));
        json_object_set_new(derived, "operations_per_s", json_real(1 / (median_ns * 1e-9)));
    }
    nh_mpi_sweep_describe(r->sweep, detail);
    return NH_OK;
}

static double wire_bytes(const void *state)
{
    const struct rma *r = state;
    return r->bytes;
}

static int measure_size(struct nh_mpi_session *s, void *state, size_t size, double *median_ns,
                        struct nh_error *err)
{
    struct rma *r = state;
    const struct nh_kernel_ops ops = {.name = "rma",
                                      .metric = "time_per_operation",
                                      .timing = NH_TIMING_ROOT,
                                      .sync = "none",
                                      .batch = batch,
                                      .ops_per_rep = r->window,
                                      .verify = verify,
                                      .verify_ops = r->window,
                                      .describe = describe,
                                      .wire_bytes = wire_bytes};
    r->bytes = (int)size;
    nh_mpi_area_lay(&r->origin, s, &r->placing, size, r->op == GET ? (size_t)r->window : 1);
    return nh_mpi_measure_size(s, &ops, r, size, "bandwidth_bytes_per_s", median_ns, err);
}

/* ---- verb ---- */

struct verb_state {
    struct nh_kernel_options common;
    struct nh_mpi_sweep_options sweep_options;
    char *sizes_text, *op_text, *epoch_text, *window_text, *unaligned_text;
    int op, epoch;
    long window;
    struct nh_mpi_sweep sweep;
    struct nh_mpi_placing placing;
    struct poptOption table[8];
};

static const struct poptOption *options(void *state)
{
    struct verb_state *v = state;
    const struct poptOption table[] = {
        NH_SIZES_OPTION(&v->sizes_text, "message sizes, 8,1K,3M or a doubling range; multiples "
                                        "of 8 to accumulate (default 8-4M)"),
        {"op", 0, POPT_ARG_STRING, &v->op_text, 0, "operation (default put)", "put|get|accumulate"},
        {"window", 'w', POPT_ARG_STRING, &v->window_text, 0,
         "operations before each flush: 1 for latency (default), 64 for bandwidth", "N"},
        {"epoch", 0, POPT_ARG_STRING, &v->epoch_text, 0,
         "flush: by rank 0 alone (default); fence: by both ranks", "flush|fence"},
        {"unaligned", 0, POPT_ARG_STRING, &v->unaligned_text, 0,
         "rank 0's buffer begins N bytes behind a page (default 0)", "N"},
        NH_MPI_SWEEP_OPTIONS(&v->sweep_options),
        NH_COMMON_OPTIONS(&v->common),
        POPT_TABLEEND};
    memcpy(v->table, table, sizeof table);
    return v->table;
}

static int measure_all(struct nh_mpi_session *s, struct rma *r, size_t exposed, size_t origin,
                       struct nh_error *err)
{
    int code = nh_mpi_area_open(&r->origin, r->rank == ORIGIN ? origin : 0, err);
    /* Whole pages on either rank: MPICH 4.0 mistakes the place of a window that follows an odd
     * number of bytes in shared memory. */
    size_t page = (size_t)sysconf(_SC_PAGESIZE);
    MPI_Aint bytes = (MPI_Aint)(((r->rank == TARGET ? exposed : 0) / page + 1) * page);
    if ((code = nh_mpi_agree(s, code, err)) == NH_OK) {
        MPI_Win_allocate(bytes, 1, MPI_INFO_NULL, r->comm, &r->exposed, &r->win);
        memset(r->exposed, 0, (size_t)bytes);
        if (r->epoch == FLUSH)
            MPI_Win_lock_all(0, r->win);
        else
            MPI_Win_fence(0, r->win);
        code = nh_mpi_sweep_run(s, r->sweep, measure_size, r, err);
        if (r->epoch == FLUSH)
            MPI_Win_unlock_all(r->win);
        MPI_Win_free(&r->win);
    }
    nh_mpi_area_close(&r->origin);
    return code;
}

static int body(struct nh_mpi_session *s, void *state, struct nh_error *err)
{
    struct verb_state *v = state;
    size_t largest = nh_sizes_largest(&v->sweep.sizes), window = (size_t)v->window;
    struct rma r = {.comm = s->comm,
                    .rank = s->rank,
                    .window = (int)v->window,
                    .op = (enum rma_op)v->op,
                    .epoch = (enum epoch)v->epoch,
                    .placing = v->placing,
                    .sweep = &v->sweep};
    size_t origin = nh_mpi_area_bytes(s, &v->placing, largest, r.op == GET ? window : 1);
    int code = nh_mpi_need_pair(s, err);
    if (code)
        return code;
    if (origin == 0 || largest > SIZE_MAX / 4 / window)
        return nh_fail(err, NH_EINPUT,
                       "--window: %zu operations of %zu bytes are beyond this machine; give a "
                       "smaller window",
                       window, largest);
    code = nh_mpi_check_memory(s, s->rank == TARGET ? largest * window : origin,
                               "--sizes: a window of the largest size", err);
    return code ? code : measure_all(s, &r, largest * window, origin, err);
}

static int parse(struct verb_state *v, struct nh_error *err)
{
    const struct nh_mpi_buffer_options place = {.unaligned = v->unaligned_text};
    int code = NH_OK;
    v->window = DEFAULT_WINDOW;
    if (v->op_text)
        code = nh_choice("--op", v->op_text, op_names, &v->op, err);
    if (code == NH_OK && v->epoch_text)
        code = nh_choice("--epoch", v->epoch_text, epoch_names, &v->epoch, err);
    if (code == NH_OK && v->window_text)
        code = nh_parse_long("--window", v->window_text, 1, 65536, &v->window, err);
    if (code == NH_OK)
        code = nh_mpi_placing_parse(&place, &v->placing, err);
    if (code == NH_OK && v->op == ACCUMULATE && v->placing.offset % sizeof(int64_t))
        code = nh_fail(err, NH_EINPUT,
                       "--unaligned: %zu is not a multiple of 8, which numbers to accumulate need; "
                       "give one, or --op put",
                       v->placing.offset);
    if (code)
        return code;
    bool numbers = v->op == ACCUMULATE;
    return nh_mpi_sweep_parse(&v->sweep_options, v->sizes_text ? v->sizes_text : "8-4M",
                              numbers ? sizeof(int64_t) : 1, numbers ? "number" : "byte",
                              numbers ? sizeof(int64_t) : 1, &v->sweep, err);
}

static int run(void *state, int argc, char **argv, struct nh_error *err)
{
    struct verb_state *v = state;
    int code = nh_mpi_no_arguments(argc, argv, err);
    if (code == NH_OK)
        code = parse(v, err);
    if (code == NH_OK)
        code = nh_mpi_run(&v->common, "rma", body, v, err);
    nh_mpi_sweep_clear(&v->sweep);
    return code;
}

const struct nh_verb nh_verb_rma = {
    .name = "rma",
    .summary = "One-sided put, get and accumulate between two ranks: latency or bandwidth",
    .arguments = "[OPTION...]",
    .examples = "  mpirun -n 2 nodehour-mpi rma --op get\n"
                "  mpirun -n 2 nodehour-mpi rma --op put --window 64 --sizes 1K-4M\n",
    .options = options,
    .state_size = sizeof(struct verb_state),
    .run = run};
