/* SPDX-License-Identifier: BSD-3-Clause */
/* Methods that start at an instant of the common clock. */
#include "bench/engine/sync.h"

#include <math.h>

#include "common/stats.h"

enum { BROADCASTS = 50 };

/* Both: wait for the instant, and know whether it had passed at first sight. */
static void await(struct nh_sync *s, int64_t start)
{
    s->start = start;
    s->late = nh_global_clock_now(s->global) > start;
    while (nh_global_clock_now(s->global) < start)
        ;
}

/* Rank 0 names an instant `ns` from now. */
static int announce(struct nh_sync *s, double ns, int64_t *start, struct nh_error *err)
{
    const struct nh_group *g = s->group;
    int code = g->barrier(g->context, err);
    if (g->rank == 0)
        *start = nh_global_clock_now(s->global) + llround(ns);
    int then = g->broadcast(g->context, start, sizeof *start, err);
    return code ? code : then;
}

/* ---- round_time (Hunold and Carpen-Amarie, CLUSTER 2018) ----
 * Each sample has its own instant, announced so many broadcasts ahead that all have heard
 * of it by then. */

/* As late as this an announcement cannot be explained by the time of a broadcast. */
static const double least_factor = 1, first_factor = 2, most_factor = 1000;

static int init_round_time(struct nh_sync *s, struct nh_error *err)
{
    const struct nh_group *g = s->group;
    double times[BROADCASTS];
    int64_t word = 0, slowest;
    int code = NH_OK;
    for (int i = 0; i < BROADCASTS; i++) {
        int one = g->barrier(g->context, err);
        int64_t t0 = s->clock->now(s->clock->context);
        int two = g->broadcast(g->context, &word, sizeof word, err);
        times[i] = (double)(s->clock->now(s->clock->context) - t0);
        code = code ? code : one ? one : two;
    }
    nh_sort(times, BROADCASTS);
    slowest = llround(nh_median_sorted(times, BROADCASTS)) + 1;
    int then = g->reduce(g->context, NH_MAX, &slowest, 1, err);
    s->ahead_ns = (double)slowest;
    s->factor = first_factor;
    return code ? code : then;
}

static int start_round_time(struct nh_sync *s, struct nh_error *err)
{
    int64_t start = 0;
    int code = announce(s, s->ahead_ns * s->factor, &start, err);
    await(s, start);
    return code;
}

/* More than a tenth too late: announce earlier, by half. A hundred in a row in time: a
 * tenth less, for the wait costs samples. */
static void settle_round_time(struct nh_sync *s, size_t tried, size_t invalid)
{
    s->tried += tried;
    s->invalid += invalid;
    s->streak = invalid ? 0 : s->streak + tried;
    bool longer = s->tried >= 10 && 10 * s->invalid > s->tried;
    if (longer)
        s->factor = fmin(1.5 * s->factor, most_factor);
    else if (s->streak >= 100)
        s->factor = fmax(0.9 * s->factor, least_factor);
    else
        return;
    s->tried = s->invalid = s->streak = 0;
}

/* ---- window (Worsch, Reussner, Augustin 2002) ----
 * A row of instants is announced for each chunk of samples, with no messages in between.
 * Who is late, or overruns the window, makes the sample invalid and often the next as
 * well; the next row starts afresh. */

static const double first_window_ns = 1e6, longest_window_ns = 1e9;

static int init_window(struct nh_sync *s, struct nh_error *err)
{
    (void)err;
    s->ahead_ns = first_window_ns;
    s->window = 0;
    return NH_OK;
}

static int start_window(struct nh_sync *s, struct nh_error *err)
{
    int code = s->window == 0 ? announce(s, s->ahead_ns, &s->first, err) : NH_OK;
    await(s, s->first + (int64_t)s->window * llround(s->ahead_ns));
    s->window++;
    return code;
}

static void end_window(struct nh_sync *s, int64_t t)
{
    if (nh_global_clock_at(s->global, t) > s->start + llround(s->ahead_ns))
        s->late = true;
}

/* SKaMPI's rule: twice as long when a quarter of a row is spoilt. */
static void settle_window(struct nh_sync *s, size_t tried, size_t invalid)
{
    s->window = 0;
    if (4 * invalid > tried)
        s->ahead_ns = fmin(2 * s->ahead_ns, longest_window_ns);
}

const struct nh_sync_method nh_sync_round_time = {.name = "round_time",
                                                  .global_clock = true,
                                                  .init = init_round_time,
                                                  .start = start_round_time,
                                                  .settle = settle_round_time};
const struct nh_sync_method nh_sync_window = {.name = "window",
                                              .global_clock = true,
                                              .init = init_window,
                                              .start = start_window,
                                              .end = end_window,
                                              .settle = settle_window};
