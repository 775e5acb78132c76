/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef NH_VERB_MACHINE_H
#define NH_VERB_MACHINE_H

#include "common/cli.h"

/* Files that launch nodehour on one machine of the catalog. */
extern const struct nh_verb nh_verb_machine;

#endif
