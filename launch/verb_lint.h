/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef NH_VERB_LINT_H
#define NH_VERB_LINT_H

#include "common/cli.h"

/* Faults in users' own job definitions, templates, cluster files and batch scripts. */
extern const struct nh_verb nh_verb_lint;

#endif
