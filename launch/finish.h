/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef NH_FINISH_H
#define NH_FINISH_H

#include <stdbool.h>

#include "analysis/cost/options.h"
#include "launch/run.h"
#include "launch/screen/before.h"

/* The end of a run: page, summary, and what to do next. */
struct nh_finish {
    const struct nh_rundir *dir;
    const struct nh_run_result *result;
    const struct nh_screened *screened;
    const char *machine, *price_models, *license_per_hour; /* for the report, NULL: default */
    struct nh_cost_options cost;                           /* as the study has them */
    char **command;                                        /* of this process */
    bool make_report, json, quiet, quick;
};

/** Makes the report and prints the end of the output to stdout. Without any records there
 *  is no report. */
int nh_finish(const struct nh_finish *f, struct nh_error *err);

#endif
