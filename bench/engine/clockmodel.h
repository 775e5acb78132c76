/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef NH_CLOCKMODEL_H
#define NH_CLOCKMODEL_H

#include <stddef.h>
#include <stdint.h>

#include "common/error.h"

/*
 * How a clock differs from a reference: off(t) = offset + slope (t - t0), and the
 * reference's time is t - off(t). Centred at t0, and whole nanoseconds apart from the
 * slope: offsets of 10^18 ns (an epoch) have no room in a double, whose last bit is
 * 128 ns there, and an uncentred slope would be multiplied by the uptime.
 */
struct nh_clock_model {
    int64_t t0;     /* on this clock, ns */
    int64_t offset; /* this clock minus the reference at t0, ns */
    double slope;   /* 1e-6: gains a microsecond a second */
};

/** The reference's time when this clock shows `t`. */
int64_t nh_model_global(const struct nh_clock_model *model, int64_t t);

/* One measured offset. It lies in [lo, hi], whatever the way of the messages. */
struct nh_offset {
    int64_t lo, hi; /* client minus reference at `stamp`, ns */
    int64_t stamp;  /* client's clock at the quickest exchange */
    int64_t rtt;    /* of that exchange, ns */
    int64_t bound;  /* of the reference's own time against the root, ns */
};

/** Middle of the interval. */
int64_t nh_offset_mid(const struct nh_offset *offset);

/**
 * Line through `n` offsets: slope by Theil and Sen (the median over all pairs), height by
 * the median residual. `spread_ns` gets the residuals' MAD (x 1.4826), 0 for one point.
 * NH_EFAIL when memory is short.
 */
int nh_model_fit(const struct nh_offset *points, size_t n, struct nh_clock_model *out,
                 double *spread_ns, struct nh_error *err);

#endif
