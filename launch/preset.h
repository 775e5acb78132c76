/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef NH_PRESET_H
#define NH_PRESET_H

#include "launch/plan.h"

/* The jobs of the preset "local": one table line in preset.c for each kernel. */

/** Adds the jobs of the kernels asked for to the plan, without their time caps. */
int nh_preset_jobs(const struct nh_request *request, struct nh_plan *plan, struct nh_error *err);

/* For the table's functions; implemented in plan.c. */

/** A new job at the end of the plan, or NULL. Valid until the next one is added. */
struct nh_job *nh_plan_add(struct nh_plan *plan, int ranks, struct nh_error *err, const char *fmt,
                           ...) NH_PRINTF(4, 5);
/** Something that the user should know about the plan. */
void nh_plan_note(struct nh_plan *plan, const char *fmt, ...) NH_PRINTF(2, 3);

#endif
