/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef NH_RECORD_TABLE_H
#define NH_RECORD_TABLE_H

#include <stdio.h>

#include "bench/engine/engine.h"

/* How a measurement looks in the table. */
struct nh_case {
    const char *column;    /* head of the first column: "size_B"; a change starts a new table */
    const char *label;     /* its text on this line: "8" */
    const char *rate_key;  /* key in `derived` for the last column, or NULL */
    const char *rate_head; /* its head with the unit: "GB/s" */
    double rate_unit;      /* what one unit of the head is: 1e9 */
};

/* The readable table: times in microseconds per operation, "-" for what the sample
 * cannot support. Lines that are no results begin with '#'. */
void nh_table_head(FILE *out, const struct nh_case *row);
void nh_table_line(FILE *out, const struct nh_case *row, const struct nh_series *series,
                   double rate);

#endif
