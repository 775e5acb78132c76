/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef NH_JSONLINE_H
#define NH_JSONLINE_H

#include <stddef.h>

/** Line (from 1) in which item `index` of the list at `key` of the outermost object begins;
 *  of the last item that there is, or 1. `text` is JSON that has been parsed without error:
 *  parsers do not keep lines, and an error in a large file needs one. */
size_t nh_json_line_of(const char *text, const char *key, size_t index);

#endif
