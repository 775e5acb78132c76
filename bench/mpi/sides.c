/* SPDX-License-Identifier: BSD-3-Clause */
#include "bench/mpi/sides.h"

#include <math.h>

#include "bench/mpi/limits.h"
#include "bench/mpi/output.h"
#include "bench/mpi/proof.h"

/* Samples of a part: enough for its median. */
enum { MOST_SIDES = 3, ROUND_SAMPLES = 30 };

/* ---- measuring ---- */

static void cut(struct nh_mpi_side *side)
{
    size_t n = side->series.count;
    double ns[ROUND_SAMPLES + 1], scratch[ROUND_SAMPLES + 1];
    side->rounds = n < NH_MPI_ROUNDS ? (int)n : NH_MPI_ROUNDS;
    for (size_t r = 0; r < (size_t)side->rounds; r++) {
        size_t from = r * n / (size_t)side->rounds, to = (r + 1) * n / (size_t)side->rounds;
        for (size_t i = from; i < to; i++)
            ns[i - from] = (double)side->series.samples_ns[i] / (double)side->series.ops_per_sample;
        side->round_ns[r] = nh_median(ns, to - from, scratch);
    }
}

static int in_turns(struct nh_mpi_session *s, struct nh_mpi_side *sides, size_t n,
                    struct nh_error *err)
{
    struct nh_contestant items[MOST_SIDES] = {{NULL, NULL}};
    struct nh_series series[MOST_SIDES];
    struct nh_limits limits = s->limits;
    const size_t most = NH_MPI_ROUNDS * ROUND_SAMPLES;
    limits.max_samples = limits.max_samples < most ? limits.max_samples : most;
    limits.max_time_s /= (double)n;
    for (size_t i = 0; i < n; i++)
        items[i] = (struct nh_contestant){sides[i].ops, sides[i].state};
    int code = nh_measure_in_turns(items, n, &s->group, &s->clock, &limits, series, err);
    for (size_t i = 0; i < n; i++) {
        sides[i].series = series[i];
        if (code == NH_OK)
            cut(&sides[i]);
    }
    return code;
}

/* ---- record ---- */

/* What all sides together have sent: the counters saw all of them. A side without a model is
 * one without messages. */
static void proof_of_all(struct nh_mpi_session *s, const struct nh_mpi_side *sides, size_t n)
{
    struct nh_traffic all = {0, 0};
    for (size_t i = 0; i < n; i++) {
        struct nh_traffic t = nh_traffic_of(sides[i].ops, sides[i].state, &sides[i].series);
        all.operations += t.operations;
        all.bytes += isnan(t.bytes) ? 0 : t.bytes;
    }
    nh_mpi_proof_after(s, all);
}

int nh_mpi_measure_sides(struct nh_mpi_session *s, struct nh_mpi_side *sides, size_t n,
                         size_t shown, const struct nh_kernel_ops *describe, void *state,
                         const struct nh_case *row, struct nh_error *err)
{
    nh_mpi_output_head(s);
    nh_mpi_limits_before(s, row);
    nh_mpi_proof_before(s);
    int code = in_turns(s, sides, n, err);
    if (code == NH_OK) {
        proof_of_all(s, sides, n);
        nh_mpi_limits_after(s);
    }
    if (code == NH_OK && s->rank == 0)
        code = nh_mpi_output_write(s, describe, state, row, &sides[shown].series, err);
    if (code == NH_OK && s->rank == 0)
        code = nh_proof_check(s->proof, err);
    for (size_t i = 0; i < n; i++)
        nh_series_clear(&sides[i].series);
    code = nh_mpi_agree(s, code, err);
    return code ? nh_context(err, "%s %s", row->column, row->label) : NH_OK;
}
