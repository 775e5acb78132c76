/* SPDX-License-Identifier: BSD-3-Clause */
#include <limits.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bench/mpi/kernels.h"
#include "bench/mpi/pattern.h"
#include "bench/mpi/sizes.h"
#include "common/units.h"

/* A window of messages is in flight at once; then a short reply ends the repetition. In the
 * two-way case both ranks send a window. The operation is one message, so the bandwidth is
 * size / time per message, and both directions are in it. */
enum { TAG_DATA = 2, TAG_REPLY = 3, SEED = 5, DEFAULT_WINDOW = 64 };

struct bandwidth {
    MPI_Comm comm;
    int rank, peer, bytes, window;
    bool two_way;
    char *send;            /* one message */
    char *receive;         /* window messages: MPI forbids receives in flight to share memory */
    MPI_Request *requests; /* 2 x window */
    MPI_Status *no_status; /* MPI_STATUSES_IGNORE, which MPICH's header and gcc warn of */
};

/* ---- kernel ---- */

static void post_receives(struct bandwidth *b, MPI_Request *requests)
{
    for (int i = 0; i < b->window; i++)
        MPI_Irecv(b->receive + (size_t)i * (size_t)b->bytes, b->bytes, MPI_BYTE, b->peer, TAG_DATA,
                  b->comm, &requests[i]);
}

static void post_sends(struct bandwidth *b, MPI_Request *requests)
{
    for (int i = 0; i < b->window; i++)
        MPI_Isend(b->send, b->bytes, MPI_BYTE, b->peer, TAG_DATA, b->comm, &requests[i]);
}

static void reply(struct bandwidth *b)
{
    if (b->rank == 0)
        MPI_Recv(NULL, 0, MPI_BYTE, b->peer, TAG_REPLY, b->comm, MPI_STATUS_IGNORE);
    else
        MPI_Send(NULL, 0, MPI_BYTE, b->peer, TAG_REPLY, b->comm);
}

static int batch_one(void *state, size_t reps, struct nh_error *err)
{
    struct bandwidth *b = state;
    (void)err;
    for (size_t r = 0; r < reps; r++) {
        if (b->rank == 0)
            post_sends(b, b->requests);
        else
            post_receives(b, b->requests);
        MPI_Waitall(b->window, b->requests, b->no_status);
        reply(b);
    }
    return NH_OK;
}

static int batch_two(void *state, size_t reps, struct nh_error *err)
{
    struct bandwidth *b = state;
    (void)err;
    for (size_t r = 0; r < reps; r++) {
        post_receives(b, b->requests);
        post_sends(b, b->requests + b->window);
        MPI_Waitall(2 * b->window, b->requests, b->no_status);
        reply(b);
    }
    return NH_OK;
}

static int verify(void *state, struct nh_error *err)
{
    struct bandwidth *b = state;
    size_t bytes = (size_t)b->bytes, all = bytes * (size_t)b->window;
    nh_pattern_fill(b->send, bytes, SEED + (unsigned)b->rank);
    if (b->two_way || b->rank == 1)
        memset(b->receive, 0, all);
    if (b->two_way)
        batch_two(b, 1, err);
    else
        batch_one(b, 1, err);
    for (size_t i = 0; (b->two_way || b->rank == 1) && i < all; i += bytes) {
        int code = nh_pattern_check(b->receive + i, bytes, SEED + (unsigned)b->peer, b->peer, err);
        if (code)
            return code;
    }
    return NH_OK;
}

static int describe(void *state, double median_ns, json_t *params, json_t *derived, json_t *detail,
                    struct nh_error *err)
{
    const struct bandwidth *b = state;
    (void)detail;
    (void)err;
    json_object_set_new(params, "size_bytes", json_integer(b->bytes));
    json_object_set_new(params, "window", json_integer(b->window));
    json_object_set_new(params, "direction", json_string(b->two_way ? "two" : "one"));
    if (median_ns > 0) {
        json_object_set_new(derived, "bandwidth_bytes_per_s",
                            json_real(b->bytes / (median_ns * 1e-9)));
        json_object_set_new(derived, "messages_per_s", json_real(1 / (median_ns * 1e-9)));
    }
    return NH_OK;
}

static struct nh_kernel_ops kernel_ops(const struct bandwidth *b)
{
    return (struct nh_kernel_ops){.name = "bandwidth",
                                  .metric = "time_per_message",
                                  .timing = NH_TIMING_ROOT,
                                  .sync = "none",
                                  .batch = b->two_way ? batch_two : batch_one,
                                  .ops_per_rep = b->two_way ? 2.0 * b->window : b->window,
                                  .verify = verify,
                                  .describe = describe};
}

/* ---- verb ---- */

struct verb_state {
    struct nh_mpi_options common;
    char *sizes_text, *window_text, *direction_text;
    struct nh_mpi_sizes sizes;
    long window;
    bool two_way;
    struct poptOption table[5];
};

static const struct poptOption *options(void *state)
{
    struct verb_state *v = state;
    const struct poptOption table[] = {
        NH_MPI_SIZES_OPTION(&v->sizes_text, "message sizes, 8,1K,3M or a doubling range "
                                            "(default 1-4M)"),
        {"window", 'w', POPT_ARG_STRING, &v->window_text, 0, "messages in flight (default 64)",
         "N"},
        {"direction", 0, POPT_ARG_STRING, &v->direction_text, 0,
         "one: rank 0 to 1 (default); two: both at once, summed", "one|two"},
        NH_MPI_COMMON_OPTIONS(&v->common),
        POPT_TABLEEND};
    memcpy(v->table, table, sizeof table);
    return v->table;
}

static int measure_size(struct nh_mpi_session *s, struct bandwidth *b, size_t size,
                        struct nh_error *err)
{
    char label[24];
    snprintf(label, sizeof label, "%zu", size);
    const struct nh_mpi_case row = {"size_B", label, "bandwidth_bytes_per_s", "GB/s", 1e9};
    const struct nh_kernel_ops ops = kernel_ops(b);
    b->bytes = (int)size;
    return nh_mpi_measure(s, &ops, b, &row, NULL, err);
}

static int measure_all(struct nh_mpi_session *s, const struct verb_state *v, size_t window_bytes,
                       struct nh_error *err)
{
    struct bandwidth b = {.comm = s->comm,
                          .rank = s->rank,
                          .peer = 1 - s->rank,
                          .window = (int)v->window,
                          .two_way = v->two_way,
                          .no_status = MPI_STATUSES_IGNORE};
    b.send = nh_mpi_buffer(nh_mpi_sizes_largest(&v->sizes), err);
    b.receive = nh_mpi_buffer(v->two_way || s->rank == 1 ? window_bytes : 0, err);
    b.requests = nh_mpi_buffer(2 * (size_t)v->window * sizeof *b.requests, err);
    bool got = b.send && b.receive && b.requests;
    int code = nh_mpi_agree(s, got ? NH_OK : NH_EFAIL, err);
    s->total = v->sizes.count;
    for (size_t i = 0; code == NH_OK && i < v->sizes.count; i++)
        code = measure_size(s, &b, v->sizes.items[i], err);
    free(b.send);
    free(b.receive);
    free(b.requests);
    return code;
}

static int body(struct nh_mpi_session *s, void *state, struct nh_error *err)
{
    const struct verb_state *v = state;
    size_t largest = nh_mpi_sizes_largest(&v->sizes);
    int code = nh_mpi_need_pair(s, err);
    if (code)
        return code;
    if (largest > SIZE_MAX / 4 / (size_t)v->window)
        return nh_fail(err, NH_EINPUT,
                       "--window: %ld messages of %zu bytes are beyond this "
                       "machine; give a smaller window",
                       v->window, largest);
    size_t window_bytes = largest * (size_t)v->window;
    code = nh_mpi_check_memory(s, window_bytes + largest, "--sizes: a window of the largest size",
                               err);
    return code ? code : measure_all(s, v, window_bytes, err);
}

static int run(void *state, int argc, char **argv, struct nh_error *err)
{
    static const char *const directions[] = {"one", "two", NULL};
    struct verb_state *v = state;
    int direction = 0, code;
    v->window = DEFAULT_WINDOW;
    if ((code = nh_mpi_no_arguments(argc, argv, err)))
        return code;
    if (v->window_text &&
        (code = nh_parse_long("--window", v->window_text, 1, 65536, &v->window, err)))
        return code;
    if (v->direction_text &&
        (code = nh_choice("--direction", v->direction_text, directions, &direction, err)))
        return code;
    v->two_way = direction == 1;
    code = nh_mpi_sizes_parse(v->sizes_text ? v->sizes_text : "1-4M", 1, "byte", 1, &v->sizes, err);
    if (code == NH_OK)
        code = nh_mpi_run(&v->common, "bandwidth", body, v, err);
    free(v->sizes.items);
    return code;
}

const struct nh_verb nh_verb_bandwidth = {
    .name = "bandwidth",
    .summary = "Bandwidth and message rate between two ranks, a window of messages in flight",
    .arguments = "[OPTION...]",
    .examples = "  mpirun -n 2 nodehour-mpi bandwidth\n"
                "  mpirun -n 2 nodehour-mpi bandwidth --direction two --sizes 64K-4M\n",
    .options = options,
    .state_size = sizeof(struct verb_state),
    .run = run};
