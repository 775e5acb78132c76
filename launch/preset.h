/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef NH_PRESET_H
#define NH_PRESET_H

#include "launch/plan.h"

/* The jobs of the preset "local": one table line in preset.c for each kernel. */

/** Adds the jobs of the kernels asked for to the plan, without their time caps. */
int nh_preset_jobs(const struct nh_request *request, struct nh_plan *plan, struct nh_error *err);

#endif
