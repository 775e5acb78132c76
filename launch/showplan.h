/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef NH_SHOWPLAN_H
#define NH_SHOWPLAN_H

#include <stdbool.h>

#include "launch/launcher.h"
#include "launch/plan.h"

/** --dry-run: what would be done, with the exact commands; `folder` stands for the run
 *  folder. As text or as JSON, to stdout. */
int nh_show_plan(const struct nh_plan *plan, const struct nh_launcher *launcher,
                 const void *context, const char *folder, bool json, struct nh_error *err);

/** "30 launches (5 jobs x 6), up to 1 min 35 s": by the time caps; most end before, at the
 *  precision asked for. */
const char *nh_plan_words(const struct nh_plan *plan, char *buf, size_t len);

#endif
