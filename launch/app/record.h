/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef NH_APP_RECORD_H
#define NH_APP_RECORD_H

#include "launch/app/trial.h"

/** Appends the record of a launch that ended well to `path`: kernel "application", the solver's
 *  time in stats, both clocks in `derived` (docs/records.md). */
int nh_app_record(const struct nh_trial *trial, const struct nh_figures *figures, double job_s,
                  const char *path, struct nh_error *err);

#endif
