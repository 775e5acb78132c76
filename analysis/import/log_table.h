/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef NH_LOG_TABLE_H
#define NH_LOG_TABLE_H

#include "analysis/import/lines.h"
#include "analysis/import/log.h"

/* A table in text: a line of heads says what the words of the lines below it are. */
struct nh_log_column {
    const char *head; /* its first letters */
    enum nh_log_value value;
    double unit; /* of the printed number, in ns, bytes, bytes/s */
};

struct nh_log_table {
    const struct nh_log_column *columns;               /* up to a head of NULL */
    const struct nh_log_column *places[NH_LINE_WORDS]; /* of each word; NULL: nobody reads it */
    int count;                                         /* words of a line; 0 without a head */
};

/** Reads a line of heads that are parted by `gap` blanks; splits `text` in place. False, and
 *  the table is as it was, when it names no value. */
bool nh_log_table_heads(struct nh_log_table *table, char *text, int gap);

/** Fills `row` from `n` words. NULL, or the word that is no number. */
const char *nh_log_table_cells(const struct nh_log_table *table, char *const *words, int n,
                               struct nh_log_row *row);

/** A line of the table becomes a row of `series`; damage as in nh_log_damage. */
int nh_log_table_row(const struct nh_log_table *table, struct nh_log *log,
                     struct nh_log_series *series, char *text, long line, bool skip_damaged,
                     struct nh_error *err);

#endif
