/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef NH_SHARES_H
#define NH_SHARES_H

#include <stdbool.h>
#include <stddef.h>

#include "analysis/pop.h"
#include "common/record.h"

/* What each rank did with its time, from the records that say it (`detail.ranks`). One entry
 * a launch; times are those of one iteration. */
struct nh_share {
    size_t app; /* index in the set */
    long nodes, cores;
    struct nh_pop_run run;
};

struct nh_shares {
    struct nh_share *items;
    size_t count;
};

/** Adds what a record says of its ranks, if anything. False when memory is short. */
bool nh_shares_add(struct nh_shares *shares, size_t app, const struct nh_record *r);
void nh_shares_clear(struct nh_shares *shares);

/** To be called when all are added and before any run is asked for. */
void nh_shares_order(struct nh_shares *shares);

/** The run of one size of an application: medians over its launches. False when no record of
 *  it has shares. NaN entries of launches stay NaN. */
bool nh_shares_run(const struct nh_shares *shares, size_t app, long nodes, long cores,
                   struct nh_pop_run *out);

#endif
