/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef NH_CLOSURE_H
#define NH_CLOSURE_H

#include <stdbool.h>

#include "bench/engine/clock.h"
#include "bench/engine/group.h"

/**
 * Collective: measures the offsets around up to eight triples a, b, c of the `n` ranks
 * `member` and checks |o_ab + o_bc + o_ca| <= the sum of their bounds. True clocks always
 * close; one that jumps, or is not one clock at all, does not. `consistent` is the same on
 * every rank; true when there are fewer than three.
 */
int nh_closure_check(const struct nh_group *group, const struct nh_clock *clock, const int *member,
                     int n, bool *consistent, struct nh_error *err);

#endif
