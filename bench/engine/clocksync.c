/* SPDX-License-Identifier: BSD-3-Clause */
#include "bench/engine/clocksync.h"

#include <stdlib.h>

#include "bench/engine/clocktree.h"
#include "bench/engine/closure.h"
#include "bench/engine/offset.h"

struct nh_global_clock {
    const struct nh_group *group;
    const struct nh_clock *clock;
    struct nh_clocksync_options options;
    struct nh_clock_tree tree; /* size 0: nothing fitted yet */
    int64_t *leader;           /* of every rank: the rank whose clock it reads */
    int *member;               /* ranks that lead, in order */
    int self;                  /* index among them, -1 for a rank that does not lead */
    int64_t beside_ns;         /* bound between this rank's readings and its leader's */
    struct nh_clock_model model;
    int64_t bound_ns, rtt_ns, gap_ns;
    double spread_ns;
    int64_t t_before, off_before, t_after, off_after;
    bool consistent;
};

static const struct nh_clock_model as_it_is = {0};

void nh_clocksync_options_default(struct nh_clocksync_options *o)
{
    *o = (struct nh_clocksync_options){.star_most = 64, .fit_points = 100, .fit_span_s = 1};
}

struct nh_global_clock *nh_global_clock_new(const struct nh_group *group,
                                            const struct nh_clock *clock,
                                            const struct nh_clocksync_options *options)
{
    struct nh_global_clock *g = calloc(1, sizeof *g);
    size_t n = (size_t)group->size;
    if (!g)
        return NULL;
    *g = (struct nh_global_clock){.group = group,
                                  .clock = clock,
                                  .options = *options,
                                  .leader = calloc(n, sizeof *g->leader),
                                  .member = calloc(n, sizeof *g->member),
                                  .self = -1,
                                  .rtt_ns = INT64_MAX,
                                  .consistent = true};
    if (g->leader && g->member)
        return g;
    nh_global_clock_free(g);
    return NULL;
}

void nh_global_clock_free(struct nh_global_clock *g)
{
    if (!g)
        return;
    free(g->leader);
    free(g->member);
    free(g);
}

static int agree(const struct nh_global_clock *g, int code, struct nh_error *err)
{
    return g->group->agree(g->group->context, code, err);
}

/* Keeps the first failure: a rank that fails goes on with its part of the messages. */
static void note(int *code, int new_code, struct nh_error *err, const struct nh_error *new_err)
{
    if (*code || !new_code)
        return;
    *code = new_code;
    if (err)
        *err = *new_err;
}

/* ---- who leads ---- */

/* Fills leader[] of all ranks from what each says of itself. */
static int tell_leaders(struct nh_global_clock *g, int mine, struct nh_error *err)
{
    const struct nh_group *group = g->group;
    for (int r = 0; r < group->size; r++)
        g->leader[r] = r == group->rank ? mine : 0;
    return group->reduce(group->context, NH_SUM, g->leader, (size_t)group->size, err);
}

static bool beside(const struct nh_global_clock *g, int rank)
{
    return rank != g->group->rank && g->leader[rank] == g->group->rank;
}

/* The leader serves those beside it in turn. A rank whose offset cannot be 0 reads
 * another clock, and leads itself from now on. */
static int check_beside(struct nh_global_clock *g, int *mine, struct nh_error *err)
{
    struct nh_offset o;
    struct nh_error own = {0};
    int code = NH_OK;
    for (int r = 0; r < g->group->size; r++)
        if (beside(g, r))
            note(&code, nh_offset_serve(g->group, g->clock, &as_it_is, 0, r, &o, &own), err, &own);
    if (*mine == g->group->rank)
        return code;
    code = nh_offset_learn(g->group, g->clock, *mine, &o, err);
    if (o.lo <= 0 && o.hi >= 0)
        g->beside_ns = (o.hi - o.lo + 1) / 2;
    else
        *mine = g->group->rank;
    return code;
}

static int find_leaders(struct nh_global_clock *g, struct nh_error *err)
{
    int mine = g->options.each_rank ? g->group->rank : g->group->leader;
    int code = tell_leaders(g, mine, err);
    if (code == NH_OK)
        code = check_beside(g, &mine, err);
    if ((code = agree(g, code, err)) || (code = tell_leaders(g, mine, err)))
        return code;
    g->tree.size = 0;
    for (int r = 0; r < g->group->size; r++) {
        if (g->leader[r] != r)
            continue;
        if (r == g->group->rank)
            g->self = g->tree.size;
        g->member[g->tree.size++] = r;
    }
    g->tree.star = g->tree.size <= g->options.star_most;
    return NH_OK;
}

/* ---- one offset ---- */

static int serve(struct nh_global_clock *g, int partner, struct nh_offset *o, struct nh_error *err)
{
    int code =
        nh_offset_serve(g->group, g->clock, &g->model, g->bound_ns, g->member[partner], o, err);
    g->rtt_ns = o->rtt < g->rtt_ns ? o->rtt : g->rtt_ns;
    return code;
}

static int learn(struct nh_global_clock *g, int partner, struct nh_offset *o, struct nh_error *err)
{
    return nh_offset_learn(g->group, g->clock, g->member[partner], o, err);
}

/* The model keeps its slope and gets a new height. */
static void set_height(struct nh_global_clock *g, const struct nh_offset *o)
{
    g->model.t0 = o->stamp;
    g->model.offset = nh_offset_mid(o);
    g->bound_ns = o->bound + (o->hi - o->lo + 1) / 2;
}

/* Down the tree: everybody's height, once. */
static int measure_heights(struct nh_global_clock *g, struct nh_error *err)
{
    int code = NH_OK, partner;
    struct nh_error own = {0};
    struct nh_offset o;
    for (int round = 0; g->self >= 0 && round < nh_clock_tree_rounds(&g->tree); round++) {
        enum nh_clock_role role = nh_clock_tree_step(&g->tree, g->self, round, &partner);
        if (role == NH_CLOCK_SERVES)
            note(&code, serve(g, partner, &o, &own), err, &own);
        if (role != NH_CLOCK_LEARNS)
            continue;
        note(&code, learn(g, partner, &o, &own), err, &own);
        set_height(g, &o);
    }
    return code;
}

/* ---- slopes ---- */

/* Waits until point `k` of the fit is due. Only who serves waits; its clients wait for it. */
static void pace(const struct nh_global_clock *g, int64_t begin, int k)
{
    double due = g->options.fit_span_s * 1e9 * (k + 1) / g->options.fit_points;
    int64_t left = begin + (int64_t)due - g->clock->now(g->clock->context);
    if (left > 0)
        g->clock->sleep(g->clock->context, left);
}

static int fit(struct nh_global_clock *g, const struct nh_offset *points, struct nh_error *err)
{
    return nh_model_fit(points, (size_t)g->options.fit_points, &g->model, &g->spread_ns, err);
}

/* Jones and Koenig: member 0 compares itself with each of the others in turn, again and
 * again, so that the second passes once and not once for each. */
static int fit_star(struct nh_global_clock *g, struct nh_offset *points, struct nh_error *err)
{
    int code = NH_OK;
    struct nh_error own = {0};
    int64_t begin = g->clock->now(g->clock->context);
    for (int k = 0; k < g->options.fit_points; k++) {
        for (int i = 1; g->self == 0 && i < g->tree.size; i++)
            note(&code, serve(g, i, &points[k], &own), err, &own);
        if (g->self == 0)
            pace(g, begin, k);
        else
            note(&code, learn(g, 0, &points[k], &own), err, &own);
    }
    if (g->self != 0 && code == NH_OK)
        code = fit(g, points, err);
    return code;
}

/* A pair of HCA3: slope from many offsets, height from one more. */
static int fit_pair(struct nh_global_clock *g, enum nh_clock_role role, int partner,
                    struct nh_offset *points, struct nh_error *err)
{
    int code = NH_OK;
    struct nh_error own = {0};
    struct nh_offset last;
    int64_t begin = g->clock->now(g->clock->context);
    for (int k = 0; role == NH_CLOCK_SERVES && k < g->options.fit_points; k++) {
        note(&code, serve(g, partner, &points[k], &own), err, &own);
        pace(g, begin, k);
    }
    if (role == NH_CLOCK_SERVES) {
        note(&code, serve(g, partner, &last, &own), err, &own);
        return code;
    }
    for (int k = 0; k < g->options.fit_points; k++)
        note(&code, learn(g, partner, &points[k], &own), err, &own);
    if (code == NH_OK)
        code = fit(g, points, err);
    note(&code, learn(g, partner, &last, &own), err, &own);
    set_height(g, &last);
    return code;
}

/* HCA3: who has learnt serves its own, already common, time. */
static int fit_tree(struct nh_global_clock *g, struct nh_offset *points, struct nh_error *err)
{
    int code = NH_OK, partner;
    struct nh_error own = {0};
    for (int round = 0; round < nh_clock_tree_rounds(&g->tree); round++) {
        enum nh_clock_role role = nh_clock_tree_step(&g->tree, g->self, round, &partner);
        if (role != NH_CLOCK_IDLE)
            note(&code, fit_pair(g, role, partner, points, &own), err, &own);
    }
    return code;
}

static int fit_slopes(struct nh_global_clock *g, struct nh_error *err)
{
    struct nh_offset *points = calloc((size_t)g->options.fit_points, sizeof *points);
    int code = points ? NH_OK : nh_fail(err, NH_EFAIL, "out of memory for clock offsets");
    if ((code = agree(g, code, err)) == NH_OK && g->self >= 0 && g->tree.size > 1)
        code = g->tree.star ? fit_star(g, points, err) : fit_tree(g, points, err);
    free(points);
    return agree(g, code, err);
}

/* ---- the ranks beside a leader ---- */

struct shared {
    struct nh_clock_model model;
    int64_t bound_ns;
};

static int share(struct nh_global_clock *g, struct nh_error *err)
{
    const struct nh_group *group = g->group;
    struct shared s = {g->model, g->bound_ns};
    int code = NH_OK;
    for (int r = 0; code == NH_OK && r < group->size; r++)
        if (beside(g, r))
            code = group->send(group->context, r, &s, sizeof s, err);
    if (g->self >= 0 || code)
        return code;
    code = group->receive(group->context, (int)g->leader[group->rank], &s, sizeof s, err);
    g->model = s.model;
    g->bound_ns = s.bound_ns + g->beside_ns;
    return code;
}

static int set_offsets(struct nh_global_clock *g, struct nh_error *err)
{
    int code = measure_heights(g, err), then = share(g, err);
    return agree(g, code ? code : then, err);
}

/* ---- interface ---- */

static int make_ready(struct nh_global_clock *g, struct nh_error *err)
{
    int code = find_leaders(g, err);
    if (code == NH_OK)
        code = fit_slopes(g, err);
    if (code == NH_OK)
        code = nh_closure_check(g->group, g->clock, g->member, g->tree.size, &g->consistent, err);
    if (code)
        g->tree.size = 0;
    return code;
}

int nh_global_clock_before(struct nh_global_clock *g, struct nh_error *err)
{
    int code = g->tree.size ? NH_OK : make_ready(g, err);
    if (code == NH_OK)
        code = set_offsets(g, err);
    g->t_before = g->t_after = g->model.t0;
    g->off_before = g->off_after = g->model.offset;
    return code;
}

static const char *method(const struct nh_global_clock *g)
{
    if (g->tree.size == 1)
        return "shared";
    return g->tree.star ? "jk" : "hca3";
}

/* The worst of any rank. */
static int gather_quality(struct nh_global_clock *g, int64_t bound, struct nh_clock_quality *q,
                          struct nh_error *err)
{
    int64_t gap = g->gap_ns, spread = (int64_t)(g->spread_ns + 0.5);
    int64_t worst[] = {bound + gap, gap, spread, -g->rtt_ns, !g->consistent};
    int code =
        g->group->reduce(g->group->context, NH_MAX, worst, sizeof worst / sizeof *worst, err);
    *q = (struct nh_clock_quality){.method = method(g),
                                   .clocks = g->tree.size,
                                   .bound_ns = (double)worst[0],
                                   .spread_ns = (double)worst[2],
                                   .disagreement_ns = (double)worst[1],
                                   .hop_ns = g->tree.size > 1 ? (double)-worst[3] / 2 : 0,
                                   .consistent = !worst[4]};
    return code;
}

int nh_global_clock_after(struct nh_global_clock *g, struct nh_clock_quality *q,
                          struct nh_error *err)
{
    struct nh_clock_model expected = g->model;
    int64_t bound = g->bound_ns;
    int code = set_offsets(g, err);
    if (code)
        return code;
    g->t_after = g->model.t0;
    g->off_after = g->model.offset;
    int64_t foreseen = g->t_after - nh_model_global(&expected, g->t_after);
    g->gap_ns = llabs(g->off_after - foreseen);
    return gather_quality(g, bound > g->bound_ns ? bound : g->bound_ns, q, err);
}

int64_t nh_global_clock_bound(const struct nh_global_clock *g)
{
    return g->bound_ns;
}

int64_t nh_global_clock_at(const struct nh_global_clock *g, int64_t t)
{
    return nh_model_global(&g->model, t);
}

int64_t nh_global_clock_now(const struct nh_global_clock *g)
{
    return nh_global_clock_at(g, g->clock->now(g->clock->context));
}

int64_t nh_global_clock_between(const struct nh_global_clock *g, int64_t t)
{
    int64_t span = g->t_after - g->t_before;
    struct nh_clock_model line = {.t0 = g->t_before, .offset = g->off_before};
    if (span > 0)
        line.slope = (double)(g->off_after - g->off_before) / (double)span;
    return nh_model_global(&line, t);
}
