/* SPDX-License-Identifier: BSD-3-Clause */
#include "bench/mpi/matrix.h"

#include <math.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bench/mpi/kernels.h"
#include "bench/mpi/watch.h"
#include "bench/pt2pt/tournament.h"
#include "bench/record/pattern.h"
#include "common/units.h"

enum {
    TAG_READY = 11,
    TAG_DATA,
    TAG_REPLY,
    PATTERN_SEED = 13,
    MOST_TRIPS = 1000,
    DEFAULT_WINDOW = 8
};
/* An exchange is timed for this long: over 20 readings of any clock in use. */
static const double exchange_ns = 20000;

/* ---- one exchange, led by one of the two ---- */

static void lead_trips(struct nh_mpi_matrix *m, int peer, int trips)
{
    MPI_Comm comm = m->session->comm;
    for (int i = 0; i < trips && !m->bandwidth; i++) {
        MPI_Send(m->out, m->bytes, MPI_BYTE, peer, TAG_DATA, comm);
        MPI_Recv(m->in, m->bytes, MPI_BYTE, peer, TAG_DATA, comm, MPI_STATUS_IGNORE);
    }
    for (int i = 0; i < trips && m->bandwidth; i++) {
        for (int k = 0; k < m->window; k++)
            MPI_Isend(m->out, m->bytes, MPI_BYTE, peer, TAG_DATA, comm, &m->requests[k]);
        MPI_Waitall(m->window, m->requests, m->no_status);
        MPI_Recv(NULL, 0, MPI_BYTE, peer, TAG_REPLY, comm, MPI_STATUS_IGNORE);
    }
}

static void follow_trips(struct nh_mpi_matrix *m, int peer, int trips)
{
    MPI_Comm comm = m->session->comm;
    for (int i = 0; i < trips && !m->bandwidth; i++) {
        MPI_Recv(m->in, m->bytes, MPI_BYTE, peer, TAG_DATA, comm, MPI_STATUS_IGNORE);
        MPI_Send(m->out, m->bytes, MPI_BYTE, peer, TAG_DATA, comm);
    }
    for (int i = 0; i < trips && m->bandwidth; i++) {
        for (int k = 0; k < m->window; k++)
            MPI_Irecv(m->in + (size_t)k * (size_t)m->bytes, m->bytes, MPI_BYTE, peer, TAG_DATA,
                      comm, &m->requests[k]);
        MPI_Waitall(m->window, m->requests, m->no_status);
        MPI_Send(NULL, 0, MPI_BYTE, peer, TAG_REPLY, comm);
    }
}

static int trips_for(double trip_ns)
{
    return trip_ns > 0 ? (int)fmin(MOST_TRIPS, fmax(1, ceil(exchange_ns / trip_ns))) : 1;
}

size_t nh_mpi_matrix_kept(const struct nh_mpi_matrix *m)
{
    size_t timed = m->passes ? m->passes - 1 : 0;
    return timed < NH_MATRIX_KEPT ? timed : NH_MATRIX_KEPT;
}

/* ns for a message one way, or bytes per second. */
static void keep(struct nh_mpi_matrix *m, int peer, int trips, double trip_ns)
{
    double window_bytes = (double)m->bytes * m->window;
    double *values = m->passes_of + (size_t)peer * NH_MATRIX_KEPT;
    if (m->trip_ns[peer] == 0 || trip_ns < m->trip_ns[peer])
        m->trip_ns[peer] = trip_ns;
    m->sent += trips * (m->bandwidth ? window_bytes : 2.0 * m->bytes);
    if (m->passes == 0)
        return;
    values[(m->passes - 1) % NH_MATRIX_KEPT] =
        m->bandwidth ? window_bytes / (trip_ns * 1e-9) : trip_ns / 2;
}

/* The peer learns how many trips there will be, and its answer says that it is there: waiting
 * for it is not in the time. */
static void lead(struct nh_mpi_matrix *m, int peer)
{
    const struct nh_clock *clock = &m->session->clock;
    MPI_Comm comm = m->session->comm;
    int trips = trips_for(m->trip_ns[peer]);
    MPI_Send(&trips, 1, MPI_INT, peer, TAG_READY, comm);
    MPI_Recv(NULL, 0, MPI_BYTE, peer, TAG_READY, comm, MPI_STATUS_IGNORE);
    int64_t t0 = clock->now(clock->context);
    lead_trips(m, peer, trips);
    keep(m, peer, trips, fmax(1, (double)(clock->now(clock->context) - t0) / trips));
}

static void follow(struct nh_mpi_matrix *m, int peer)
{
    MPI_Comm comm = m->session->comm;
    int trips;
    MPI_Recv(&trips, 1, MPI_INT, peer, TAG_READY, comm, MPI_STATUS_IGNORE);
    MPI_Send(NULL, 0, MPI_BYTE, peer, TAG_READY, comm);
    follow_trips(m, peer, trips);
}

/* ---- a pass ---- */

static void both_ways(struct nh_mpi_matrix *m, int peer)
{
    bool first = m->session->rank < peer;
    if (first)
        lead(m, peer);
    follow(m, peer);
    if (!first)
        lead(m, peer);
}

/* `meet` for each pair: the pairs of a round at the same time, or one after the other. */
static int tournament(struct nh_mpi_matrix *m, void (*meet)(struct nh_mpi_matrix *m, int peer))
{
    int n = m->session->size, rank = m->session->rank;
    int turns = m->serial ? n / 2 : 1;
    for (int round = 0; round < nh_tournament_rounds(n); round++) {
        int peer = nh_tournament_peer(n, round, rank);
        int turn = m->serial ? nh_tournament_table(n, round, rank) : 0;
        for (int i = 0; i < turns; i++) {
            MPI_Barrier(m->session->comm);
            nh_mpi_watchdog_step(m->session); /* one pass of many ranks can take minutes */
            if (peer >= 0 && i == turn)
                meet(m, peer);
        }
    }
    return NH_OK;
}

static int batch(void *state, size_t reps, struct nh_error *err)
{
    struct nh_mpi_matrix *m = state;
    (void)err;
    for (size_t i = 0; i < reps; i++) {
        tournament(m, both_ways);
        m->passes++;
    }
    return NH_OK;
}

static int verify(void *state, struct nh_error *err)
{
    struct nh_mpi_matrix *m = state;
    int n = m->session->size, rank = m->session->rank, code = NH_OK;
    size_t bytes = (size_t)m->bytes;
    nh_pattern_fill(m->out, bytes, PATTERN_SEED + (unsigned)rank);
    for (int round = 0; round < nh_tournament_rounds(n); round++) {
        int peer = nh_tournament_peer(n, round, rank);
        if (peer < 0)
            continue;
        nh_mpi_watchdog_step(m->session);
        memset(m->in, 0, bytes);
        MPI_Sendrecv(m->out, m->bytes, MPI_BYTE, peer, TAG_DATA, m->in, m->bytes, MPI_BYTE, peer,
                     TAG_DATA, m->session->comm, MPI_STATUS_IGNORE);
        if (code == NH_OK)
            code = nh_pattern_check(m->in, bytes, PATTERN_SEED + (unsigned)peer, peer, err);
    }
    return code;
}

static int describe(void *state, double median_ns, json_t *params, json_t *derived, json_t *detail,
                    struct nh_error *err)
{
    const struct nh_mpi_matrix *m = state;
    (void)median_ns;
    (void)err;
    json_object_set_new(params, "size_bytes", json_integer(m->bytes));
    json_object_set_new(params, "measure", json_string(m->bandwidth ? "bandwidth" : "latency"));
    json_object_set_new(params, "schedule", json_string(m->serial ? "serial" : "concurrent"));
    if (m->bandwidth)
        json_object_set_new(params, "window", json_integer(m->window));
    nh_mpi_matrix_describe(m, derived, detail);
    return NH_OK;
}

static int finish(void *state, struct nh_error *err)
{
    return nh_mpi_matrix_gather(state, err);
}

/* As if every rank led as many trips as this one. */
static double wire_bytes(const void *state)
{
    const struct nh_mpi_matrix *m = state;
    return m->passes ? m->sent / (double)m->passes * m->session->size : 0;
}

static const struct nh_kernel_ops kernel_ops = {.name = "matrix",
                                                .metric = "time_per_tournament",
                                                .timing = NH_TIMING_MAX_OVER_RANKS,
                                                .sync = "barrier",
                                                .batch = batch,
                                                .ops_per_rep = 1,
                                                .max_reps = 1,
                                                .verify = verify,
                                                .describe = describe,
                                                .finish = finish,
                                                .wire_bytes = wire_bytes};

/* ---- verb ---- */

struct verb_state {
    struct nh_kernel_options common;
    char *size_text, *measure_text, *window_text;
    int serial, bandwidth;
    long window;
    size_t size;
    struct poptOption table[6];
};

static const struct poptOption *options(void *state)
{
    struct verb_state *v = state;
    const struct poptOption table[] = {{"measure", 0, POPT_ARG_STRING, &v->measure_text, 0,
                                        "of each pair (default latency)", "latency|bandwidth"},
                                       {"size", 's', POPT_ARG_STRING, &v->size_text, 0,
                                        "of a message (default 8; 1M for bandwidth)", "BYTES"},
                                       {"window", 'w', POPT_ARG_STRING, &v->window_text, 0,
                                        "messages in flight, for bandwidth (default 8)", "N"},
                                       {"serial", 0, POPT_ARG_NONE, &v->serial, 0,
                                        "one pair at a time, instead of as many as are disjoint",
                                        NULL},
                                       NH_COMMON_OPTIONS(&v->common),
                                       POPT_TABLEEND};
    memcpy(v->table, table, sizeof table);
    return v->table;
}

static int open_memory(struct nh_mpi_matrix *m, struct nh_error *err)
{
    size_t n = (size_t)m->session->size, bytes = (size_t)m->bytes;
    m->out = nh_mpi_buffer(bytes, err);
    m->in = nh_mpi_buffer(bytes * (m->bandwidth ? (size_t)m->window : 1), err);
    m->requests = malloc((size_t)m->window * sizeof *m->requests);
    m->host = malloc(n * sizeof *m->host);
    m->passes_of = calloc(n * NH_MATRIX_KEPT, sizeof *m->passes_of);
    m->trip_ns = calloc(n, sizeof *m->trip_ns);
    m->row = malloc(n * sizeof *m->row);
    m->column = malloc(n * sizeof *m->column);
    m->scratch = malloc(5 * n * sizeof *m->scratch);
    if (!m->out || !m->in)
        return NH_EFAIL;
    if (m->requests && m->host && m->passes_of && m->trip_ns && m->row && m->column && m->scratch)
        return NH_OK;
    return nh_fail(err, NH_EFAIL, "out of memory for a row of the matrix of %zu ranks", n);
}

static void close_memory(struct nh_mpi_matrix *m)
{
    nh_mpi_matrix_report_free(m);
    free(m->out);
    free(m->in);
    free(m->requests);
    free(m->host);
    free(m->passes_of);
    free(m->trip_ns);
    free(m->row);
    free(m->column);
    free(m->scratch);
}

/* Ranks on one host carry the number of its lowest one. */
static void find_hosts(struct nh_mpi_matrix *m)
{
    MPI_Comm local;
    int leader = m->session->rank;
    MPI_Comm_split_type(m->session->comm, MPI_COMM_TYPE_SHARED, leader, MPI_INFO_NULL, &local);
    MPI_Bcast(&leader, 1, MPI_INT, 0, local);
    MPI_Allgather(&leader, 1, MPI_INT, m->host, 1, MPI_INT, m->session->comm);
    MPI_Comm_free(&local);
}

static int measure(struct nh_mpi_session *s, struct nh_mpi_matrix *m, struct nh_error *err)
{
    char label[24];
    snprintf(label, sizeof label, "%d", m->bytes);
    const struct nh_case latency = {"size_B", label, "link_median_ns", "link_us", 1e3};
    const struct nh_case rate = {"size_B", label, "link_median_bytes_per_s", "link_GB/s", 1e9};
    s->total = 1;
    int code = nh_mpi_measure(s, &kernel_ops, m, m->bandwidth ? &rate : &latency, NULL, err);
    if (code == NH_OK && s->rank == 0)
        nh_mpi_matrix_print(m);
    return code;
}

/* A pass is long and many make a matrix: other limits than for one pair, unless asked for. */
static void set_limits(struct nh_mpi_session *s, const struct nh_kernel_options *o)
{
    if (!o->max_time)
        s->limits.max_time_s = 10;
    if (!o->min_samples && s->limits.min_samples > 11)
        s->limits.min_samples = 11;
}

static int body(struct nh_mpi_session *s, void *state, struct nh_error *err)
{
    struct verb_state *v = state;
    struct nh_mpi_matrix m = {.session = s,
                              .bandwidth = v->bandwidth,
                              .serial = v->serial,
                              .bytes = (int)v->size,
                              .window = (int)v->window,
                              .no_status = MPI_STATUSES_IGNORE};
    size_t receive = v->size * (v->bandwidth ? (size_t)v->window : 1);
    if (s->size < 2)
        return nh_mpi_need_pair(s, err);
    int code = nh_mpi_check_memory(s, v->size + receive, "--size", err);
    if (code)
        return code;
    set_limits(s, &v->common);
    code = nh_mpi_agree(s, open_memory(&m, err), err);
    if (code == NH_OK) {
        find_hosts(&m);
        code = measure(s, &m, err);
    }
    close_memory(&m);
    return code;
}

static int parse(struct verb_state *v, struct nh_error *err)
{
    static const char *const measures[] = {"latency", "bandwidth", NULL};
    int code = NH_OK;
    v->window = DEFAULT_WINDOW;
    if (v->measure_text)
        code = nh_choice("--measure", v->measure_text, measures, &v->bandwidth, err);
    if (code == NH_OK && v->window_text)
        code = nh_parse_long("--window", v->window_text, 1, 65536, &v->window, err);
    v->size = v->bandwidth ? 1 << 20 : 8;
    if (code == NH_OK && v->size_text && (code = nh_parse_size(v->size_text, &v->size, err)))
        return nh_context(err, "--size");
    if (code == NH_OK && (v->size > INT32_MAX || (v->bandwidth && v->size == 0)))
        code = nh_fail(err, NH_EINPUT, "--size: %zu bytes cannot be sent; give %d to 2147483647",
                       v->size, v->bandwidth);
    if (code == NH_OK && v->window_text && !v->bandwidth)
        code =
            nh_fail(err, NH_EINPUT, "--window is for --measure bandwidth; leave one of them out");
    return code;
}

static int run(void *state, int argc, char **argv, struct nh_error *err)
{
    struct verb_state *v = state;
    int code = nh_mpi_no_arguments(argc, argv, err);
    if (code == NH_OK)
        code = parse(v, err);
    return code ? code : nh_mpi_run(&v->common, "matrix", body, v, err);
}

const struct nh_verb nh_verb_matrix = {
    .name = "matrix",
    .summary = "Latency or bandwidth of every pair of ranks; ranking of the worst ranks and links",
    .arguments = "[OPTION...]",
    .examples = "  mpirun -n 36 nodehour-mpi matrix\n"
                "  mpirun -n 16 nodehour-mpi matrix --measure bandwidth --size 4M --serial\n",
    .options = options,
    .state_size = sizeof(struct verb_state),
    .run = run};
