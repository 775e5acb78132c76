/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef NH_DOCTOR_BEFORE_H
#define NH_DOCTOR_BEFORE_H

#include "launch/launcher.h"
#include "launch/plan.h"
#include "launch/rundir.h"

/**
 * The doctor before a study: looks at every node that the launcher may use, keeps the report as
 * doctor.json in the run folder, and sums it up for people in `summary` ("" when all is ok).
 * NH_EPREFLIGHT when something fails; nothing was started then. What a node should have is
 * told by its own instance type, not by the study.
 *
 * A plan for one node does not need EFA; and a plan that is expected to take less than 100 s is
 * not delayed by the second that the measurement of noise takes.
 */
int nh_doctor_before(const struct nh_plan *plan, const struct nh_launcher *launcher,
                     const void *context, const struct nh_rundir *dir, char *summary, size_t len,
                     struct nh_error *err);

#endif
