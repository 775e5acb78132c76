/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef NH_STUDY_MATRIX_H
#define NH_STUDY_MATRIX_H

#include <stdio.h>

#include "launch/study/study.h"

/* What `nodehour plan` prints: every run, and what all of them may take and cost. */

int nh_study_print(const struct nh_study *study, const struct nh_plan *plan, FILE *out,
                   struct nh_error *err);
/** The same as JSON; new reference. */
json_t *nh_study_plan_json(const struct nh_study *study, const struct nh_plan *plan);

#endif
