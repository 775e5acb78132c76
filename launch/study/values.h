/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef NH_STUDY_VALUES_H
#define NH_STUDY_VALUES_H

#include "common/money.h"

/* Values of a study file that carry a unit. Code NH_EINPUT. */

/** "90s", "10min", "2h", "1h30min", "1.5d" to seconds, more than 0. */
int nh_study_duration(const char *text, double *seconds, struct nh_error *err);

/** "40 USD" or "40": an amount, more than 0; without a currency it is USD. */
int nh_study_money(const char *text, struct nh_money *money, struct nh_error *err);

#endif
