/* SPDX-License-Identifier: BSD-3-Clause */
#include "analysis/guard.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "analysis/dataset.h"

/* A latency that may be taken for one hop of its set. */
struct hop {
    const struct nh_log_series *series;
    double least_ns;
};

/* Everything one check works on. */
struct checker {
    const struct nh_log *logs;
    size_t log_count;
    const struct nh_catalog *catalog;
    const struct nh_guard_options *options;
    struct nh_guard *guard;
    struct hop *hops;
    size_t hop_count;
    struct nh_error *err;
};

const char *nh_level_name(enum nh_level level)
{
    static const char *const names[] = {"unchecked", "fine", "suspicious", "impossible"};
    return names[level];
}

/* ---- What is known of a series ---- */

static const char *machine_name(const struct checker *k, const struct nh_log_series *s)
{
    return k->options->machine ? k->options->machine : s->machine;
}

static bool is_pair(const struct nh_log_series *s)
{
    enum nh_pattern p = s->op->pattern;
    return p == NH_PATTERN_LATENCY || p == NH_PATTERN_RATE || p == NH_PATTERN_RATE_TWO ||
           p == NH_PATTERN_ONE_SIDED;
}

/* A pair between nodes is on two, also when more are said to have run. */
static void place(const struct nh_guard_options *o, struct nh_guard_context *c)
{
    const struct nh_log_series *s = c->series;
    c->nodes = s->nodes ? s->nodes : o->nodes;
    c->ranks = s->ranks ? s->ranks : o->ranks;
    if (c->nodes == 0 && o->placement == NH_BETWEEN_NODES && is_pair(s))
        c->nodes = 2;
    if (c->nodes == 0 && o->placement == NH_INSIDE_NODE)
        c->nodes = 1;
    c->between =
        o->placement == NH_BETWEEN_NODES || (o->placement == NH_PLACEMENT_UNKNOWN && c->nodes > 1);
    c->inside = o->placement == NH_INSIDE_NODE || c->nodes == 1;
    /* What the counters saw stands above any claim; the rule `transport` says so. */
    if (strcmp(s->transport, "shm") == 0)
        c->between = false;
}

/* GPUs of a machine are filled node by node. */
static void count_gpus(struct nh_guard_context *c)
{
    long gpus = c->machine ? c->machine->gpus : 0;
    if (!c->series->total_size || gpus == 0)
        return;
    if (c->ranks == 0)
        c->ranks = c->nodes * gpus;
    if (c->nodes == 0 && c->ranks > gpus) {
        c->nodes = (c->ranks + gpus - 1) / gpus;
        c->between = c->options->placement != NH_INSIDE_NODE;
    }
}

static int describe(const struct checker *k, const struct nh_log *log,
                    const struct nh_log_series *s, struct nh_guard_context *c)
{
    const char *name = machine_name(k, s);
    *c = (struct nh_guard_context){.log = log,
                                   .series = s,
                                   .options = k->options,
                                   .line_Bps = NAN,
                                   .hop_ns = NAN,
                                   .handover_ns = NAN};
    if (*name && !(c->machine = nh_catalog_machine(k->catalog, name, k->err)))
        return k->options->machine ? nh_context(k->err, "--machine")
                                   : nh_context(k->err, "%s:%ld: machine", log->path, s->line);
    place(k->options, c);
    count_gpus(c);
    if (c->machine)
        c->line_Bps = c->machine->network_gbps * 1e9 / 8;
    return NH_OK;
}

/* ---- One hop, from the same set where it was measured ---- */

static bool same_set(const struct nh_log_series *a, const struct nh_log_series *b)
{
    return strcmp(a->origin, b->origin) == 0 && strcmp(a->machine, b->machine) == 0;
}

static double least_time(const struct nh_log_series *s)
{
    double least = INFINITY;
    for (size_t i = 0; i < s->row_count; i++)
        least = fmin(least, s->rows[i].value[NH_LOG_TIME]);
    return least;
}

/* A latency counts as a hop when it is said to be between nodes and can be. */
static int collect_hop(struct checker *k, const struct nh_log *log, const struct nh_log_series *s)
{
    struct nh_guard_context c;
    if (s->op->pattern != NH_PATTERN_LATENCY)
        return NH_OK;
    int rc = describe(k, log, s, &c);
    if (rc)
        return rc;
    bool efa = c.machine && c.machine->efa_interfaces > 0;
    double least = least_time(s);
    if (!c.between || !isfinite(least) || least <= 0 || (efa && least < nh_efa_least_hop_ns))
        return NH_OK;
    struct hop *grown = nh_grow(k->hops, k->hop_count, sizeof *grown);
    if (!grown)
        return nh_fail(k->err, NH_EFAIL, "out of memory");
    k->hops = grown;
    k->hops[k->hop_count++] = (struct hop){s, least};
    return NH_OK;
}

static int collect_hops(struct checker *k)
{
    int rc = NH_OK;
    for (size_t i = 0; !rc && i < k->log_count; i++)
        for (size_t j = 0; !rc && j < k->logs[i].series_count; j++)
            rc = collect_hop(k, &k->logs[i], &k->logs[i].series[j]);
    return rc;
}

/* The least of all measured in the set, since nodes may lie near and far. */
static void find_hop(const struct checker *k, struct nh_guard_context *c)
{
    const struct hop *best = NULL;
    for (size_t i = 0; i < k->hop_count; i++)
        if (same_set(k->hops[i].series, c->series) &&
            (!best || k->hops[i].least_ns < best->least_ns))
            best = &k->hops[i];
    if (best) {
        c->hop_ns = best->least_ns;
        snprintf(c->hop_from, sizeof c->hop_from, "%.4g us, %.40s, line %ld", c->hop_ns * 1e-3,
                 best->series->program, best->series->line);
    } else if (c->machine && c->machine->efa_interfaces > 0) {
        c->hop_ns = nh_efa_least_hop_ns;
        snprintf(c->hop_from, sizeof c->hop_from, "least of EFA");
    }
}

/* ---- What two cores allow, from the same set ---- */

/* The host may move virtual processors between looks, so one look is not the least. */
static void find_handover(const struct checker *k, struct nh_guard_context *c)
{
    for (size_t i = 0; i < k->log_count; i++)
        for (size_t j = 0; j < k->logs[i].series_count; j++) {
            const struct nh_log_series *s = &k->logs[i].series[j];
            if (!same_set(s, c->series))
                continue;
            for (size_t r = 0; r < s->row_count; r++) {
                double ns = s->rows[r].value[NH_LOG_HANDOVER];
                c->handover_ns = fmin(c->handover_ns, ns);
                c->looks += !isnan(ns);
            }
        }
}

/* ---- Judging ---- */

static struct nh_guard_line *add_line(const struct checker *k, const struct nh_log *log, long line)
{
    struct nh_guard *g = k->guard;
    struct nh_guard_line *grown = nh_grow(g->lines, g->count, sizeof *grown);
    if (!grown) {
        nh_fail(k->err, NH_EFAIL, "out of memory");
        return NULL;
    }
    g->lines = grown;
    g->lines[g->count] = (struct nh_guard_line){.log = log, .line = line};
    return &g->lines[g->count++];
}

static void judge_row(const struct nh_guard_context *c, const struct nh_log_row *row,
                      struct nh_guard_line *line)
{
    line->series = c->series;
    line->row = row;
    for (const struct nh_rule *const *rule = nh_rules; *rule; rule++) {
        struct nh_judgement j = {.formula = ""};
        enum nh_outcome outcome = (*rule)->check ? (*rule)->check(c, row, &j) : NH_DOES_NOT_APPLY;
        if (outcome == NH_HOLDS && line->level == NH_UNCHECKED)
            line->level = NH_FINE;
        if (outcome != NH_BROKEN || (*rule)->level <= line->level)
            continue;
        line->level = (*rule)->level;
        line->rule = *rule;
        line->why = j;
    }
}

static void raise_line(struct nh_guard_line *line, const struct nh_rule *rule, const char *because,
                       long because_line)
{
    if (rule->level <= line->level)
        return;
    line->level = rule->level;
    line->rule = rule;
    line->why = (struct nh_judgement){.value = ""};
    snprintf(line->why.formula, sizeof line->why.formula, "%s (line %ld)", because, because_line);
}

static const struct nh_guard_line *find_broken(const struct nh_guard_line *lines, size_t n,
                                               const struct nh_rule *rule)
{
    for (size_t i = 0; i < n; i++)
        if (lines[i].rule == rule)
            return &lines[i];
    return NULL;
}

/* One run has one placement, and one way of timing. */
static void judge_run(struct nh_guard_line *lines, size_t n)
{
    const struct nh_guard_line *latency = find_broken(lines, n, &nh_rule_latency);
    const struct nh_guard_line *skew = find_broken(lines, n, &nh_rule_skew);
    for (size_t i = 0; latency && i < n; i++)
        raise_line(&lines[i], &nh_rule_same_run, "a latency of the same run is not between nodes",
                   latency->line);
    for (size_t i = 0; skew && i < n; i++)
        raise_line(&lines[i], &nh_rule_same_skew, "a mean of the same series is below one hop",
                   skew->line);
}

static int judge_series(const struct checker *k, const struct nh_log *log,
                        const struct nh_log_series *s)
{
    struct nh_guard_context c;
    int rc = describe(k, log, s, &c);
    if (rc)
        return rc;
    find_hop(k, &c);
    if (c.inside)
        find_handover(k, &c);
    size_t first = k->guard->count;
    for (size_t i = 0; i < s->row_count; i++) {
        struct nh_guard_line *line = add_line(k, log, s->rows[i].line);
        if (!line)
            return NH_EFAIL;
        judge_row(&c, &s->rows[i], line);
    }
    judge_run(&k->guard->lines[first], k->guard->count - first);
    return NH_OK;
}

static int judge_average(const struct checker *k, const struct nh_log *log)
{
    if (log->average_line == 0)
        return NH_OK;
    struct nh_guard_line *line = add_line(k, log, log->average_line);
    if (!line)
        return NH_EFAIL;
    line->level = nh_rule_average.level;
    line->rule = &nh_rule_average;
    snprintf(line->why.value, sizeof line->why.value, "%.4g GB/s", log->average_Bps * 1e-9);
    snprintf(line->why.formula, sizeof line->why.formula, "\"Avg bus bandwidth\" of nccl-tests");
    return NH_OK;
}

/* What one script has started is likely placed alike: pairs of a set with a false latency. */
static void judge_set_of(const struct nh_guard *g, const struct nh_guard_line *bad)
{
    for (size_t i = 0; i < g->count; i++) {
        struct nh_guard_line *line = &g->lines[i];
        if (line->series && line->series != bad->series && is_pair(line->series) &&
            same_set(line->series, bad->series))
            raise_line(line, &nh_rule_same_set, "a latency of the same set is not between nodes",
                       bad->line);
    }
}

static void judge_sets(const struct nh_guard *g)
{
    const struct nh_log_series *done = NULL;
    for (size_t i = 0; i < g->count; i++) {
        const struct nh_guard_line *bad = &g->lines[i];
        if (bad->rule != &nh_rule_latency || bad->series == done)
            continue;
        done = bad->series;
        judge_set_of(g, bad);
    }
}

static int judge_logs(struct checker *k)
{
    int rc = collect_hops(k);
    for (size_t i = 0; !rc && i < k->log_count; i++) {
        for (size_t j = 0; !rc && j < k->logs[i].series_count; j++)
            rc = judge_series(k, &k->logs[i], &k->logs[i].series[j]);
        if (!rc)
            rc = judge_average(k, &k->logs[i]);
    }
    return rc;
}

int nh_guard_check(const struct nh_log *logs, size_t count, const struct nh_catalog *catalog,
                   const struct nh_guard_options *options, struct nh_guard *guard,
                   struct nh_error *err)
{
    struct checker k = {.logs = logs,
                        .log_count = count,
                        .catalog = catalog,
                        .options = options,
                        .guard = guard,
                        .err = err};
    *guard = (struct nh_guard){0};
    int rc = judge_logs(&k);
    free(k.hops);
    if (rc) {
        nh_guard_clear(guard);
        return rc;
    }
    judge_sets(guard);
    for (size_t i = 0; i < guard->count; i++)
        guard->levels[guard->lines[i].level]++;
    return NH_OK;
}

void nh_guard_clear(struct nh_guard *guard)
{
    free(guard->lines);
    *guard = (struct nh_guard){0};
}

size_t nh_guard_broken(const struct nh_guard *guard, const struct nh_rule *rule)
{
    size_t n = 0;
    for (size_t i = 0; i < guard->count; i++)
        n += guard->lines[i].rule == rule;
    return n;
}
