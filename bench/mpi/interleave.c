/* SPDX-License-Identifier: BSD-3-Clause */
#include "bench/mpi/interleave.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "bench/mpi/limits.h"
#include "bench/mpi/output.h"
#include "bench/mpi/proof.h"

enum { ROUND_SAMPLES = 30, PROBES = 5 };

/* A kernel whose batch is always of the same length, so that rounds can be pooled. */
struct fixed {
    const struct nh_mpi_side *side;
    size_t length;
};

static int fixed_batch(void *state, size_t reps, struct nh_error *err)
{
    const struct fixed *f = state;
    return f->side->ops->batch(f->side->state, reps * f->length, err);
}

static void fixed_prepare(void *state)
{
    const struct fixed *f = state;
    f->side->ops->prepare(f->side->state);
}

static int fixed_verify(void *state, struct nh_error *err)
{
    const struct fixed *f = state;
    return f->side->ops->verify(f->side->state, err);
}

static struct nh_kernel_ops fixed_ops(const struct fixed *f)
{
    struct nh_kernel_ops ops = *f->side->ops;
    ops.batch = fixed_batch;
    ops.prepare = f->side->ops->prepare ? fixed_prepare : NULL;
    ops.verify = f->side->ops->verify ? fixed_verify : NULL;
    ops.ops_per_rep = (double)f->length;
    ops.max_reps = 1;
    ops.finish = NULL;
    return ops;
}

/* How long a batch has to be. The first time that data are verified. */
static int probe(struct nh_mpi_session *s, struct nh_mpi_side *side, size_t *length,
                 struct nh_error *err)
{
    struct nh_series series;
    struct nh_limits limits = s->limits;
    limits.min_samples = limits.max_samples = PROBES;
    int code = nh_measure(side->ops, side->state, &s->group, &s->clock, &limits, &series, err);
    *length = series.ops_per_sample;
    side->series.ops_performed = series.ops_performed;
    nh_series_clear(&series);
    return code;
}

static int append(struct nh_series *all, struct nh_series *round, struct nh_error *err)
{
    size_t n = all->count + round->count;
    int64_t *grown = realloc(all->samples_ns, n * sizeof *grown);
    if (!grown)
        return nh_fail(err, NH_EFAIL, "out of memory for %zu samples; lower --max-samples", n);
    memcpy(grown + all->count, round->samples_ns, round->count * sizeof *grown);
    if (all->count == 0)
        all->first_op_ns = round->first_op_ns;
    all->samples_ns = grown;
    all->count = n;
    all->ops_per_sample = round->ops_per_sample;
    all->elapsed_s += round->elapsed_s;
    all->ops_performed += round->ops_performed;
    all->sync = round->sync;
    if (!all->stop_rule || strcmp(all->stop_rule, "time") != 0)
        all->stop_rule = round->stop_rule;
    return NH_OK;
}

static int one_round(struct nh_mpi_session *s, struct nh_mpi_side *side, size_t length,
                     const struct nh_limits *limits, double *median, struct nh_error *err)
{
    struct nh_series round;
    struct fixed f = {side, length};
    const struct nh_kernel_ops ops = fixed_ops(&f);
    int code = nh_measure(&ops, &f, &s->group, &s->clock, limits, &round, err);
    *median = round.stats.median;
    if (code == NH_OK && s->rank == 0)
        code = append(&side->series, &round, err);
    nh_series_clear(&round);
    return nh_mpi_agree(s, code, err);
}

static struct nh_limits round_limits(const struct nh_mpi_session *s, size_t sides, size_t round)
{
    struct nh_limits limits = s->limits;
    size_t samples = limits.max_samples / NH_MPI_ROUNDS;
    limits.max_samples = samples < 1 ? 1 : samples < ROUND_SAMPLES ? samples : ROUND_SAMPLES;
    limits.min_samples = limits.max_samples;
    limits.max_time_s /= (double)(NH_MPI_ROUNDS * sides);
    limits.verify = limits.verify && round == NH_MPI_ROUNDS - 1;
    return limits;
}

static int summarise(struct nh_mpi_session *s, struct nh_series *all, struct nh_error *err)
{
    double *x = malloc((all->count + 1) * sizeof *x);
    int code = NH_EFAIL;
    for (size_t i = 0; x && i < all->count; i++)
        x[i] = (double)all->samples_ns[i] / (double)all->ops_per_sample;
    if (x)
        code = nh_summarise(x, all->count, s->limits.level, true, &all->stats);
    free(x);
    return code ? nh_fail(err, code, "out of memory for the statistics; free some and start again")
                : NH_OK;
}

int nh_mpi_interleave(struct nh_mpi_session *s, struct nh_mpi_side *sides, size_t n,
                      struct nh_error *err)
{
    enum { MOST_SIDES = 3 };
    size_t lengths[MOST_SIDES];
    int code = NH_OK;
    for (size_t i = 0; i < n; i++)
        sides[i].series = (struct nh_series){0};
    for (size_t i = 0; code == NH_OK && i < n; i++)
        code = probe(s, &sides[i], &lengths[i], err);
    for (size_t r = 0; r < NH_MPI_ROUNDS; r++) {
        const struct nh_limits limits = round_limits(s, n, r);
        for (size_t i = 0; code == NH_OK && i < n; i++)
            code = one_round(s, &sides[i], lengths[i], &limits, &sides[i].round_ns[r], err);
    }
    for (size_t i = 0; code == NH_OK && s->rank == 0 && i < n; i++)
        code = summarise(s, &sides[i].series, err);
    return nh_mpi_agree(s, code, err);
}

void nh_mpi_sides_clear(struct nh_mpi_side *sides, size_t n)
{
    for (size_t i = 0; i < n; i++)
        nh_series_clear(&sides[i].series);
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
                         const struct nh_mpi_case *row, struct nh_error *err)
{
    nh_mpi_output_head(s);
    nh_mpi_limits_before(s, row);
    nh_mpi_proof_before(s);
    int code = nh_mpi_interleave(s, sides, n, err);
    if (code == NH_OK) {
        proof_of_all(s, sides, n);
        nh_mpi_limits_after(s);
    }
    if (code == NH_OK && s->rank == 0)
        code = nh_mpi_output_write(s, describe, state, row, &sides[shown].series, err);
    if (code == NH_OK && s->rank == 0)
        code = nh_proof_check(s->proof, err);
    nh_mpi_sides_clear(sides, n);
    code = nh_mpi_agree(s, code, err);
    return code ? nh_context(err, "%s %s", row->column, row->label) : NH_OK;
}
