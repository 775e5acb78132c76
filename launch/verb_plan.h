/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef NH_VERB_PLAN_H
#define NH_VERB_PLAN_H

#include "common/cli.h"

/** `nodehour plan`: what a study would do, take and cost. */
extern const struct nh_verb nh_verb_plan;

#endif
