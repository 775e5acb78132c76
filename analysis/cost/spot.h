/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef NH_SPOT_H
#define NH_SPOT_H

#include "common/catalog.h"

/*
 * Runs on spot instances. An MPI run ends when any of its nodes is taken back, so with n
 * nodes it is interrupted at rate L = n r. Work is saved every c seconds, which takes o; after
 * an interruption the run begins again at the last checkpoint, after R seconds to get nodes.
 * A segment needs c + o seconds undisturbed, so it is tried e^{L(c+o)} times on average, and
 *
 *   E[t] = (T / c) (e^{L(c+o)} - 1) (1/L + R)
 *
 * (renewal argument; no interruption during R). Without checkpoints c = T and o = 0.
 */
struct nh_spot {
    double interruptions_per_node_hour;
    double checkpoint_interval_s; /* c; 0: no checkpoints */
    double checkpoint_cost_s;     /* o */
    double restart_s;             /* R */
    /* USD per node-hour that the price is below for 0, 10, ... 100 % of the time; all 0 when
     * only its mean is known. */
    double price_deciles[NH_PRICE_DECILES];
};

/** Expected length of a run that takes job_s undisturbed. */
double nh_spot_expected_s(const struct nh_spot *s, long nodes, double job_s);

/** Length that a share `q` (0..1) of runs stays within; INFINITY where more than a thousand
 *  interruptions are expected. The number of interruptions is negative binomial; the time
 *  lost in them is exact for one, and normal for more. */
double nh_spot_quantile_s(const struct nh_spot *s, long nodes, double job_s, double q);

/** The interval with the least expected time; 0 when no checkpoint at all is better, or when
 *  saving costs nothing (then the shorter the better). */
double nh_spot_best_interval_s(const struct nh_spot *s, long nodes, double job_s);

/** Interruptions per node-hour above which checkpoints as given shorten a run; INFINITY when
 *  none does (the interval is no shorter than the run), 0 when checkpoints are free. */
double nh_spot_rate_for_checkpoints(const struct nh_spot *s, long nodes, double job_s);

#endif
