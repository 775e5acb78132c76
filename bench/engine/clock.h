/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef NH_CLOCK_H
#define NH_CLOCK_H

#include <stdint.h>

/* The clock is given to the engine, so that tests run it on simulated time. */
struct nh_clock {
    const char *source;
    int64_t (*now)(void *context); /* nanoseconds from an arbitrary start, never backwards */
    /** Lets about `ns` pass without reading the clock over and over; untimed code only. */
    void (*sleep)(void *context, int64_t ns);
    void *context;
    double resolution_ns; /* smallest step seen */
    double cost_ns;       /* median time of one reading */
};

/** CLOCK_MONOTONIC_RAW (not slewed by NTP), with measured resolution and cost. */
void nh_clock_monotonic(struct nh_clock *clock);

/** Measures resolution and cost of a clock whose `now` and `context` are set, by some
 *  20,000 readings (half a millisecond for a clock of 25 ns). */
void nh_clock_calibrate(struct nh_clock *clock);

#endif
