/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef NH_GOAL_H
#define NH_GOAL_H

#include <popt.h>
#include <stdbool.h>
#include <stddef.h>

#include "common/error.h"

/* What the user wants of a run: the options of `advise` and `report` that say it, a table. */
enum {
    NH_GOAL_DEADLINE,
    NH_GOAL_BUDGET,
    NH_GOAL_VALUE,
    NH_GOAL_EFFICIENCY,
    NH_GOAL_RUNS,
    NH_GOAL_BY,
    NH_GOAL_MAX_NODES,
    NH_GOAL_OPTIONS
};

struct nh_goal_options {
    char *value[NH_GOAL_OPTIONS]; /* as typed; NULL: not given */
};

struct nh_goal {           /* 0: not asked for */
    double deadline_s;     /* of one run */
    double budget;         /* for one run */
    double value_per_hour; /* what an hour earlier is worth */
    double min_efficiency; /* 0..1 */
    long runs;             /* a campaign of so many */
    double by_s;           /* that ends after so long */
    long max_nodes;        /* at once */
};

/** Fills a popt table of NH_GOAL_OPTIONS entries and its end. */
void nh_goal_option_table(struct nh_goal_options *o, struct poptOption table[NH_GOAL_OPTIONS + 1]);

/** Option `i` as it is typed, "--deadline": for the command shown. */
const char *nh_goal_option_name(size_t i);

/** NH_EINPUT with the name of the option. */
int nh_goal_parse(const struct nh_goal_options *text, struct nh_goal *goal, struct nh_error *err);

#endif
