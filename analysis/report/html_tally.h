/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef NH_HTML_TALLY_H
#define NH_HTML_TALLY_H

#include <jansson.h>
#include <stddef.h>
#include <stdio.h>

/*
 * Distinct values with the number of records that have them. The table is small and
 * fixed: thousands of records of one machine have few distinct values, and a page is
 * no place for thousands of rows. What does not fit is counted, not dropped silently.
 */
enum { NH_TALLY_ROWS = 48, NH_TALLY_KEY = 64, NH_TALLY_TEXT = 600 };

struct nh_tally {
    struct nh_tally_row {
        char key[NH_TALLY_KEY], value[NH_TALLY_TEXT];
        size_t count;
    } rows[NH_TALLY_ROWS];
    size_t row_count;
    size_t others; /* values seen that found no row */
};

/** Counts one value; longer texts are cut. */
void nh_tally_add(struct nh_tally *t, const char *key, const char *value);

/** The same for a JSON value, as text; null and empty values are left out. */
void nh_tally_json(struct nh_tally *t, const char *key, const json_t *value);

/** Writes a table sorted by key and value, or nothing when the tally is empty. A count is
 *  shown where it is not all of `records`. */
void nh_tally_write(FILE *out, struct nh_tally *t, const char *title, size_t records);

#endif
