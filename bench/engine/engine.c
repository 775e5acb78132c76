/* SPDX-License-Identifier: BSD-3-Clause */
#include "bench/engine/engine.h"

#include <math.h>
#include <stdlib.h>

#include "bench/engine/stop.h"
#include "bench/engine/sync.h"
#include "bench/engine/timeline.h"

enum { MAX_REPS = 1 << 30, TRIES_IN_VAIN = 30 };

/* One measurement under way. Everything the timed path needs is allocated before. */
struct measurement {
    const struct nh_kernel_ops *kernel;
    void *state;
    const struct nh_group *group;
    const struct nh_clock *clock;
    const struct nh_limits *limits;
    struct nh_sync sync;
    struct nh_timeline line;
    double *scratch; /* max_samples of them */
    size_t reps;
    double performed;             /* operations so far, thrown away and verifying ones included */
    int64_t started, capped_from; /* the whole; without the first verification */
    int code;                     /* of this rank since the last agreement */
    struct nh_error *err;
};

/* What rank 0 decides at the end of a chunk and all ranks follow. */
enum verdict { MORE, LONGER_BATCH, GIVE_UP_SYNC, STOP };
struct decision {
    enum verdict verdict;
    size_t chunk;
    int rule;
};

/* What rank 0 knows at the end and all ranks return. */
struct outcome {
    struct nh_summary stats;
    int64_t first_op_ns;
    double elapsed_s;
    int rule;
    bool fell_back;
};

void nh_limits_default(struct nh_limits *limits)
{
    *limits = (struct nh_limits){.precision = 0.02,
                                 .level = 0.95,
                                 .max_time_s = 1.0,
                                 .min_samples = 30,
                                 .min_time_s = 0.005,
                                 .max_samples = 2000,
                                 .verify = true};
}

double nh_batch_floor_ns(const struct nh_clock *clock, const struct nh_limits *limits)
{
    double floor_ns = 10000, reading = 20 * clock->cost_ns, steps = 10 * clock->resolution_ns;
    floor_ns = fmax(floor_ns, fmax(reading, steps));
    /* Not below a thousandth: nobody who asks for 0.001 % wants batches of seconds. */
    double rounding = clock->resolution_ns / fmax(limits->precision, 0.001);
    double lasting = 1.25e9 * limits->min_time_s / (double)limits->max_samples;
    return fmax(lasting, fmax(rounding, floor_ns));
}

static int64_t now(const struct measurement *m)
{
    return m->clock->now(m->clock->context);
}

static double since_s(const struct measurement *m, int64_t start)
{
    return (double)(now(m) - start) * 1e-9;
}

static int agree(struct measurement *m)
{
    m->code = m->group->agree(m->group->context, m->code, m->err);
    return m->code;
}

/* Keeps the first failure of this rank; the rank goes on with its part of the
 * communication until the next agreement, so that no other rank waits for it. */
static void note_failure(struct measurement *m, int code, const struct nh_error *err)
{
    if (code == NH_OK || m->code != NH_OK)
        return;
    m->code = code;
    if (m->err)
        *m->err = *err;
}

struct stamps {
    int64_t entry, exit;
};

static struct stamps timed_batch(struct measurement *m, size_t reps)
{
    struct nh_error err = {0};
    struct stamps t;
    if (m->kernel->prepare)
        m->kernel->prepare(m->state);
    int started = m->sync.method->start(&m->sync, &err);
    t.entry = now(m);
    int done = m->kernel->batch(m->state, reps, &err);
    t.exit = now(m);
    m->performed += (double)reps * m->kernel->ops_per_rep;
    if (m->sync.method->end)
        m->sync.method->end(&m->sync, t.exit);
    note_failure(m, started ? started : done, &err);
    return t;
}

static int verify(struct measurement *m)
{
    struct nh_error err = {0};
    if (m->limits->verify && m->kernel->verify) {
        note_failure(m, m->kernel->verify(m->state, &err), &err);
        m->performed += m->kernel->verify_ops;
    }
    return agree(m);
}

static bool over_ranks(const struct measurement *m)
{
    return m->kernel->timing == NH_TIMING_MAX_OVER_RANKS;
}

static int first_op(struct measurement *m, int64_t *ns)
{
    struct nh_error err = {0};
    struct stamps t = timed_batch(m, 1);
    *ns = t.exit - t.entry;
    if (over_ranks(m))
        note_failure(m, m->group->reduce(m->group->context, NH_MAX, ns, 1, &err), &err);
    *ns = (int64_t)((double)*ns / m->kernel->ops_per_rep + 0.5);
    return agree(m);
}

static int take_chunk(struct measurement *m, size_t chunk)
{
    struct nh_error err = {0};
    size_t invalid;
    for (size_t i = 0; i < chunk; i++) {
        struct stamps t = timed_batch(m, m->reps);
        nh_timeline_put(&m->line, m->line.count + i, t.entry, t.exit, &m->sync);
    }
    note_failure(m, nh_timeline_settle(&m->line, chunk, &invalid, &err), &err);
    if (m->sync.method->settle)
        m->sync.method->settle(&m->sync, chunk, invalid);
    return agree(m);
}

static double ops_per_sample(const struct measurement *m)
{
    return (double)m->reps * m->kernel->ops_per_rep;
}

/* Looked at while few samples are lost by starting again: at 1, 5 and min_samples. By the
 * median, so that one disturbed batch neither ends nor prolongs the doubling. */
static bool batch_too_short(struct measurement *m)
{
    size_t cap = m->kernel->max_reps ? m->kernel->max_reps : MAX_REPS;
    if (m->reps >= cap || m->line.count > m->limits->min_samples)
        return false;
    for (size_t i = 0; i < m->line.count; i++)
        m->scratch[i] = (double)m->line.samples[i];
    nh_sort(m->scratch, m->line.count);
    return nh_median_sorted(m->scratch, m->line.count) < nh_batch_floor_ns(m->clock, m->limits);
}

static void summarise(struct measurement *m, struct nh_summary *stats)
{
    double ops = ops_per_sample(m);
    for (size_t i = 0; i < m->line.count; i++)
        m->scratch[i] = (double)m->line.samples[i] / ops;
    struct nh_error err = {0};
    int code = nh_summarise(m->scratch, m->line.count, m->limits->level, true, stats);
    if (code)
        nh_fail(&err, code, "out of memory for the statistics; free some and start again");
    note_failure(m, code, &err);
}

static double sampled_s(const struct measurement *m)
{
    double sum = 0;
    for (size_t i = 0; i < m->line.count; i++)
        sum += (double)m->line.samples[i];
    return sum * 1e-9;
}

/* No sample at all without a late rank: the method cannot work here. */
static bool sync_in_vain(const struct measurement *m, double elapsed_s)
{
    return m->line.count == 0 &&
           (m->line.invalid >= TRIES_IN_VAIN || elapsed_s >= m->limits->max_time_s);
}

/* Rank 0 only. `chunk_s` is the time that the last `chunk` samples took. */
static struct decision decide(struct measurement *m, size_t chunk, double chunk_s,
                              struct nh_summary *stats)
{
    struct nh_stop_state s = {.limits = m->limits,
                              .stats = stats,
                              .count = m->line.count,
                              .sampled_s = sampled_s(m),
                              .elapsed_s = since_s(m, m->capped_from),
                              .sample_s = chunk_s / (double)chunk};
    if (m->line.count == 0)
        return (struct decision){sync_in_vain(m, s.elapsed_s) ? GIVE_UP_SYNC : MORE, 1, -1};
    if (s.elapsed_s < m->limits->max_time_s && batch_too_short(m))
        return (struct decision){LONGER_BATCH, 1, -1};
    summarise(m, stats);
    if (m->code) /* ends the sampling on all ranks; the next agreement tells them why */
        return (struct decision){STOP, 0, 0};
    int rule = nh_stop_reached(&s);
    if (rule >= 0)
        return (struct decision){STOP, 0, rule};
    return (struct decision){MORE, nh_stop_next_chunk(&s), -1};
}

static int broadcast(struct measurement *m, void *data, size_t len)
{
    struct nh_error err = {0};
    int code = m->group->broadcast(m->group->context, data, len, &err);
    note_failure(m, code, &err);
    return code;
}

static void lengthen_batch(struct measurement *m)
{
    size_t cap = m->kernel->max_reps ? m->kernel->max_reps : MAX_REPS;
    m->reps = m->reps > cap / 2 ? cap : 2 * m->reps;
    nh_timeline_restart(&m->line);
}

/* Goes on as a barrier does: the bracket needs no common start. */
static void give_up_sync(struct measurement *m, struct outcome *o)
{
    m->sync.method = &nh_sync_barrier;
    m->sync.late = false;
    o->fell_back = true;
}

static int sample(struct measurement *m, struct outcome *o)
{
    struct decision d = {MORE, 1, -1};
    while (d.verdict != STOP) {
        int64_t t0 = now(m);
        size_t chunk = d.chunk;
        if (take_chunk(m, chunk))
            return m->code;
        if (m->group->rank == 0)
            d = decide(m, chunk, (double)(now(m) - t0) * 1e-9, &o->stats);
        if (broadcast(m, &d, sizeof d))
            return m->code;
        if (d.verdict == LONGER_BATCH)
            lengthen_batch(m);
        if (d.verdict == GIVE_UP_SYNC)
            give_up_sync(m, o);
    }
    o->rule = d.rule;
    return NH_OK;
}

/* ---- the whole ---- */

/* Before the first sample: the common clock where one is needed, and what the method
 * wants to know. */
static int start_sync(struct measurement *m)
{
    struct nh_error err = {0};
    int code = m->sync.global ? nh_global_clock_before(m->sync.global, &err) : NH_OK;
    if (code == NH_OK && m->sync.method->init)
        code = m->sync.method->init(&m->sync, &err);
    note_failure(m, code, &err);
    return agree(m);
}

/* After the last one. */
static int other_times(struct measurement *m, const struct outcome *o, struct nh_times *times)
{
    struct nh_error err = {0};
    struct nh_timeline_end end = {.stats = &o->stats,
                                  .ops = ops_per_sample(m),
                                  .level = m->limits->level,
                                  .reaches_all = m->kernel->reaches_all,
                                  .global = m->sync.global,
                                  .instants = m->sync.method->global_clock,
                                  .apart = m->sync.method != &nh_sync_none};
    int code = NH_OK;
    if (end.global)
        code = nh_global_clock_after(m->sync.global, &end.clock, &err);
    if (code == NH_OK)
        code = nh_timeline_finish(&m->line, &end, times, &err);
    if (o->fell_back)
        times->flags |= NH_TIMES_LATE | NH_TIMES_FELL_BACK;
    note_failure(m, code, &err);
    return agree(m);
}

static int run(struct measurement *m, struct outcome *o, struct nh_times *times)
{
    if (start_sync(m) || verify(m))
        return m->code;
    m->capped_from = now(m);
    if (first_op(m, &o->first_op_ns) || sample(m, o) || other_times(m, o, times) || verify(m))
        return m->code;
    o->elapsed_s = since_s(m, m->started);
    broadcast(m, o, sizeof *o);
    return agree(m);
}

static void give(struct measurement *m, const struct outcome *o, struct nh_series *out)
{
    out->count = m->line.count;
    out->ops_per_sample = (size_t)(ops_per_sample(m) + 0.5);
    out->first_op_ns = o->first_op_ns;
    out->stats = o->stats;
    out->stop_rule = nh_stop_rules[o->rule]->name;
    out->elapsed_s = o->elapsed_s;
    out->ops_performed = m->performed;
    out->sync = m->sync.method->name;
    if (m->group->rank == 0) {
        out->samples_ns = m->line.samples;
        m->line.samples = NULL;
    }
}

static int find_sync(struct measurement *m)
{
    const char *name = m->limits->sync ? m->limits->sync : m->kernel->sync;
    m->sync = (struct nh_sync){
        .method = nh_sync_find(name, m->err), .group = m->group, .clock = m->clock};
    if (!m->sync.method)
        return NH_EINPUT;
    if (m->sync.method->pairs && !m->group->exchange)
        return nh_fail(m->err, NH_EINPUT,
                       "sync method %s passes messages of its own, which there are none here; use "
                       "barrier",
                       name);
    if (!m->sync.method->global_clock && !m->limits->common_clock)
        return NH_OK;
    m->sync.global = m->group->global;
    if (m->sync.global)
        return NH_OK;
    return nh_fail(
        m->err, NH_EINPUT,
        "no clock is shared by all ranks here, as sync method %s or times on it need; use "
        "--sync barrier",
        name);
}

static int prepare(struct measurement *m)
{
    size_t n = m->limits->max_samples ? m->limits->max_samples : 1;
    m->code = find_sync(m);
    m->scratch = malloc(n * sizeof *m->scratch);
    if (m->code == NH_OK)
        m->code =
            nh_timeline_init(&m->line, m->group, n, over_ranks(m), m->sync.global != NULL, m->err);
    if (m->code == NH_OK && !m->scratch)
        m->code =
            nh_fail(m->err, NH_EFAIL, "out of memory for %zu samples; lower --max-samples", n);
    /* Touched here, so that no page fault falls into the timed path. */
    for (size_t i = 0; m->code == NH_OK && i < n; i++)
        m->scratch[i] = 0;
    return agree(m);
}

int nh_measure(const struct nh_kernel_ops *kernel, void *state, const struct nh_group *group,
               const struct nh_clock *clock, const struct nh_limits *limits, struct nh_series *out,
               struct nh_error *err)
{
    struct measurement m = {.kernel = kernel,
                            .state = state,
                            .group = group,
                            .clock = clock,
                            .limits = limits,
                            .reps = 1,
                            .started = clock->now(clock->context),
                            .err = err};
    struct outcome o = {0};
    *out = (struct nh_series){0};
    int code = prepare(&m);
    if (code == NH_OK)
        code = run(&m, &o, &out->times);
    if (code == NH_OK)
        give(&m, &o, out);
    else
        *out = (struct nh_series){0};
    nh_timeline_free(&m.line);
    free(m.scratch);
    return code;
}

void nh_series_clear(struct nh_series *series)
{
    free(series->samples_ns);
    *series = (struct nh_series){0};
}
