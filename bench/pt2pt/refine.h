/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef NH_REFINE_H
#define NH_REFINE_H

#include <stddef.h>

/*
 * Where between measured sizes the next one tells most. Libraries change protocol at some
 * size: time jumps there, or its slope does. On logarithmic axes an interval that holds a
 * switch has another slope than both of its neighbours,
 *
 *     bend_i = min(|s_i - s_{i-1}|, |s_i - s_{i+1}|) w_i,
 *     s_i = ln(t_{i+1} / t_i) / w_i,   w_i = ln(x_{i+1} / x_i)
 *
 * which is the height of a jump whatever the width of the interval, so that halving it again
 * and again closes in on the jump, while a smooth curve loses its bend with each halving. The
 * first and the last interval have one neighbour only and are not refined. A size
 * whose time is 1.5 times that of both neighbours was disturbed, and is no switch.
 */
struct nh_timed_size {
    size_t size; /* bytes; 0 is left out of account */
    double ns;
};

/* An interval whose bend is below this (as a share of time) is noise, not a switch. */
#define NH_REFINE_LEAST 0.04

/**
 * The size to measure next, a multiple of `unit` in the middle (geometric) of the interval
 * that bends most; 0 when no interval that can still be halved bends by NH_REFINE_LEAST.
 * `points` ascend by size, n of them, each time > 0.
 */
size_t nh_refine_next(const struct nh_timed_size *points, size_t n, size_t unit);

#endif
