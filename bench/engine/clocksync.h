/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef NH_CLOCKSYNC_H
#define NH_CLOCKSYNC_H

#include <stdbool.h>
#include <stdint.h>

#include "bench/engine/clock.h"
#include "bench/engine/clockmodel.h"
#include "bench/engine/group.h"

/*
 * One time for all ranks: that of rank 0's clock. Of each host one rank, the leader, is
 * compared with others; the ranks beside it read the same clock, which is checked, not
 * assumed: a rank whose offset to its leader cannot be 0 takes part on its own.
 *
 * The slope of a clock is fitted once, from offsets spread over a second: by Jones and
 * Koenig's way for up to 64 clocks, by HCA3 for more. Its height is measured again before
 * and after each measurement; in between the offset is interpolated.
 */
struct nh_global_clock;

struct nh_clocksync_options {
    bool each_rank;    /* every rank's clock on its own, as if each were a host */
    int star_most;     /* clocks up to which rank 0 serves all: 64 */
    int fit_points;    /* offsets for a slope, 2 to 1000: 100 */
    double fit_span_s; /* and the time over which they are spread: 1 */
};
void nh_clocksync_options_default(struct nh_clocksync_options *options);

/* How far the common time can be trusted. The same on every rank. */
struct nh_clock_quality {
    const char *method;     /* "shared": one clock; "jk"; "hca3" */
    int clocks;             /* compared with each other */
    double bound_ns;        /* no rank's time is further from rank 0's, whatever the network */
    double spread_ns;       /* largest MAD of the residuals of a fit: typical, not certain */
    double disagreement_ns; /* largest gap between the time expected and the time found after */
    double hop_ns;          /* half of the quickest round trip between two clocks, 0 for one */
    bool consistent;        /* offsets around triples of clocks add up to 0 within bounds */
};

/** Allocates; compares nothing yet. `group` and `clock` must outlive it. NULL: no memory. */
struct nh_global_clock *nh_global_clock_new(const struct nh_group *group,
                                            const struct nh_clock *clock,
                                            const struct nh_clocksync_options *options);
void nh_global_clock_free(struct nh_global_clock *global);

/** Collective, before a measurement: fits when called for the first time, then measures
 *  the offsets. NH_EFAIL on every rank when a clock stepped. */
int nh_global_clock_before(struct nh_global_clock *global, struct nh_error *err);

/** Collective, after it: measures the offsets again; `quality` covers both ends. */
int nh_global_clock_after(struct nh_global_clock *global, struct nh_clock_quality *quality,
                          struct nh_error *err);

/** How far this rank's common time may be from rank 0's clock, ns: the half-widths of the
 *  offsets from rank 0 to here, added up; of the last measurement. */
int64_t nh_global_clock_bound(const struct nh_global_clock *global);

/** Common time now, and when this rank's clock showed `t`: by the last offset and slope. */
int64_t nh_global_clock_now(const struct nh_global_clock *global);
int64_t nh_global_clock_at(const struct nh_global_clock *global, int64_t t);

/** The same for a `t` between before and after, interpolated; after `after`. */
int64_t nh_global_clock_between(const struct nh_global_clock *global, int64_t t);

#endif
