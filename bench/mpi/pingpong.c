/* SPDX-License-Identifier: BSD-3-Clause */
#include "bench/mpi/pingpong.h"

#include <limits.h>
#include <string.h>

#include "bench/mpi/kernels.h"
#include "bench/record/pattern.h"
#include "common/units.h"

enum { TAG = 1, PATTERN_SEED = 3 };

/* ---- the loops ---- */

static void by_send(struct nh_pingpong *p, size_t reps)
{
    int peer = p->pairs.peer;
    if (p->pairs.leads) {
        for (size_t i = 0; i < reps; i++) {
            MPI_Send(p->send, p->bytes, MPI_BYTE, peer, TAG, p->comm);
            MPI_Recv(p->receive, p->bytes, MPI_BYTE, peer, TAG, p->comm, MPI_STATUS_IGNORE);
        }
    } else {
        for (size_t i = 0; i < reps; i++) {
            MPI_Recv(p->receive, p->bytes, MPI_BYTE, peer, TAG, p->comm, MPI_STATUS_IGNORE);
            MPI_Send(p->send, p->bytes, MPI_BYTE, peer, TAG, p->comm);
        }
    }
}

static void by_send_rotating(struct nh_pingpong *p, size_t reps)
{
    for (size_t i = 0; i < reps; i++) {
        p->send = nh_mpi_area_next(&p->out);
        p->receive = nh_mpi_area_next(&p->in);
        by_send(p, 1);
    }
}

/* The receive is there before the message in both ranks, as programs with persistent
 * requests arrange it. */
static void by_start(struct nh_pingpong *p, size_t reps)
{
    MPI_Request *send = &p->requests[0], *receive = &p->requests[1];
    /* NOLINTBEGIN(clang-analyzer-optin.mpi.MPI-Checker): it does not know MPI_Start */
    for (size_t i = 0; i < reps; i++) {
        MPI_Start(receive);
        if (!p->pairs.leads)
            MPI_Wait(receive, MPI_STATUS_IGNORE);
        MPI_Start(send);
        MPI_Wait(send, MPI_STATUS_IGNORE);
        if (p->pairs.leads)
            MPI_Wait(receive, MPI_STATUS_IGNORE);
    }
    /* NOLINTEND(clang-analyzer-optin.mpi.MPI-Checker) */
}

/* ---- kernel ---- */

static int batch(void *state, size_t reps, struct nh_error *err)
{
    (void)err;
    by_send(state, reps);
    return NH_OK;
}

static int batch_otherwise(void *state, size_t reps, struct nh_error *err)
{
    struct nh_pingpong *p = state;
    (void)err;
    if (p->pairs.peer < 0)
        return NH_OK;
    int64_t t0 = nh_mpi_watch_now(&p->watch);
    p->round_trips(p, reps);
    if (p->pairs.leads)
        nh_mpi_watch_keep(&p->watch, reps, 2, nh_mpi_watch_now(&p->watch) - t0);
    return NH_OK;
}

/* Each direction carries its own pattern into a cleared buffer. */
static int verify(void *state, struct nh_error *err)
{
    struct nh_pingpong *p = state;
    size_t bytes = (size_t)p->bytes;
    if (p->pairs.peer < 0)
        return NH_OK;
    nh_pattern_fill(p->send, bytes, PATTERN_SEED + (unsigned)p->pairs.rank);
    memset(p->receive, 0, bytes);
    if (p->persistent)
        by_start(p, 1);
    else
        by_send(p, 1);
    return nh_pattern_check(p->receive, bytes, PATTERN_SEED + (unsigned)p->pairs.peer,
                            p->pairs.peer, err);
}

static int describe(void *state, double median_ns, json_t *params, json_t *derived, json_t *detail,
                    struct nh_error *err)
{
    const struct nh_pingpong *p = state;
    (void)err;
    json_object_set_new(params, "size_bytes", json_integer(p->bytes));
    if (p->many)
        json_object_set_new(params, "pairs", json_integer(p->pairs.count));
    if (p->persistent)
        json_object_set_new(params, "persistent", json_true());
    nh_mpi_placing_describe(&p->placing, params);
    if (p->bytes > 0 && median_ns > 0)
        json_object_set_new(derived, "bandwidth_bytes_per_s",
                            json_real(p->bytes / (median_ns * 1e-9)));
    if (p->many)
        nh_mpi_watch_describe(&p->watch, &p->pairs, detail);
    if (p->sweep)
        nh_mpi_sweep_describe(p->sweep, detail);
    return NH_OK;
}

static double wire_bytes(const void *state)
{
    const struct nh_pingpong *p = state;
    return (double)p->bytes * p->pairs.count;
}

static void evict(void *state)
{
    struct nh_pingpong *p = state;
    nh_mpi_evict(&p->eviction);
}

static int gather(void *state, struct nh_error *err)
{
    struct nh_pingpong *p = state;
    return nh_mpi_watch_gather(&p->watch, &p->pairs, p->comm, err);
}

const struct nh_kernel_ops nh_pingpong_ops = {.name = "pingpong",
                                              .metric = "one_way_latency",
                                              .timing = NH_TIMING_ROOT,
                                              .sync = "none",
                                              .batch = batch,
                                              .ops_per_rep = 2,
                                              .verify = verify,
                                              .verify_ops = 2,
                                              .describe = describe,
                                              .wire_bytes = wire_bytes};

/* Of several pairs the slowest counts. What was evicted is measured once, and neither rank
 * may begin while the other one still evicts. */
static struct nh_kernel_ops ops_for(const struct nh_pingpong *p)
{
    struct nh_kernel_ops ops = nh_pingpong_ops;
    if (p->many || p->round_trips != by_send)
        ops.batch = batch_otherwise;
    if (p->many) {
        ops.timing = NH_TIMING_MAX_OVER_RANKS;
        ops.finish = gather;
    }
    if (p->eviction.bytes) {
        ops.prepare = evict;
        ops.max_reps = 1;
    }
    if (p->many || p->eviction.bytes)
        ops.sync = "barrier";
    return ops;
}

/* ---- verb ---- */

struct verb_state {
    struct nh_kernel_options common;
    struct nh_mpi_sweep_options sweep_options;
    struct nh_mpi_buffer_options buffer_options;
    char *sizes_text, *pairs_text;
    int persistent;
    long pairs; /* 0: not given */
    struct nh_mpi_sweep sweep;
    struct nh_mpi_placing placing;
    struct poptOption table[7];
};

static const struct poptOption *options(void *state)
{
    struct verb_state *v = state;
    const struct poptOption table[] = {
        NH_SIZES_OPTION(&v->sizes_text, "message sizes, 8,1K,3M or a doubling range 1-4M "
                                        "(default 0,1-4M)"),
        {"pairs", 'p', POPT_ARG_STRING, &v->pairs_text, 0,
         "ranks 0..N-1 with ranks N..2N-1 at once; the slowest pair's time", "N"},
        {"persistent", 0, POPT_ARG_NONE, &v->persistent, 0,
         "persistent requests (MPI_Send_init) instead of MPI_Send", NULL},
        NH_MPI_SWEEP_OPTIONS(&v->sweep_options),
        NH_MPI_BUFFER_OPTIONS(&v->buffer_options),
        NH_COMMON_OPTIONS(&v->common),
        POPT_TABLEEND};
    memcpy(v->table, table, sizeof table);
    return v->table;
}

static void make_requests(struct nh_pingpong *p)
{
    MPI_Send_init(p->send, p->bytes, MPI_BYTE, p->pairs.peer, TAG, p->comm, &p->requests[0]);
    MPI_Recv_init(p->receive, p->bytes, MPI_BYTE, p->pairs.peer, TAG, p->comm, &p->requests[1]);
}

static int measure_size(struct nh_mpi_session *s, void *state, size_t size, double *median_ns,
                        struct nh_error *err)
{
    struct nh_pingpong *p = state;
    const struct nh_kernel_ops ops = ops_for(p);
    bool requests = p->persistent && p->pairs.peer >= 0;
    p->bytes = (int)size;
    nh_mpi_area_lay(&p->out, s, &p->placing, size, 1);
    nh_mpi_area_lay(&p->in, s, &p->placing, size, 1);
    p->send = p->out.first;
    p->receive = p->in.first;
    if (requests)
        make_requests(p);
    int code = nh_mpi_measure_size(s, &ops, p, size, "bandwidth_bytes_per_s", median_ns, err);
    for (int i = 0; requests && i < 2; i++)
        MPI_Request_free(&p->requests[i]);
    return code;
}

static int open_buffers(struct nh_mpi_session *s, struct nh_pingpong *p, size_t area_bytes,
                        size_t eviction_bytes, struct nh_error *err)
{
    int code = nh_mpi_area_open(&p->out, area_bytes, err);
    if (code == NH_OK)
        code = nh_mpi_area_open(&p->in, area_bytes, err);
    if (code == NH_OK)
        code = nh_mpi_eviction_open(&p->eviction, eviction_bytes, err);
    if (code == NH_OK)
        code = nh_mpi_watch_open(&p->watch, s, &p->pairs, err);
    return nh_mpi_agree(s, code, err);
}

static void close_buffers(struct nh_pingpong *p)
{
    nh_mpi_area_close(&p->out);
    nh_mpi_area_close(&p->in);
    nh_mpi_eviction_close(&p->eviction);
    nh_mpi_watch_close(&p->watch);
}

static int body(struct nh_mpi_session *s, void *state, struct nh_error *err)
{
    struct verb_state *v = state;
    struct nh_pingpong p = {.comm = s->comm,
                            .persistent = v->persistent,
                            .many = v->pairs > 0,
                            .placing = v->placing,
                            .sweep = &v->sweep};
    size_t largest = nh_sizes_largest(&v->sweep.sizes);
    size_t area = nh_mpi_area_bytes(s, &v->placing, largest, 1);
    size_t eviction = nh_mpi_eviction_bytes(s, &v->placing);
    int code = nh_mpi_pairs_form(s, v->pairs, &p.pairs, err);
    if (code == NH_OK)
        code = nh_mpi_check_memory(s, 2 * area + eviction, "--sizes: the largest size", err);
    if (code)
        return code;
    p.round_trips = v->persistent                            ? by_start
                    : v->placing.mode == NH_BUFFERS_ROTATING ? by_send_rotating
                                                             : by_send;
    code = open_buffers(s, &p, area, eviction, err);
    if (code == NH_OK)
        code = nh_mpi_sweep_run(s, &v->sweep, measure_size, &p, err);
    close_buffers(&p);
    return code;
}

static int parse(struct verb_state *v, struct nh_error *err)
{
    int code = nh_mpi_placing_parse(&v->buffer_options, &v->placing, err);
    if (code == NH_OK && v->pairs_text)
        code = nh_parse_long("--pairs", v->pairs_text, 1, INT_MAX / 2, &v->pairs, err);
    if (code == NH_OK && v->persistent && v->placing.mode == NH_BUFFERS_ROTATING)
        code = nh_fail(err, NH_EINPUT,
                       "--persistent: a persistent request keeps to one place; leave out "
                       "--buffers rotating");
    if (code)
        return code;
    return nh_mpi_sweep_parse(&v->sweep_options, v->sizes_text ? v->sizes_text : "0,1-4M", 1,
                              "byte", 0, &v->sweep, err);
}

static int run(void *state, int argc, char **argv, struct nh_error *err)
{
    struct verb_state *v = state;
    int code = nh_mpi_no_arguments(argc, argv, err);
    if (code == NH_OK)
        code = parse(v, err);
    if (code == NH_OK)
        code = nh_mpi_run(&v->common, "pingpong", body, v, err);
    nh_mpi_sweep_clear(&v->sweep);
    return code;
}

const struct nh_verb nh_verb_pingpong = {
    .name = "pingpong",
    .summary =
        "One-way latency between two ranks, half of a round trip; or of several pairs at once",
    .arguments = "[OPTION...]",
    .examples = "  mpirun -n 2 nodehour-mpi pingpong\n"
                "  mpirun -n 2 nodehour-mpi pingpong --sizes 1-1M --refine 12 -o latency.jsonl\n"
                "  mpirun -n 8 nodehour-mpi pingpong --pairs 4 --persistent --sizes 8\n",
    .options = options,
    .state_size = sizeof(struct verb_state),
    .run = run};
