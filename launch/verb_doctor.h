/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef NH_VERB_DOCTOR_H
#define NH_VERB_DOCTOR_H

#include "common/cli.h"

extern const struct nh_verb nh_verb_doctor;

#endif
