/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef NH_PATHS_H
#define NH_PATHS_H

#include <stddef.h>

#include "common/error.h"

/* A build tree and an installation have the same shape (bin/, share/nodehour/), so
 * files are found from the place of the running program, with no path compiled in. */

enum { NH_PATH_MAX = 4096 };

/** Path of a data file: $NODEHOUR_DATA/name, else <bin>/../share/nodehour/name. */
int nh_data_path(const char *name, char *buf, size_t len, struct nh_error *err);

/** Path of a sibling program in the directory of the running one. */
int nh_program_path(const char *name, char *buf, size_t len, struct nh_error *err);

/** snprintf for paths: NH_EINPUT when the result does not fit. */
int nh_path(char *buf, size_t len, struct nh_error *err, const char *fmt, ...) NH_PRINTF(4, 5);

#endif
