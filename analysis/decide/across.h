/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef NH_ACROSS_H
#define NH_ACROSS_H

#include "analysis/advice.h"
#include "analysis/price_choice.h"

/* The answer under every way to pay for a machine, with and without the licence: a way to pay
 * can change the best number of nodes. */
struct nh_way {
    char model[48];
    bool licence;           /* counted */
    size_t cheapest;        /* point */
    double seconds, amount; /* of it */
    /* Range in which the least cost may lie by curves between the points (candidates.h), and how
     * far below `amount`, relative; `from` is 0 where there are none. */
    long from_nodes, from_cores, to_nodes, to_cores;
    double gain;
};

enum { NH_WAYS_MAX = 2 * NH_PRICES_MAX };

struct nh_across {
    struct nh_way *ways;
    size_t count;
};

/** Adds a row for `terms` (which have a price), and one without the licence where there is one. */
int nh_across_add(const struct nh_scaling *s, const struct nh_cost_terms *terms,
                  struct nh_across *out, struct nh_error *err);
void nh_across_clear(struct nh_across *a);

/** Do all ways to pay have the same cheapest size? */
bool nh_across_agree(const struct nh_across *a);

#endif
