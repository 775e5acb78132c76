/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef NH_GOAL_H
#define NH_GOAL_H

#include <stdbool.h>

#include "common/error.h"

/* What the user wants of a run, as the options of `advise` and `report` say it. */
struct nh_goal_options { /* text; NULL: not given */
    char *deadline, *budget, *value_per_hour, *min_efficiency, *runs, *by, *max_nodes;
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

/** NH_EINPUT with the name of the option. */
int nh_goal_parse(const struct nh_goal_options *text, struct nh_goal *goal, struct nh_error *err);

/** Is any question asked, beyond a limit of nodes? */
bool nh_goal_asks(const struct nh_goal *goal);

#endif
