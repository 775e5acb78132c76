/* SPDX-License-Identifier: BSD-3-Clause */
#include "bench/engine/interleave.h"

#include <math.h>
#include <stdlib.h>

#include "bench/engine/group.h"
#include "bench/engine/stop.h"

enum { MAX_REPS = 1 << 30, TRIALS = 3, PLENTY = 100 };

struct contest {
    const struct nh_contestant *items;
    size_t n;
    const struct nh_group *group;
    const struct nh_clock *clock;
    const struct nh_limits *limits;
    struct nh_series *out;
    double *scratch; /* max_samples */
    size_t rounds;
    int64_t started;
    int code; /* of this rank since the last agreement */
    struct nh_error *err;
};

static int64_t now(const struct contest *c)
{
    return c->clock->now(c->clock->context);
}

static void note_failure(struct contest *c, int code, const struct nh_error *err)
{
    if (code == NH_OK || c->code != NH_OK)
        return;
    c->code = code;
    if (c->err)
        *c->err = *err;
}

static int agree(struct contest *c)
{
    return c->code = c->group->agree(c->group->context, c->code, c->err);
}

static int64_t timed(struct contest *c, size_t k, size_t reps)
{
    struct nh_error err = {0};
    if (c->items[k].ops->prepare)
        c->items[k].ops->prepare(c->items[k].state);
    int started = c->group->barrier(c->group->context, &err);
    int64_t t0 = now(c);
    int done = c->items[k].ops->batch(c->items[k].state, reps, &err);
    int64_t t1 = now(c);
    c->out[k].ops_performed += (double)reps * c->items[k].ops->ops_per_rep;
    note_failure(c, started ? started : done, &err);
    return t1 - t0;
}

static void slowest(struct contest *c, int64_t *ns, size_t n)
{
    struct nh_error err = {0};
    note_failure(c, c->group->reduce(c->group->context, NH_MAX, ns, n, &err), &err);
}

static void broadcast(struct contest *c, void *data, size_t len)
{
    struct nh_error err = {0};
    note_failure(c, c->group->broadcast(c->group->context, data, len, &err), &err);
}

static int verify(struct contest *c)
{
    struct nh_error err = {0};
    for (size_t k = 0; c->limits->verify && k < c->n; k++)
        if (c->items[k].ops->verify) {
            note_failure(c, c->items[k].ops->verify(c->items[k].state, &err), &err);
            c->out[k].ops_performed += c->items[k].ops->verify_ops;
        }
    return agree(c);
}

/* ---- how many repetitions make a sample ---- */

/* The shortest of a few: a disturbed one must not end the doubling. */
static int64_t least(const int64_t *ns, size_t n)
{
    int64_t x = ns[0];
    for (size_t i = 1; i < n; i++)
        x = ns[i] < x ? ns[i] : x;
    return x;
}

/* `first_ns`: of one repetition. One that is so long needs no trials. */
static size_t batch_size(struct contest *c, size_t k, int64_t first_ns)
{
    size_t cap = c->items[k].ops->max_reps ? c->items[k].ops->max_reps : MAX_REPS, reps = 1;
    int enough = (double)first_ns >= PLENTY * nh_batch_floor_ns(c->clock, c->limits);
    broadcast(c, &enough, sizeof enough);
    while (!enough && reps < cap) {
        int64_t ns[TRIALS];
        for (size_t i = 0; i < TRIALS; i++)
            ns[i] = timed(c, k, reps);
        slowest(c, ns, TRIALS);
        enough = c->code || (double)least(ns, TRIALS) >= nh_batch_floor_ns(c->clock, c->limits);
        broadcast(c, &enough, sizeof enough);
        if (!enough)
            reps = reps > cap / 2 ? cap : 2 * reps;
    }
    return reps;
}

static int begin(struct contest *c)
{
    for (size_t k = 0; k < c->n; k++) {
        struct nh_series *s = &c->out[k];
        s->first_op_ns = timed(c, k, 1);
        slowest(c, &s->first_op_ns, 1);
        size_t reps = batch_size(c, k, s->first_op_ns);
        s->first_op_ns = (int64_t)((double)s->first_op_ns / c->items[k].ops->ops_per_rep + 0.5);
        s->ops_per_sample = reps * (size_t)c->items[k].ops->ops_per_rep;
    }
    return agree(c);
}

/* ---- rounds ---- */

static void one_round(struct contest *c, size_t round)
{
    for (size_t i = 0; i < c->n; i++) {
        size_t k = (i + round) % c->n;
        size_t reps = c->out[k].ops_per_sample / (size_t)c->items[k].ops->ops_per_rep;
        c->out[k].samples_ns[round] = timed(c, k, reps);
    }
}

static int take_rounds(struct contest *c, size_t chunk)
{
    for (size_t i = 0; i < chunk; i++)
        one_round(c, c->rounds + i);
    for (size_t k = 0; k < c->n; k++)
        slowest(c, c->out[k].samples_ns + c->rounds, chunk);
    c->rounds += chunk;
    return agree(c);
}

static void summarise(struct contest *c, struct nh_series *s)
{
    struct nh_error err = {0};
    s->count = c->rounds;
    for (size_t i = 0; i < s->count; i++)
        c->scratch[i] = (double)s->samples_ns[i] / (double)s->ops_per_sample;
    int code = nh_summarise(c->scratch, s->count, c->limits->level, false, &s->stats);
    if (code)
        nh_fail(&err, code, "out of memory for the statistics; free some and start again");
    note_failure(c, code, &err);
}

/* Index of the rule that ends it, -1 to go on: precision needs all series, a cap one. */
static int rule_reached(struct contest *c, double elapsed_s, double round_s, size_t *chunk)
{
    int rule = 0;
    for (size_t k = 0; k < c->n; k++) {
        struct nh_stop_state s = {.limits = c->limits,
                                  .stats = &c->out[k].stats,
                                  .count = c->rounds,
                                  .sampled_s = elapsed_s / (double)c->n,
                                  .elapsed_s = elapsed_s / (double)c->n,
                                  .sample_s = round_s / (double)c->n};
        int one = nh_stop_reached(&s);
        *chunk = nh_stop_next_chunk(&s);
        if (one != 0) /* not precise: the cap, the same for all, or none */
            rule = one;
    }
    return rule;
}

static int sample(struct contest *c)
{
    struct {
        size_t chunk;
        int rule;
    } next = {1, -1};
    while (next.rule < 0) {
        int64_t t0 = now(c);
        size_t taken = next.chunk;
        if (take_rounds(c, taken))
            return c->code;
        for (size_t k = 0; c->group->rank == 0 && k < c->n; k++)
            summarise(c, &c->out[k]);
        if (c->group->rank == 0)
            next.rule = rule_reached(c, (double)(now(c) - c->started) * 1e-9,
                                     (double)(now(c) - t0) * 1e-9 / (double)taken, &next.chunk);
        broadcast(c, &next, sizeof next);
        if (agree(c))
            return c->code;
    }
    for (size_t k = 0; k < c->n; k++) {
        struct nh_series *s = &c->out[k];
        s->count = c->rounds;
        s->stop_rule = nh_stop_rules[next.rule]->name;
        broadcast(c, &s->stats, sizeof s->stats);
    }
    return agree(c);
}

static int run(struct contest *c)
{
    if (verify(c))
        return c->code;
    c->started = now(c);
    if (begin(c) || sample(c) || verify(c))
        return c->code;
    for (size_t k = 0; k < c->n; k++)
        c->out[k].elapsed_s = (double)(now(c) - c->started) * 1e-9 / (double)c->n;
    return NH_OK;
}

int nh_measure_in_turns(const struct nh_contestant *items, size_t n, const struct nh_group *group,
                        const struct nh_clock *clock, const struct nh_limits *limits,
                        struct nh_series *out, struct nh_error *err)
{
    struct contest c = {items, n, group, clock, limits, out, NULL, 0, 0, NH_OK, err};
    size_t most = limits->max_samples;
    c.scratch = calloc(most, sizeof *c.scratch);
    bool ready = c.scratch != NULL;
    for (size_t k = 0; k < n; k++) {
        out[k] = (struct nh_series){.samples_ns = calloc(most, sizeof *out[k].samples_ns)};
        ready = ready && out[k].samples_ns;
    }
    if (!ready)
        c.code = nh_fail(err, NH_EFAIL, "out of memory for %zu samples; give fewer", most);
    int code = agree(&c);
    if (code == NH_OK)
        code = run(&c);
    free(c.scratch);
    return code;
}

bool nh_paired_ratio(const struct nh_series *a, const struct nh_series *b, double level,
                     double *median, struct nh_interval *interval)
{
    struct nh_ranks ranks;
    size_t n = a->count < b->count ? a->count : b->count;
    double *ratio = calloc(n + 1, sizeof *ratio);
    if (!ratio || n == 0) {
        free(ratio);
        return false;
    }
    for (size_t i = 0; i < n; i++)
        ratio[i] = ((double)a->samples_ns[i] / (double)a->ops_per_sample) /
                   ((double)b->samples_ns[i] / (double)b->ops_per_sample);
    nh_sort(ratio, n);
    *median = nh_median_sorted(ratio, n);
    *interval = (struct nh_interval){NAN, NAN, NAN};
    if (nh_quantile_ranks(n, 0.5, level, &ranks))
        *interval = (struct nh_interval){ratio[ranks.lo - 1], ratio[ranks.hi - 1], ranks.coverage};
    free(ratio);
    return true;
}
