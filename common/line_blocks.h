/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef NH_LINE_BLOCKS_H
#define NH_LINE_BLOCKS_H

#include <stddef.h>

#include "common/error.h"

/*
 * A file of lines of any length in all, read in blocks of whole lines, so that memory does not
 * grow with it. A block holds many lines, or one long one.
 */
enum { NH_BLOCK_BYTES = 8 << 20, NH_LONGEST_LINE = 64 << 20 };

/** Lines from `from` to `to`, the first of them numbered `line`; `*to` can be read and is 0. */
typedef int (*nh_block_fn)(void *context, const char *from, const char *to, size_t line,
                           struct nh_error *err);

/** Gives the blocks of a file to `use` until it fails. NH_EINPUT when the file cannot be read
 *  or a line is longer than NH_LONGEST_LINE. */
int nh_line_blocks(const char *path, nh_block_fn use, void *context, struct nh_error *err);

#endif
