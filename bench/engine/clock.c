/* SPDX-License-Identifier: BSD-3-Clause */
#include "bench/engine/clock.h"

#include <stddef.h>
#include <time.h>

#include "common/stats.h"

enum { BLOCKS = 101, READS = 200 };

static int64_t monotonic_raw(void *context)
{
    struct timespec t;
    (void)context;
    clock_gettime(CLOCK_MONOTONIC_RAW, &t);
    return (int64_t)t.tv_sec * 1000000000 + t.tv_nsec;
}

static void nap(void *context, int64_t ns)
{
    struct timespec t = {.tv_sec = (time_t)(ns / 1000000000), .tv_nsec = (long)(ns % 1000000000)};
    (void)context;
    clock_nanosleep(CLOCK_MONOTONIC, 0, &t, NULL);
}

/* Reads the clock back to back; keeps the smallest step and returns the time of one
 * reading. Dividing a whole block keeps the cost right for a clock that is too coarse
 * to show the time between two readings. */
static double time_block(const struct nh_clock *clock, int64_t *smallest)
{
    int64_t first = clock->now(clock->context), last = first;
    for (int i = 0; i < READS; i++) {
        int64_t t = clock->now(clock->context);
        if (t > last && (*smallest == 0 || t - last < *smallest))
            *smallest = t - last;
        last = t;
    }
    return (double)(last - first) / READS;
}

/* A clock too coarse to step during a whole block: wait for the steps themselves. */
static int64_t wait_for_step(const struct nh_clock *clock)
{
    int64_t first = clock->now(clock->context), t = first;
    for (long i = 0; t == first && i < 10000000; i++)
        t = clock->now(clock->context);
    first = t;
    for (long i = 0; t == first && i < 10000000; i++)
        t = clock->now(clock->context);
    return t - first;
}

void nh_clock_calibrate(struct nh_clock *clock)
{
    double cost[BLOCKS];
    int64_t smallest = 0;
    for (int i = 0; i < BLOCKS; i++)
        cost[i] = time_block(clock, &smallest);
    if (smallest == 0)
        smallest = wait_for_step(clock);
    nh_sort(cost, BLOCKS);
    clock->cost_ns = nh_median_sorted(cost, BLOCKS);
    clock->resolution_ns = (double)smallest;
}

void nh_clock_monotonic(struct nh_clock *clock)
{
    *clock = (struct nh_clock){.source = "CLOCK_MONOTONIC_RAW", .now = monotonic_raw, .sleep = nap};
    nh_clock_calibrate(clock);
}
