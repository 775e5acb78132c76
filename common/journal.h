/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef NH_JOURNAL_H
#define NH_JOURNAL_H

#include <stdbool.h>
#include <stddef.h>

#include "common/error.h"

/*
 * Files that survive kill -9 and a full disk.
 *
 * Append: whole lines by one write() under a lock; a short write (disk full) is
 * undone by truncating, so that no reader ever sees half a line of ours. A torn
 * last line left by somebody else (power loss) is closed with a newline first.
 *
 * Replace: a new file is written beside the old one, synced, and renamed over it.
 */

/** Appends `len` bytes (complete lines, last byte '\n') to `path`, creating it. */
int nh_journal_append(const char *path, const char *data, size_t len, struct nh_error *err);

/** Writes the whole file atomically; a link is followed, a device or pipe just written to.
 *  Code NH_EINPUT where the path is the reason, NH_EFAIL where the disk is. */
int nh_file_replace(const char *path, const char *data, size_t len, struct nh_error *err);

/** Reads a whole file; `*data` is malloc'ed and NUL-terminated. Refuses directories,
 *  more than 1 GiB, and a line of more than 64 MiB at its end. Code NH_EINPUT, with the
 *  path in the text. */
int nh_file_read(const char *path, char **data, size_t *len, struct nh_error *err);

/** mkdir -p. */
int nh_make_dirs(const char *path, struct nh_error *err);

#endif
