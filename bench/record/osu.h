/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef NH_RECORD_OSU_H
#define NH_RECORD_OSU_H

#include <stdio.h>

#include "common/record.h"

/*
 * A record as a line of the table that the OSU micro-benchmarks print, for scripts that read
 * theirs. The banner names nodehour and says that the figures are medians.
 */

/** NH_EINPUT when OSU has no benchmark of this kernel, whatever its parameters: said before
 * anything is measured. */
int nh_osu_check(const char *kernel, struct nh_error *err);

/** The banner and heads for the table of this record, printed to `out` when they differ from
 *  `last` (which holds the title printed last, 64 bytes); then its line. NH_EINPUT when OSU has
 *  no such benchmark. */
int nh_osu_print(FILE *out, const struct nh_record *r, const char *program, char *last,
                 struct nh_error *err);

#endif
