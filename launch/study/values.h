/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef NH_STUDY_VALUES_H
#define NH_STUDY_VALUES_H

#include "common/money.h"

/* Values of a study file that carry a unit (durations: units.h). Code NH_EINPUT. */

/** "40 USD" or "40": an amount, more than 0; without a currency it is USD. */
int nh_study_money(const char *text, struct nh_money *money, struct nh_error *err);

#endif
