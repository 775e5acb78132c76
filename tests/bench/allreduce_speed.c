/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Is our all-reduce over shared memory as fast as we promise? In turns with MPI_Allreduce and
 * with plain copies between the same two cores, so that what the machine does from second to
 * second meets all of them.
 *
 *   mpirun -n 2 allreduce_speed [SECONDS FOR EACH SIZE AND CONTESTANT]
 *
 * The goal: 1.5 times as fast as the library from 8 B to 8 MiB, twice from 256 KiB to 2 MiB;
 * from 64 KiB up 80 % of the copy bound (docs/method.md). A ratio is the median over rounds,
 * with its 95 % interval. Passed (0): every interval is above the goal. Failed (1): one is
 * below. Else undecided (77): run again on a quiet machine.
 */
#include <math.h>
#include <mpi.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bench/engine/interleave.h"
#include "bench/mpi/binding.h"
#include "bench/mpi/group.h"
#include "bench/mpi/reduction.h"
#include "bench/mpi/session.h"

enum { SMALLEST = 8, LARGEST = 8 << 20, BOUND_FROM = 64 << 10, UNDECIDED = 77, SEED = 20260101 };
/* Operations on end before another contestant may fill the caches. */
enum { RUN = 10 };
enum { LIBRARY, OWN, PLAIN_COPY, RING_COPY, LOCAL_COPY, CONTESTANTS };

struct setup {
    MPI_Comm comm;
    struct nh_group group;
    struct nh_clock clock;
    struct nh_limits limits;
    struct nh_mpi_reduction reduction;
    struct nh_mpi_reduction through; /* may not read the peer's buffer: for the copy bound */
    MPI_Win window;
    char *mine, *theirs; /* parts of the window of plain copies */
    char *in, *out;
    size_t bytes;
};

/* ---- contestants ---- */

static int by_library(void *state, size_t reps, struct nh_error *err)
{
    struct setup *s = state;
    (void)err;
    for (size_t i = 0; i < RUN * reps; i++)
        MPI_Allreduce(s->in, s->out, (int)(s->bytes / sizeof(float)), MPI_FLOAT, MPI_SUM, s->comm);
    return NH_OK;
}

static int by_own(void *state, size_t reps, struct nh_error *err)
{
    struct setup *s = state;
    struct nh_arith sum = nh_arith(NH_TYPE_FLOAT, NH_OP_SUM);
    (void)err;
    for (size_t i = 0; i < RUN * reps; i++)
        nh_shm_allreduce(&s->reduction.shm, sum, s->in, s->out, s->bytes / sizeof(float));
    return NH_OK;
}

static void meet(struct setup *s)
{
    float one = 1, two;
    nh_shm_allreduce(&s->reduction.shm, nh_arith(NH_TYPE_FLOAT, NH_OP_SUM), &one, &two, 1);
}

/* What must cross at least: each rank puts all of its data where the other can see it, and
 * takes all of the other's. */
static int by_plain_copy(void *state, size_t reps, struct nh_error *err)
{
    struct setup *s = state;
    (void)err;
    for (size_t i = 0; i < RUN * reps; i++) {
        memcpy(s->mine, s->in, s->bytes);
        meet(s);
        memcpy(s->out, s->theirs, s->bytes);
        meet(s);
    }
    return NH_OK;
}

static void take_first(void *out, const void *a, const void *b, size_t n)
{
    (void)b;
    memcpy(out, a, n * sizeof(float));
}

static void take_second(void *out, const void *a, const void *b, size_t n)
{
    (void)a;
    memcpy(out, b, n * sizeof(float));
}

/* The same through our own rings of chunks: the all-reduce with a copy in place of the sum. */
static int by_ring_copy(void *state, size_t reps, struct nh_error *err)
{
    struct setup *s = state;
    struct nh_arith copy = {sizeof(float), s->group.rank == 0 ? take_second : take_first};
    (void)err;
    for (size_t i = 0; i < RUN * reps; i++)
        nh_shm_allreduce(&s->through.shm, copy, s->in, s->out, s->bytes / sizeof(float));
    return NH_OK;
}

/* As many bytes, but between buffers that no other core sees. */
static int by_local_copy(void *state, size_t reps, struct nh_error *err)
{
    struct setup *s = state;
    (void)err;
    for (size_t i = 0; i < 2 * RUN * reps; i++) {
        memcpy(s->out, s->in, s->bytes);
        __asm__ volatile("" ::"r"(s->out) : "memory"); /* each of them is done */
    }
    return NH_OK;
}

static int check_own(void *state, struct nh_error *err)
{
    struct setup *s = state;
    size_t n = s->bytes / sizeof(float);
    for (size_t i = 0; i < n; i++)
        ((float *)s->in)[i] = (float)((i * 7 + (size_t)s->group.rank * 3) % 1000);
    by_own(s, 1, err); /* RUN of them */
    for (size_t i = 0; i < n; i++)
        if (((float *)s->out)[i] != (float)(i * 7 % 1000 + (i * 7 + 3) % 1000))
            return nh_fail(err, NH_EFAIL, "wrong sum in element %zu of %zu", i, n);
    return NH_OK;
}

static const struct nh_kernel_ops kernels[CONTESTANTS] = {
    [LIBRARY] = {.name = "library", .batch = by_library, .ops_per_rep = RUN},
    [OWN] = {.name = "own", .batch = by_own, .ops_per_rep = RUN, .verify = check_own},
    [PLAIN_COPY] = {.name = "plain copy", .batch = by_plain_copy, .ops_per_rep = RUN},
    [RING_COPY] = {.name = "ring copy", .batch = by_ring_copy, .ops_per_rep = RUN},
    [LOCAL_COPY] = {.name = "local copy", .batch = by_local_copy, .ops_per_rep = RUN}};

/* ---- verdict ---- */

struct ratio {
    double median;
    struct nh_interval ci;
};

static struct ratio paired(const struct nh_series *a, const struct nh_series *b)
{
    struct ratio r = {NAN, {NAN, NAN, NAN}};
    nh_paired_ratio(a, b, 0.95, &r.median, &r.ci);
    return r;
}

static struct nh_interval of_medians(const struct nh_series *a, const struct nh_series *b)
{
    const struct nh_series *s[] = {a, b};
    double *x = calloc(2 * a->count, sizeof *x);
    for (size_t k = 0; x && k < 2; k++)
        for (size_t i = 0; i < a->count; i++)
            x[k * a->count + i] = (double)s[k]->samples_ns[i] / (double)s[k]->ops_per_sample;
    struct nh_interval ci = {NAN, NAN, NAN};
    if (x)
        ci = nh_bootstrap_median_ratio(x, a->count, x + a->count, a->count, 0.95, 2000, SEED);
    free(x);
    return ci;
}

static double speed_goal(size_t bytes)
{
    return bytes >= (256 << 10) && bytes <= (2 << 20) ? 2.0 : 1.5;
}

/* 0 reached, 1 missed, 77 the interval holds the goal. */
static int judge(struct ratio r, double goal)
{
    if (r.ci.lo >= goal)
        return 0;
    return r.ci.hi < goal ? 1 : UNDECIDED;
}

static int worse(int a, int b)
{
    return a == 1 || b == 1 ? 1 : a ? a : b;
}

static const char *word(int verdict)
{
    return verdict == 0 ? "ok" : verdict == 1 ? "MISSED" : "unsure";
}

static int print_size(size_t bytes, const struct nh_series *s)
{
    struct ratio speed = paired(&s[LIBRARY], &s[OWN]);
    struct nh_interval medians = of_medians(&s[LIBRARY], &s[OWN]);
    struct ratio plain = paired(&s[PLAIN_COPY], &s[OWN]), ring = paired(&s[RING_COPY], &s[OWN]);
    struct ratio bound = plain.median < ring.median ? plain : ring;
    int fast = judge(speed, speed_goal(bytes)), near = 0;
    printf("%8zu %10.3f %10.3f  %5.2f %5.2f..%-5.2f %5.2f..%-5.2f %-6s", bytes,
           s[LIBRARY].stats.median / 1000, s[OWN].stats.median / 1000, speed.median, speed.ci.lo,
           speed.ci.hi, medians.lo, medians.hi, word(fast));
    if (bytes >= BOUND_FROM) {
        near = judge(bound, 0.8);
        printf(" %5.2f %5.2f..%-5.2f %-6s %5.2f", bound.median, bound.ci.lo, bound.ci.hi,
               word(near), paired(&s[LOCAL_COPY], &s[OWN]).median);
    }
    printf("\n");
    fflush(stdout);
    return worse(fast, near);
}

/* ---- run ---- */

static int one_size(struct setup *s, size_t bytes)
{
    struct nh_contestant items[CONTESTANTS];
    struct nh_series series[CONTESTANTS];
    struct nh_error err;
    int verdict = 0;
    size_t n = bytes >= BOUND_FROM ? CONTESTANTS : OWN + 1;
    s->bytes = bytes;
    for (int k = 0; k < CONTESTANTS; k++)
        items[k] = (struct nh_contestant){&kernels[k], s};
    if (n == OWN + 1) /* the copies are not needed */
        for (int k = OWN + 1; k < CONTESTANTS; k++)
            series[k] = (struct nh_series){.count = 0};
    if (nh_measure_in_turns(items, n, &s->group, &s->clock, &s->limits, series, &err)) {
        fprintf(stderr, "allreduce_speed: %zu bytes: %s\n", bytes, err.text);
        MPI_Abort(s->comm, 1);
    }
    if (s->group.rank == 0)
        verdict = print_size(bytes, series);
    for (size_t k = 0; k < n; k++)
        nh_series_clear(&series[k]);
    return verdict;
}

static void open_window(struct setup *s)
{
    MPI_Aint size;
    int unit;
    MPI_Win_allocate_shared(LARGEST, 1, MPI_INFO_NULL, s->comm, &s->mine, &s->window);
    MPI_Win_shared_query(s->window, 1 - s->group.rank, &size, &unit, &s->theirs);
    memset(s->mine, 0, LARGEST);
}

static void prepare(struct setup *s, double seconds)
{
    const struct nh_settings settings = {.bind = NH_BIND_CORE};
    struct nh_mpi_place place;
    struct nh_error err = {0};
    MPI_Comm_dup(MPI_COMM_WORLD, &s->comm);
    nh_mpi_group(&s->comm, &s->group);
    if (s->group.size != 2 || nh_mpi_bind(s->comm, &settings, &place, &err) ||
        nh_mpi_reduction_open(&s->reduction, s->comm, 0, LARGEST, &err) ||
        nh_mpi_reduction_open(&s->through, s->comm, 0, LARGEST, &err)) {
        fprintf(stderr, "allreduce_speed: needs mpirun -n 2 on one host %s\n", err.text);
        MPI_Abort(s->comm, 2);
    }
    nh_shm_allow_direct(&s->through.shm, 0);
    nh_clock_monotonic(&s->clock);
    nh_limits_default(&s->limits);
    s->limits.max_time_s = seconds;
    s->limits.precision = 0.002; /* the ratios are wanted, so all of the time is used */
    s->in = nh_mpi_buffer(LARGEST, &err);
    s->out = nh_mpi_buffer(LARGEST, &err);
    if (!s->in || !s->out)
        MPI_Abort(s->comm, 1);
    open_window(s);
}

static void finish(struct setup *s)
{
    free(s->in);
    free(s->out);
    MPI_Win_free(&s->window);
    nh_mpi_reduction_close(&s->through);
    nh_mpi_reduction_close(&s->reduction);
    MPI_Comm_free(&s->comm);
}

int main(int argc, char **argv)
{
    struct setup s;
    double seconds = argc > 1 ? atof(argv[1]) : 0.25;
    int verdict = 0;
    MPI_Init(&argc, &argv);
    prepare(&s, seconds > 0 ? seconds : 0.25);
    if (s.group.rank == 0)
        printf(
            "# all-reduce of floats, two ranks: time by library and by own; ratio, paired and of "
            "medians; share of the copy bound\n#    bytes by_lib_us  by_own_us  ratio  "
            "interval     of_medians  goal   bound interval     goal   local\n");
    for (size_t bytes = SMALLEST; bytes <= LARGEST; bytes *= 2)
        verdict = worse(verdict, one_size(&s, bytes));
    if (s.group.rank == 0)
        printf("%s\n", verdict == 0   ? "passed"
                       : verdict == 1 ? "FAILED: a goal is missed"
                                      : "undecided: the machine is too disturbed to tell");
    finish(&s);
    MPI_Bcast(&verdict, 1, MPI_INT, 0, MPI_COMM_WORLD);
    MPI_Finalize();
    return verdict;
}
