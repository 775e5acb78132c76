/* SPDX-License-Identifier: BSD-3-Clause */
#include "bench/engine/timeline.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { BLOCK = 1024, PLANES = 3 };

/* Touched, so that no page fault falls into the timed path. */
static int64_t *touched(size_t n)
{
    int64_t *p = malloc((n + 1) * sizeof *p);
    if (p)
        memset(p, 0, (n + 1) * sizeof *p);
    return p;
}

int nh_timeline_init(struct nh_timeline *t, const struct nh_group *group, size_t capacity,
                     bool over_ranks, bool common_clock, struct nh_error *err)
{
    *t = (struct nh_timeline){
        .group = group, .over_ranks = over_ranks, .common_clock = common_clock};
    const struct {
        int64_t **array;
        size_t n;
    } arrays[] = {{&t->samples, capacity},
                  {&t->block, over_ranks || common_clock ? PLANES * BLOCK : 0},
                  {&t->quickest, over_ranks ? capacity : 0},
                  {&t->sum, over_ranks ? capacity : 0},
                  {&t->late, common_clock ? capacity : 0},
                  {&t->entry, common_clock ? capacity : 0},
                  {&t->exit, common_clock ? capacity : 0},
                  {&t->start, common_clock ? capacity : 0}};
    bool there = true;
    for (size_t i = 0; i < sizeof arrays / sizeof *arrays; i++) {
        *arrays[i].array = touched(arrays[i].n);
        there = there && *arrays[i].array;
    }
    if (there)
        return NH_OK;
    return nh_fail(err, NH_EFAIL, "out of memory for %zu samples; lower --max-samples", capacity);
}

void nh_timeline_free(struct nh_timeline *t)
{
    int64_t *const arrays[] = {t->samples, t->block, t->quickest, t->sum,
                               t->late,    t->entry, t->exit,     t->start};
    for (size_t i = 0; i < sizeof arrays / sizeof *arrays; i++)
        free(arrays[i]);
    *t = (struct nh_timeline){0};
}

void nh_timeline_put(struct nh_timeline *t, size_t i, int64_t entry, int64_t exit,
                     const struct nh_sync *sync)
{
    t->samples[i] = exit - entry;
    if (!t->common_clock)
        return;
    t->entry[i] = entry;
    t->exit[i] = exit;
    t->start[i] = sync->start;
    t->late[i] = sync->late;
}

void nh_timeline_restart(struct nh_timeline *t)
{
    t->count = t->invalid = t->slowest_here = 0;
}

/* ---- values over ranks ---- */

static int reduce(struct nh_timeline *t, enum nh_reduction how, size_t n, struct nh_error *err)
{
    return t->group->reduce(t->group->context, how, t->block, n, err);
}

static void move(struct nh_timeline *t, size_t from, size_t to)
{
    t->samples[to] = t->samples[from];
    t->entry[to] = t->entry[from];
    t->exit[to] = t->exit[from];
    t->start[to] = t->start[from];
    if (!t->over_ranks)
        return;
    t->quickest[to] = t->quickest[from];
    t->sum[to] = t->sum[from];
}

/* Samples that a rank was late for close up, on all ranks alike. Returns how many. */
static size_t leave_out(struct nh_timeline *t, size_t from, size_t n)
{
    size_t kept = 0;
    for (size_t i = from; t->common_clock && i < from + n; i++)
        if (!t->late[i])
            move(t, i, t->count + kept++);
    if (!t->common_clock)
        kept = n;
    t->count += kept;
    t->invalid += n - kept;
    return n - kept;
}

/* One reduction gives the slowest (d), the quickest (-d) and whether anyone was late. */
static int settle_extremes(struct nh_timeline *t, size_t from, size_t n, struct nh_error *err)
{
    int64_t *slowest = t->block, *quickest = slowest + n, *late = quickest + n;
    for (size_t i = 0; i < n; i++) {
        slowest[i] = t->samples[from + i];
        quickest[i] = -t->samples[from + i];
        late[i] = t->common_clock ? t->late[from + i] : 0;
    }
    int code = reduce(t, NH_MAX, 3 * n, err);
    for (size_t i = 0; i < n; i++) {
        t->slowest_here += !late[i] && slowest[i] == t->samples[from + i];
        t->samples[from + i] = slowest[i];
        t->quickest[from + i] = -quickest[i];
        if (t->common_clock)
            t->late[from + i] = late[i];
    }
    return code;
}

static int settle_sums(struct nh_timeline *t, size_t from, size_t n, struct nh_error *err)
{
    memcpy(t->block, t->samples + from, n * sizeof *t->block);
    int code = reduce(t, NH_SUM, n, err);
    memcpy(t->sum + from, t->block, n * sizeof *t->block);
    return code;
}

static int settle_late(struct nh_timeline *t, size_t from, size_t n, struct nh_error *err)
{
    memcpy(t->block, t->late + from, n * sizeof *t->block);
    int code = reduce(t, NH_MAX, n, err);
    memcpy(t->late + from, t->block, n * sizeof *t->block);
    return code;
}

int nh_timeline_settle(struct nh_timeline *t, size_t n, size_t *invalid, struct nh_error *err)
{
    int code = NH_OK;
    size_t end = t->count + n;
    *invalid = 0;
    for (size_t from = t->count; from < end && code == NH_OK; from += BLOCK) {
        size_t some = end - from < BLOCK ? end - from : BLOCK;
        if (t->over_ranks) {
            code = settle_sums(t, from, some, err);
            int then = settle_extremes(t, from, some, err);
            code = code ? code : then;
        } else if (t->common_clock) {
            code = settle_late(t, from, some, err);
        }
        *invalid += leave_out(t, from, some);
    }
    return code;
}

/* ---- estimates, on rank 0 ---- */

/* Works in place on `n` values in time order, of which the record cuts the first few. */
static int estimate(double *x, size_t n, const struct nh_timeline_end *end, double per,
                    struct nh_estimate *out, struct nh_error *err)
{
    struct nh_summary s;
    size_t cut = end->stats->warmup < n ? end->stats->warmup : 0;
    for (size_t i = 0; i < n; i++)
        x[i] /= per;
    if (nh_summarise(x + cut, n - cut, end->level, false, &s))
        return nh_fail(err, NH_EFAIL, "out of memory for the statistics");
    *out = (struct nh_estimate){s.median, s.ci.lo, s.ci.hi};
    return NH_OK;
}

static int estimate_ints(const int64_t *values, const struct nh_timeline *t,
                         const struct nh_timeline_end *end, double per, struct nh_estimate *out,
                         struct nh_error *err)
{
    double *x = malloc((t->count + 1) * sizeof *x);
    if (!x)
        return nh_fail(err, NH_EFAIL, "out of memory for the statistics");
    for (size_t i = 0; i < t->count; i++)
        x[i] = (double)values[i];
    int code = estimate(x, t->count, end, per, out, err);
    free(x);
    return code;
}

static int local_times(const struct nh_timeline *t, const struct nh_timeline_end *end,
                       struct nh_times *out, struct nh_error *err)
{
    const struct nh_summary *s = end->stats;
    out->local_max = (struct nh_estimate){s->median, s->ci.lo, s->ci.hi};
    int code = estimate_ints(t->sum, t, end, end->ops * t->group->size, &out->osu_avg, err);
    if (code == NH_OK)
        code = estimate_ints(t->quickest, t, end, end->ops, &out->bracket_low, err);
    return code;
}

static int find_straggler(const struct nh_timeline *t, struct nh_times *out, struct nh_error *err)
{
    int64_t most = (int64_t)t->slowest_here;
    int code = nh_group_maxloc(t->group, &most, &out->straggler, err);
    out->straggler_share = t->count ? (double)most / (double)t->count : 0;
    return code;
}

/* ---- the common clock ---- */

/* Puts into sum, quickest and entry what is no longer needed there: global, from_start and
 * skew. Nobody enters a sample before all have left the one before, where the sync method
 * keeps them apart; `last_exit` of the sample before, and `*crossed` counts those for
 * which the common clock claims it by more than its bound. */
static int global_block(struct nh_timeline *t, const struct nh_timeline_end *end, size_t from,
                        size_t n, int64_t *last_exit, size_t *crossed, struct nh_error *err)
{
    int64_t *exit = t->block, *last = exit + n, *first = last + n;
    for (size_t i = 0; i < n; i++) {
        exit[i] = nh_global_clock_between(end->global, t->exit[from + i]);
        last[i] = nh_global_clock_between(end->global, t->entry[from + i]);
        first[i] = -last[i];
    }
    int code = reduce(t, NH_MAX, 3 * n, err);
    int64_t slack = (int64_t)(2 * end->clock.bound_ns) + 1;
    for (size_t i = 0; i < n; i++) {
        *crossed += from + i > 0 && *last_exit > -first[i] + slack;
        *last_exit = exit[i];
        t->sum[from + i] = exit[i] + first[i];
        t->quickest[from + i] = exit[i] - t->start[from + i];
        t->entry[from + i] = last[i] + first[i];
    }
    return code;
}

static int global_times(struct nh_timeline *t, const struct nh_timeline_end *end,
                        struct nh_times *out, struct nh_error *err)
{
    int code = NH_OK;
    int64_t last_exit = 0;
    size_t crossed = 0;
    for (size_t from = 0; from < t->count && code == NH_OK; from += BLOCK) {
        size_t n = t->count - from < BLOCK ? t->count - from : BLOCK;
        code = global_block(t, end, from, n, &last_exit, &crossed, err);
    }
    out->clock = end->clock;
    if (!end->clock.consistent || (end->apart && crossed > 0))
        out->flags |= NH_TIMES_CLOCK;
    if (code || t->group->rank != 0)
        return code;
    out->from_start = (struct nh_estimate){NAN, NAN, NAN};
    if ((code = estimate_ints(t->sum, t, end, end->ops, &out->global, err)) ||
        (code = estimate_ints(t->entry, t, end, 1, &out->skew, err)) || !end->instants)
        return code;
    return estimate_ints(t->quickest, t, end, end->ops, &out->from_start, err);
}

/* ---- what cannot be, or says little ---- */

static unsigned judge(const struct nh_times *x, const struct nh_timeline_end *end)
{
    unsigned flags = 0;
    double hop = x->clock.hop_ns, clocks = x->clock.clocks;
    if (4 * x->invalid >= x->valid + x->invalid && x->invalid > 0)
        flags |= NH_TIMES_LATE;
    if (!x->over_ranks || !x->global_clock)
        return flags;
    if (x->skew.median > x->osu_avg.median * end->ops)
        flags |= NH_TIMES_SKEW;
    /* Operations back to back overlap: only one alone must wait for its messages. */
    if (!end->reaches_all || end->ops > 1)
        return flags;
    if (x->osu_avg.median < hop * (clocks - 1) / clocks)
        flags |= NH_TIMES_SKEW;
    if (x->local_max.median < hop || x->global.median + x->clock.bound_ns < hop)
        flags |= NH_TIMES_BELOW_HOP;
    return flags;
}

int nh_timeline_finish(struct nh_timeline *t, const struct nh_timeline_end *end,
                       struct nh_times *out, struct nh_error *err)
{
    int code = NH_OK;
    out->over_ranks = t->over_ranks;
    out->global_clock = end->global != NULL && t->over_ranks;
    out->valid = t->count;
    out->invalid = t->invalid;
    if (t->over_ranks)
        code = find_straggler(t, out, err);
    if (code == NH_OK && t->over_ranks && t->group->rank == 0)
        code = local_times(t, end, out, err);
    if (out->global_clock) {
        int then = global_times(t, end, out, err);
        code = code ? code : then;
    }
    if (t->group->rank == 0)
        out->flags |= judge(out, end);
    return code;
}
