/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef NH_ARGS_H
#define NH_ARGS_H

#include <stdbool.h>
#include <stddef.h>

#include "common/error.h"

/* A growing, NULL-terminated argument list that owns its strings. Zeroed is empty. */
struct nh_args {
    char **items;
    size_t count;
    bool failed; /* memory was short: looked at once, at the end */
};

void nh_args_add(struct nh_args *args, const char *fmt, ...) NH_PRINTF(2, 3);
/** Adds every string of a NULL-terminated list. */
void nh_args_extend(struct nh_args *args, char *const *list);
void nh_args_clear(struct nh_args *args);
/** The list as one line that a shell reads back to the same words; malloc'ed. */
char *nh_args_quoted(char *const *list);

#endif
