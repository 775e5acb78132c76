/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef NH_JSON_TEXT_H
#define NH_JSON_TEXT_H

#include <jansson.h>

#include "analysis/import/log_table.h"

/* A benchmark's JSON file, with its text: parsed values do not know their lines. */
struct nh_json_file {
    json_t *root; /* owned by the caller of nh_json_open */
    const char *data;
    size_t len;
};

/** Parses the first object in the text; tools print notes before and after it. NH_EINPUT
 *  ("NAME:LINE: ...") when it is no JSON. */
int nh_json_open(const char *name, const char *data, size_t len, struct nh_json_file *file,
                 struct nh_error *err);

/** Line of the occurrence number `index` (from 0) of `text`; the last one when there are fewer;
 *  1 when there is none. */
long nh_json_line(const struct nh_json_file *file, const char *text, size_t index);

#endif
