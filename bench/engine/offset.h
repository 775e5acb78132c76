/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef NH_OFFSET_H
#define NH_OFFSET_H

#include "bench/engine/clock.h"
#include "bench/engine/clockmodel.h"
#include "bench/engine/group.h"

/*
 * Offset between the clocks of two ranks by bounds, as SKaMPI does (Worsch, Reussner,
 * Augustin 2002). The reference asks at s1, the client answers with its time t, the
 * answer is there at s2. The client's clock showed t between s1 and s2, so its offset is
 * between t - s2 and t - s1, however unlike the two ways are. Of 8 to 100 exchanges the
 * narrowest bounds count; they end early when one is within a tenth of the quickest.
 *
 * While they last the clocks drift apart: the interval is widened by NH_DRIFT_MAX times
 * that while.
 */
enum { NH_EXCHANGES_LEAST = 8, NH_EXCHANGES_MOST = 100 };
#define NH_DRIFT_MAX 100e-6 /* oscillators are specified to some 50 ppm each */

/** The reference's side. Its clock is read through `model` (all zero: as it is), which is
 *  right within `bound` ns. NH_EFAIL when a clock stepped: the bounds contradict. */
int nh_offset_serve(const struct nh_group *group, const struct nh_clock *clock,
                    const struct nh_clock_model *model, int64_t bound, int client,
                    struct nh_offset *out, struct nh_error *err);

/** The client's side, at the same time; gets the same result and code. */
int nh_offset_learn(const struct nh_group *group, const struct nh_clock *clock, int reference,
                    struct nh_offset *out, struct nh_error *err);

#endif
