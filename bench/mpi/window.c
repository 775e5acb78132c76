/* SPDX-License-Identifier: BSD-3-Clause */
#include "bench/mpi/window.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "bench/record/pattern.h"

enum { TAG_DATA = 2, TAG_REPLY = 3, PATTERN_SEED = 5 };

static bool sends(const struct nh_mpi_window *w)
{
    return w->pairs.leads || w->two_way;
}

static bool receives(const struct nh_mpi_window *w)
{
    return !w->pairs.leads || w->two_way;
}

/* ---- one repetition ---- */

static void post(struct nh_mpi_window *w)
{
    int peer = w->pairs.peer;
    if (receives(w))
        for (int i = 0; i < w->window; i++)
            MPI_Irecv(nh_mpi_area_next(&w->in), w->bytes, MPI_BYTE, peer, TAG_DATA, w->comm,
                      &w->requests[i]);
    if (sends(w))
        for (int i = 0; i < w->window; i++)
            MPI_Isend(nh_mpi_area_next(&w->out), w->bytes, MPI_BYTE, peer, TAG_DATA, w->comm,
                      &w->requests[w->window + i]);
}

/* Requests of this rank lie next to each other, receives first. */
static MPI_Request *first_request(const struct nh_mpi_window *w)
{
    return w->requests + (receives(w) ? 0 : w->window);
}

static int request_count(const struct nh_mpi_window *w)
{
    return w->window * (sends(w) + receives(w));
}

static void reply(const struct nh_mpi_window *w)
{
    if (w->pairs.leads)
        MPI_Recv(NULL, 0, MPI_BYTE, w->pairs.peer, TAG_REPLY, w->comm, MPI_STATUS_IGNORE);
    else
        MPI_Send(NULL, 0, MPI_BYTE, w->pairs.peer, TAG_REPLY, w->comm);
}

static void windows(struct nh_mpi_window *w, size_t reps)
{
    MPI_Request *first = first_request(w);
    int n = request_count(w);
    for (size_t r = 0; r < reps; r++) {
        if (w->persistent)
            MPI_Startall(n, first);
        else
            post(w);
        MPI_Waitall(n, first, w->no_status);
        reply(w);
    }
}

/* ---- kernel ---- */

static int batch(void *state, size_t reps, struct nh_error *err)
{
    struct nh_mpi_window *w = state;
    (void)err;
    if (w->pairs.peer < 0)
        return NH_OK;
    int64_t t0 = w->many ? nh_mpi_watch_now(&w->watch) : 0;
    windows(w, reps);
    if (w->many && w->pairs.leads)
        nh_mpi_watch_keep(&w->watch, reps, w->window * (w->two_way ? 2.0 : 1.0),
                          nh_mpi_watch_now(&w->watch) - t0);
    return NH_OK;
}

/* The first places, which is where a repetition that begins there puts its messages. */
static void rewind_areas(struct nh_mpi_window *w)
{
    w->out.next = w->in.next = 0;
}

/* Places that a window's sends read: often one and the same. */
static size_t places_to_send(const struct nh_mpi_window *w)
{
    size_t window = sends(w) ? (size_t)w->window : 0;
    return w->out.slots < window ? w->out.slots : window;
}

static int check(struct nh_mpi_window *w, struct nh_error *err)
{
    int code = NH_OK, peer = w->pairs.peer;
    for (int i = 0; code == NH_OK && i < w->window; i++)
        code = nh_pattern_check(nh_mpi_area_next(&w->in), (size_t)w->bytes,
                                PATTERN_SEED + (unsigned)peer, peer, err);
    return code;
}

static int verify(void *state, struct nh_error *err)
{
    struct nh_mpi_window *w = state;
    size_t bytes = (size_t)w->bytes;
    if (w->pairs.peer < 0)
        return NH_OK;
    rewind_areas(w);
    for (size_t i = 0; i < places_to_send(w); i++)
        nh_pattern_fill(nh_mpi_area_next(&w->out), bytes, PATTERN_SEED + (unsigned)w->pairs.rank);
    for (int i = 0; i < w->window && receives(w); i++)
        memset(nh_mpi_area_next(&w->in), 0, bytes);
    rewind_areas(w);
    windows(w, 1);
    rewind_areas(w);
    return receives(w) ? check(w, err) : NH_OK;
}

static int describe(void *state, double median_ns, json_t *params, json_t *derived, json_t *detail,
                    struct nh_error *err)
{
    const struct nh_mpi_window *w = state;
    (void)err;
    json_object_set_new(params, "size_bytes", json_integer(w->bytes));
    json_object_set_new(params, "window", json_integer(w->window));
    json_object_set_new(params, "direction", json_string(w->two_way ? "two" : "one"));
    if (w->many)
        json_object_set_new(params, "pairs", json_integer(w->pairs.count));
    if (w->persistent)
        json_object_set_new(params, "persistent", json_true());
    nh_mpi_placing_describe(&w->placing, params);
    if (median_ns > 0) {
        json_object_set_new(derived, "bandwidth_bytes_per_s",
                            json_real(w->bytes / (median_ns * 1e-9)));
        json_object_set_new(derived, "messages_per_s", json_real(1 / (median_ns * 1e-9)));
    }
    if (w->many)
        nh_mpi_watch_describe(&w->watch, &w->pairs, detail);
    nh_mpi_sweep_describe(w->sweep, detail);
    return NH_OK;
}

static double wire_bytes(const void *state)
{
    const struct nh_mpi_window *w = state;
    return w->bytes;
}

static void evict(void *state)
{
    struct nh_mpi_window *w = state;
    nh_mpi_evict(&w->eviction);
}

static int gather(void *state, struct nh_error *err)
{
    struct nh_mpi_window *w = state;
    return nh_mpi_watch_gather(&w->watch, &w->pairs, w->comm, err);
}

static struct nh_kernel_ops ops_for(const struct nh_mpi_window *w)
{
    bool flushed = w->eviction.bytes > 0;
    double messages = (w->two_way ? 2.0 : 1.0) * w->window * w->pairs.count;
    return (struct nh_kernel_ops){.name = w->name,
                                  .metric = "time_per_message",
                                  .timing = w->many ? NH_TIMING_MAX_OVER_RANKS : NH_TIMING_ROOT,
                                  .sync = w->many || flushed ? "barrier" : "none",
                                  .batch = batch,
                                  .ops_per_rep = messages,
                                  .max_reps = flushed ? 1 : 0,
                                  .prepare = flushed ? evict : NULL,
                                  .verify = verify,
                                  .verify_ops = messages,
                                  .describe = describe,
                                  .wire_bytes = wire_bytes,
                                  .finish = w->many ? gather : NULL};
}

/* ---- all sizes ---- */

static void make_requests(struct nh_mpi_window *w)
{
    int peer = w->pairs.peer;
    for (int i = 0; i < w->window && receives(w); i++)
        MPI_Recv_init(nh_mpi_area_next(&w->in), w->bytes, MPI_BYTE, peer, TAG_DATA, w->comm,
                      &w->requests[i]);
    for (int i = 0; i < w->window && sends(w); i++)
        MPI_Send_init(w->out.first, w->bytes, MPI_BYTE, peer, TAG_DATA, w->comm,
                      &w->requests[w->window + i]);
}

static int measure_size(struct nh_mpi_session *s, void *state, size_t size, double *median_ns,
                        struct nh_error *err)
{
    struct nh_mpi_window *w = state;
    const struct nh_kernel_ops ops = ops_for(w);
    bool requests = w->persistent && w->pairs.peer >= 0;
    w->bytes = (int)size;
    nh_mpi_area_lay(&w->out, s, &w->placing, size, 1);
    nh_mpi_area_lay(&w->in, s, &w->placing, size, (size_t)w->window);
    if (requests)
        make_requests(w);
    int code = nh_mpi_measure_size(s, &ops, w, size, "bandwidth_bytes_per_s", median_ns, err);
    for (int i = 0; requests && i < request_count(w); i++)
        MPI_Request_free(&first_request(w)[i]);
    return code;
}

static int open_buffers(struct nh_mpi_session *s, struct nh_mpi_window *w, size_t out, size_t in,
                        size_t eviction, struct nh_error *err)
{
    bool active = w->pairs.peer >= 0;
    int code = nh_mpi_area_open(&w->out, active && sends(w) ? out : 0, err);
    if (code == NH_OK)
        code = nh_mpi_area_open(&w->in, active && receives(w) ? in : 0, err);
    if (code == NH_OK)
        code = nh_mpi_eviction_open(&w->eviction, eviction, err);
    if (code == NH_OK)
        code = nh_mpi_watch_open(&w->watch, s, &w->pairs, err);
    w->requests = nh_mpi_buffer(2 * (size_t)w->window * sizeof *w->requests, err);
    return nh_mpi_agree(s, code == NH_OK && !w->requests ? NH_EFAIL : code, err);
}

static void close_buffers(struct nh_mpi_window *w)
{
    nh_mpi_area_close(&w->out);
    nh_mpi_area_close(&w->in);
    nh_mpi_eviction_close(&w->eviction);
    nh_mpi_watch_close(&w->watch);
    free(w->requests);
}

int nh_mpi_window_run(struct nh_mpi_session *s, struct nh_mpi_window *w, struct nh_error *err)
{
    size_t largest = nh_sizes_largest(&w->sweep->sizes);
    size_t out = nh_mpi_area_bytes(s, &w->placing, largest, 1);
    size_t in = nh_mpi_area_bytes(s, &w->placing, largest, (size_t)w->window);
    size_t eviction = nh_mpi_eviction_bytes(s, &w->placing);
    if (out == 0 || in == 0 || in > SIZE_MAX / 4)
        return nh_fail(err, NH_EINPUT,
                       "--window: %d messages of %zu bytes are beyond this machine; give a "
                       "smaller window",
                       w->window, largest);
    int code =
        nh_mpi_check_memory(s, out + in + eviction, "--sizes: a window of the largest size", err);
    if (code)
        return code;
    code = open_buffers(s, w, out, in, eviction, err);
    if (code == NH_OK)
        code = nh_mpi_sweep_run(s, w->sweep, measure_size, w, err);
    close_buffers(w);
    return code;
}
