/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef NH_VERB_RUN_H
#define NH_VERB_RUN_H

#include "common/cli.h"

/** `nodehour run`: measures this machine and makes the report. */
extern const struct nh_verb nh_verb_run;

#endif
