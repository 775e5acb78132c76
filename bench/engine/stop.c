/* SPDX-License-Identifier: BSD-3-Clause */
#include "bench/engine/stop.h"

/* Thirty batches of 10 us are a third of a millisecond, too short to see that a machine
 * drifts; hence the shortest time of sampling.
 * A median of 0 (an empty kernel under a coarse clock) and a missing interval (NaN)
 * both compare false, so neither counts as precise. */
static bool precise(const struct nh_stop_state *s)
{
    const struct nh_summary *x = s->stats;
    if (x->n < s->limits->min_samples || s->sampled_s < s->limits->min_time_s || !(x->median > 0))
        return false;
    return (x->ci.hi - x->ci.lo) / 2 <= s->limits->precision * x->median;
}

static bool counted(const struct nh_stop_state *s)
{
    return s->count >= s->limits->max_samples;
}

static bool timed_out(const struct nh_stop_state *s)
{
    return s->elapsed_s >= s->limits->max_time_s;
}

static const struct nh_stop_rule precision = {"precision", precise};
static const struct nh_stop_rule count = {"count", counted};
static const struct nh_stop_rule time_cap = {"time", timed_out};

const struct nh_stop_rule *const nh_stop_rules[] = {&precision, &count, &time_cap, NULL};

int nh_stop_reached(const struct nh_stop_state *state)
{
    for (int i = 0; nh_stop_rules[i]; i++)
        if (nh_stop_rules[i]->reached(state))
            return i;
    return -1;
}

static size_t target(const struct nh_stop_state *s)
{
    const struct nh_limits *l = s->limits;
    if (s->count == 0)
        return 1;
    if (s->count < 5)
        return 5;
    if (s->count < l->min_samples)
        return l->min_samples;
    size_t wanted = s->count + s->count / 4 + 1;
    double fill = s->sampled_s > 0 ? (double)s->count * l->min_time_s / s->sampled_s : 0;
    if (fill < (double)wanted)
        return wanted;
    return fill < (double)l->max_samples ? (size_t)fill + 1 : l->max_samples;
}

size_t nh_stop_next_chunk(const struct nh_stop_state *s)
{
    size_t wanted = target(s);
    if (wanted > s->limits->max_samples)
        wanted = s->limits->max_samples;
    size_t chunk = wanted > s->count ? wanted - s->count : 1;
    double fit = (s->limits->max_time_s - s->elapsed_s) / 2 / s->sample_s;
    if (s->sample_s > 0 && fit < (double)chunk)
        chunk = fit < 1 ? 1 : (size_t)fit;
    return chunk;
}
