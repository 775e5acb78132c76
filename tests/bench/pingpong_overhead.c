/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * What does measuring cost? Ping-pong of 8 bytes by the engine against a bare loop of
 * MPI_Send and MPI_Recv, in turns within one run, since machines change their speed from
 * second to second: neighbours are compared, and the order alternates.
 *
 *   mpirun -n 2 pingpong_overhead [ROUNDS]
 *
 * In each round both make the same number of round trips. The bare loop reads the clock
 * once per 200 of them, so that the cost of its readings is far below a thousandth.
 * Passed (0): the interval of the paired ratios is within 0.97 to 1.03. Failed (1): it is
 * above. Else the machine was too disturbed to tell (77): run again on a quiet one.
 */
#include <mpi.h>
#include <stdio.h>
#include <stdlib.h>

#include "bench/engine/engine.h"
#include "bench/mpi/binding.h"
#include "bench/mpi/group.h"
#include "bench/mpi/pingpong.h"
#include "bench/mpi/session.h"

enum { BYTES = 8, BLOCK = 200, MAX_BLOCKS = 1000, UNDECIDED = 77, SEED = 20260101 };
static const double goal = 1.03;

struct setup {
    struct nh_pingpong pingpong;
    struct nh_group group;
    struct nh_clock clock;
    struct nh_limits limits;
    MPI_Comm comm;
};

/* Median time of one way in ns; `trips` gets the number of timed round trips. */
static double by_engine(struct setup *s, size_t *trips)
{
    struct nh_series series;
    struct nh_error err;
    int code =
        nh_measure(&nh_pingpong_ops, &s->pingpong, &s->group, &s->clock, &s->limits, &series, &err);
    if (code) {
        fprintf(stderr, "pingpong_overhead: %s\n", err.text);
        MPI_Abort(s->comm, 1);
    }
    double median = series.stats.median;
    *trips = series.count * series.ops_per_sample / 2;
    nh_series_clear(&series);
    return median;
}

static double bare_block(struct setup *s)
{
    char *out = s->pingpong.send, *in = s->pingpong.receive;
    MPI_Comm comm = s->comm;
    int64_t t0 = s->clock.now(s->clock.context);
    if (s->group.rank == 0) {
        for (int i = 0; i < BLOCK; i++) {
            MPI_Send(out, BYTES, MPI_BYTE, 1, 0, comm);
            MPI_Recv(in, BYTES, MPI_BYTE, 1, 0, comm, MPI_STATUS_IGNORE);
        }
    } else {
        for (int i = 0; i < BLOCK; i++) {
            MPI_Recv(in, BYTES, MPI_BYTE, 0, 0, comm, MPI_STATUS_IGNORE);
            MPI_Send(out, BYTES, MPI_BYTE, 0, 0, comm);
        }
    }
    return (double)(s->clock.now(s->clock.context) - t0) / (2.0 * BLOCK);
}

static double by_bare_loop(struct setup *s, size_t trips)
{
    double block[MAX_BLOCKS];
    size_t n = (trips + BLOCK / 2) / BLOCK;
    n = n < 1 ? 1 : n > MAX_BLOCKS ? MAX_BLOCKS : n;
    for (size_t i = 0; i < n; i++)
        block[i] = bare_block(s);
    nh_sort(block, n);
    return nh_median_sorted(block, n);
}

static void one_round(struct setup *s, bool engine_first, size_t *trips, double *engine,
                      double *bare)
{
    if (engine_first)
        *engine = by_engine(s, trips);
    *bare = by_bare_loop(s, *trips);
    if (!engine_first)
        *engine = by_engine(s, trips);
}

/* Median with its order-statistic interval; sorts x. */
static struct nh_interval print_median(const char *name, const char *unit, double scale, double *x,
                                       size_t n)
{
    struct nh_ranks ranks = {1, n, 0};
    nh_sort(x, n);
    nh_quantile_ranks(n, 0.5, 0.95, &ranks);
    struct nh_interval ci = {x[ranks.lo - 1], x[ranks.hi - 1], ranks.coverage};
    printf("%-24s %8.4f %-2s  95 %% interval %.4f to %.4f\n", name, nh_median_sorted(x, n) * scale,
           unit, ci.lo * scale, ci.hi * scale);
    return ci;
}

static int verdict(struct nh_interval ratio)
{
    if (ratio.lo > goal) {
        printf("FAILED: the goal is at most %.2f\n", goal);
        return 1;
    }
    if (ratio.hi <= goal && ratio.lo >= 2 - goal) {
        printf("passed: the goal is at most %.2f\n", goal);
        return 0;
    }
    printf("undecided: the machine is too disturbed to tell; run again on a quiet one\n");
    return UNDECIDED;
}

static int print_result(double *engine, double *bare, double *ratio, size_t n)
{
    struct nh_interval ci = nh_bootstrap_median_ratio(engine, n, bare, n, 0.95, 10000, SEED);
    for (size_t i = 0; i < n; i++)
        ratio[i] = engine[i] / bare[i];
    printf("# ping-pong of %d bytes, %zu rounds, order alternating\n", BYTES, n);
    print_median("by the engine", "us", 1e-3, engine, n);
    print_median("by a bare loop", "us", 1e-3, bare, n);
    printf("%-24s %8.4f %-2s  95 %% interval %.4f to %.4f\n", "ratio of medians",
           nh_median_sorted(engine, n) / nh_median_sorted(bare, n), "", ci.lo, ci.hi);
    return verdict(print_median("median of paired ratios", "", 1, ratio, n));
}

static void prepare(struct setup *s)
{
    const struct nh_settings bound = {.bind = NH_BIND_CORE};
    struct nh_mpi_place place;
    struct nh_error err = {0};
    MPI_Comm_dup(MPI_COMM_WORLD, &s->comm);
    nh_mpi_group(&s->comm, &s->group);
    if (s->group.size != 2 || nh_mpi_bind(s->comm, &bound, &place, &err)) {
        fprintf(stderr, "pingpong_overhead: needs mpirun -n 2 on one host %s\n", err.text);
        MPI_Abort(s->comm, 2);
    }
    nh_clock_monotonic(&s->clock);
    nh_limits_default(&s->limits);
    s->pingpong =
        (struct nh_pingpong){.comm = s->comm,
                             .pairs = {1, s->group.rank, 1 - s->group.rank, s->group.rank == 0},
                             .bytes = BYTES,
                             .send = nh_mpi_buffer(BYTES, &err),
                             .receive = nh_mpi_buffer(BYTES, &err)};
    if (!s->pingpong.send || !s->pingpong.receive)
        MPI_Abort(s->comm, 1);
}

int main(int argc, char **argv)
{
    struct setup s;
    int asked = argc > 1 ? atoi(argv[1]) : 100, failed = 0;
    size_t rounds = asked < 40 ? 40 : (size_t)asked, trips;
    MPI_Init(&argc, &argv);
    prepare(&s);
    double *engine = calloc(3 * rounds, sizeof *engine);
    double *bare = engine + rounds, *ratio = engine + 2 * rounds;
    if (!engine)
        return MPI_Abort(s.comm, 1);
    by_engine(&s, &trips); /* connections are made here */
    for (size_t i = 0; i < rounds; i++)
        one_round(&s, i % 2 == 0, &trips, &engine[i], &bare[i]);
    if (s.group.rank == 0)
        failed = print_result(engine, bare, ratio, rounds);
    free(engine);
    free(s.pingpong.send);
    free(s.pingpong.receive);
    MPI_Bcast(&failed, 1, MPI_INT, 0, s.comm);
    MPI_Comm_free(&s.comm);
    MPI_Finalize();
    return failed;
}
