/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef NH_IMPORT_RUNS_GROUP_H
#define NH_IMPORT_RUNS_GROUP_H

#include "analysis/dataset.h"

/** Reads the runs of one log. NH_EINPUT as nh_runs_parse_fn. */
int nh_runs_read(const char *path, nh_runs_parse_fn parse, const struct nh_given *given,
                 struct nh_app_runs *runs, struct nh_error *err);

/**
 * Makes applications of set->runs and empties it: reads the logs that tables name, takes the
 * cells of a mesh's log for the runs in its folder, and asks (NH_EINPUT, with the option to
 * give) for what neither a log nor the user says: nodes, and strong or weak scaling where logs
 * are of several sizes.
 */
int nh_runs_group(struct nh_dataset *set, struct nh_error *err);

#endif
