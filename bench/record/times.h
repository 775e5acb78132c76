/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef NH_RECORD_TIMES_H
#define NH_RECORD_TIMES_H

#include <jansson.h>
#include <stdio.h>

#include "bench/engine/times.h"
#include "bench/record/table.h"

/** The field `times` of a record (docs/records.md); NULL when there is nothing beside the
 *  samples. `placement` tells the host of a rank. */
json_t *nh_times_json(const struct nh_times *times, const json_t *placement);

/* The block of --times, under the table; times in microseconds. */
void nh_times_head(FILE *out, const struct nh_case *row);
void nh_times_line(FILE *out, const struct nh_case *row, const struct nh_times *times,
                   const json_t *placement);

#endif
