/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef NH_CARRIED_RECORDS_H
#define NH_CARRIED_RECORDS_H

#include <stdio.h>

#include "common/record.h"

/** Writes records as lines of JSON, each with what differs from the line before, without
 *  samples. Returns 0, or -1 when memory is short. */
int nh_records_shrink(FILE *out, const struct nh_record *records, size_t count);

/** Lines of whole records again. NH_EINPUT when a line is no object. */
int nh_records_expand(FILE *out, const char *data, size_t len, struct nh_error *err);

#endif
