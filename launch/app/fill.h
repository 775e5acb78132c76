/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef NH_APP_FILL_H
#define NH_APP_FILL_H

#include <stdbool.h>
#include <stddef.h>

#include "common/error.h"

/*
 * Placeholders of an application: "{ranks}" in a word is replaced by a value. Twice: names of the
 * combination when the plan is made, names of the launch ({workdir}) when it begins. "{{" and
 * "}}" stand for braces; they become single ones the second time.
 */
struct nh_fill_name {
    const char *name, *text; /* text is NULL: known later, left as it stands */
};

/** `*out` is malloc'ed. `last`: the second time, when nothing may be left. Code NH_EINPUT: an
 *  unknown name (the nearest one is said), or a brace without its other one. */
int nh_fill(const char *text, const struct nh_fill_name *names, size_t count, bool last, char **out,
            struct nh_error *err);

/** True when `text` has the placeholder. */
bool nh_fill_mentions(const char *text, const char *name);

#endif
