/* SPDX-License-Identifier: BSD-3-Clause */
#include <math.h>
#include <stdlib.h>

#include "bench/mpi/collectives.h"
#include "bench/mpi/sides.h"

/* How much of a computation a non-blocking operation lets go on beside it. */
enum { PURE, COMPUTE, TOTAL, SIDES };

struct overlap {
    struct nh_mpi_coll *coll;
    size_t steps; /* of the computation */
    double sink;  /* its result, so that the compiler must keep it */
    struct nh_mpi_side sides[SIDES];
};

/* A chain of additions and multiplications: stays in registers and touches neither memory
 * nor MPI, so that whatever progress there is comes from the library or the network. */
static void compute(struct overlap *o)
{
    double x = o->sink;
    for (size_t i = 0; i < o->steps; i++)
        x = x * 0.999999 + 1e-6;
    o->sink = x;
}

static int batch_compute(void *state, size_t reps, struct nh_error *err)
{
    (void)err;
    for (size_t i = 0; i < reps; i++)
        compute(state);
    return NH_OK;
}

static int batch_total(void *state, size_t reps, struct nh_error *err)
{
    struct overlap *o = state;
    MPI_Request request;
    (void)err;
    for (size_t i = 0; i < reps; i++) {
        nh_mpi_coll_next_root(o->coll);
        nh_mpi_coll_call(o->coll, &request);
        compute(o);
        /* Begun by nh_mpi_coll_call, which the checker does not see. */
        MPI_Wait(&request, MPI_STATUS_IGNORE); /* NOLINT(clang-analyzer-optin.mpi.MPI-Checker) */
    }
    return NH_OK;
}

static int verify_total(void *state, struct nh_error *err)
{
    struct overlap *o = state;
    return nh_mpi_coll_kernel(o->coll).verify(o->coll, err);
}

static double wire_bytes_total(const void *state)
{
    const struct overlap *o = state;
    return nh_mpi_coll_kernel(o->coll).wire_bytes(o->coll);
}

/* ---- results ---- */

/* 100 (1 - (total - compute) / pure) of each round, sorted. */
static void percents(const struct overlap *o, double *out)
{
    for (int r = 0; r < o->sides[PURE].rounds; r++)
        out[r] = 100 * (1 - (o->sides[TOTAL].round_ns[r] - o->sides[COMPUTE].round_ns[r]) /
                                o->sides[PURE].round_ns[r]);
    nh_sort(out, (size_t)o->sides[PURE].rounds);
}

static double median_round(const struct nh_mpi_side *side)
{
    double scratch[NH_MPI_ROUNDS];
    return nh_median(side->round_ns, (size_t)side->rounds, scratch);
}

static json_t *rounds(const struct nh_mpi_side *side)
{
    json_t *list = json_array();
    for (int r = 0; r < side->rounds; r++)
        json_array_append_new(list, json_real(side->round_ns[r]));
    return list;
}

static void put_detail(const struct overlap *o, const double *sorted, json_t *detail)
{
    size_t rounds_done = (size_t)o->sides[PURE].rounds;
    struct nh_ranks ranks = {1, rounds_done, 0};
    nh_quantile_ranks(rounds_done, 0.5, 0.95, &ranks);
    json_object_set_new(detail, "overlap",
                        json_pack("{s:f, s:f, s:o, s:o, s:o}", "low_percent", sorted[ranks.lo - 1],
                                  "high_percent", sorted[ranks.hi - 1], "pure_ns",
                                  rounds(&o->sides[PURE]), "compute_ns", rounds(&o->sides[COMPUTE]),
                                  "total_ns", rounds(&o->sides[TOTAL])));
}

static int describe(void *state, double median_ns, json_t *params, json_t *derived, json_t *detail,
                    struct nh_error *err)
{
    const struct overlap *o = state;
    double sorted[NH_MPI_ROUNDS];
    (void)median_ns;
    (void)err;
    nh_mpi_coll_describe(o->coll, NAN, params, derived);
    json_object_set_new(params, "overlap", json_true());
    percents(o, sorted);
    json_object_set_new(derived, "pure_ns", json_real(median_round(&o->sides[PURE])));
    json_object_set_new(derived, "compute_ns", json_real(median_round(&o->sides[COMPUTE])));
    json_object_set_new(derived, "total_ns", json_real(median_round(&o->sides[TOTAL])));
    json_object_set_new(derived, "overlap_percent",
                        json_real(nh_median_sorted(sorted, (size_t)o->sides[PURE].rounds)));
    put_detail(o, sorted, detail);
    return NH_OK;
}

/* ---- measuring ---- */

/* As many steps as take `ns` on this rank's core, by the fastest of five tries. */
static size_t steps_for(struct nh_mpi_session *s, struct overlap *o, double ns)
{
    enum { TRIES = 5, STEPS = 20000 };
    double least = INFINITY;
    o->steps = STEPS;
    for (int i = 0; i < TRIES; i++) {
        int64_t t0 = s->clock.now(s->clock.context);
        compute(o);
        least = fmin(least, (double)(s->clock.now(s->clock.context) - t0));
    }
    double steps = ns * STEPS / fmax(least, 1);
    return steps < 1 ? 1 : steps < 1e15 ? (size_t)steps : (size_t)1e15;
}

/* The computation is to take as long as the operation alone. */
static int calibrate(struct nh_mpi_session *s, struct overlap *o, const struct nh_kernel_ops *pure,
                     struct nh_error *err)
{
    struct nh_series series;
    struct nh_limits limits = s->limits;
    limits.max_time_s /= NH_MPI_ROUNDS;
    limits.verify = false;
    int code = nh_measure(pure, o->coll, &s->group, &s->clock, &limits, &series, err);
    if (code == NH_OK)
        o->steps = steps_for(s, o, series.stats.median);
    nh_series_clear(&series);
    return code;
}

int nh_mpi_coll_overlap(struct nh_mpi_session *s, struct nh_mpi_coll *coll,
                        const struct nh_case *row, struct nh_error *err)
{
    struct overlap o = {.coll = coll, .sink = 1};
    const struct nh_kernel_ops pure = nh_mpi_coll_kernel(coll);
    struct nh_kernel_ops work = pure, total = pure;
    work.batch = batch_compute;
    work.verify = NULL;
    total.batch = batch_total;
    total.describe = describe;
    total.wire_bytes = wire_bytes_total;
    total.verify = pure.verify ? verify_total : NULL;
    o.sides[PURE] = (struct nh_mpi_side){.ops = &pure, .state = coll};
    o.sides[COMPUTE] = (struct nh_mpi_side){.ops = &work, .state = &o};
    o.sides[TOTAL] = (struct nh_mpi_side){.ops = &total, .state = &o};
    work.wire_bytes = NULL;
    int code = calibrate(s, &o, &pure, err);
    if (code)
        return code;
    return nh_mpi_measure_sides(s, o.sides, SIDES, TOTAL, &total, &o, row, err);
}
