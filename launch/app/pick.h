/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef NH_APP_PICK_H
#define NH_APP_PICK_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>

#include "common/error.h"

/*
 * Numbers that a program printed: by a POSIX extended regular expression with one group, which
 * must match once in all lines, or by a path into JSON ("jobs[0].read.bw_bytes"). A number that
 * is not there, is there twice, or is no finite number is an error and never a guess.
 * Code NH_EINPUT; the text says what was looked for and what was found.
 */

enum nh_pick_which { NH_PICK_ONLY, NH_PICK_FIRST, NH_PICK_LAST };

/** `text` may hold anything but must end with NUL at `len`; lines are looked at one by one. */
int nh_pick_regex(const char *text, size_t len, const char *regex, enum nh_pick_which which,
                  double *value, struct nh_error *err);

/** Text before the first line that begins with { or [ is passed over, and so is what follows. */
int nh_pick_json(const char *text, size_t len, const char *path, double *value,
                 struct nh_error *err);

/** All matches in order: one group gives `values`, two give `steps` as well. Both malloc'ed;
 *  `count` may be 0. */
int nh_pick_all(const char *text, size_t len, const char *regex, double **steps, double **values,
                size_t *count, struct nh_error *err);

/** Whether some line matches. `line`, where not NULL, gets the first one. */
int nh_pick_matches(const char *text, size_t len, const char *regex, bool *found, char *line,
                    size_t room, struct nh_error *err);

/** Compiles, and has `least` to `most` groups. */
int nh_pick_check_regex(const char *regex, size_t least, size_t most, struct nh_error *err);

/** The path can be read: names, [index], dots between them. */
int nh_pick_check_path(const char *path, struct nh_error *err);

#endif
