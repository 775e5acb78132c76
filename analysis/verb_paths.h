/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef NH_VERB_PATHS_H
#define NH_VERB_PATHS_H

#include "common/error.h"

/* Arguments of verbs that name inputs: a run folder stands for the records in it. */
extern const char nh_records_name[];

struct nh_input_paths {
    char **files; /* NULL-terminated */
};

/** NH_EINPUT when there is none. */
int nh_input_paths(int n, char *const *given, struct nh_input_paths *out, struct nh_error *err);
void nh_input_paths_clear(struct nh_input_paths *p);

#endif
