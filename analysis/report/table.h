/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef NH_TABLE_H
#define NH_TABLE_H

#include <stddef.h>
#include <stdio.h>

#include "common/error.h"

/* A plain-text table whose columns are as wide as their widest cell. The first row is
 * the head; a row is filled from the left. */
enum { NH_TABLE_COLUMNS = 24, NH_TABLE_CELL = 64 };

struct nh_table {
    char (*cells)[NH_TABLE_CELL]; /* NH_TABLE_COLUMNS of them for each row */
    size_t rows, used;            /* used: cells filled in the last row */
    size_t columns;               /* of the widest row */
    int failed;                   /* memory was short; told by nh_table_print */
};

void nh_table_row(struct nh_table *t);
/** Adds a cell to the last row; cells beyond the last column are dropped. */
void nh_table_cell(struct nh_table *t, const char *fmt, ...) NH_PRINTF(2, 3);

/**
 * Prints with two spaces between columns and `indent` before each row: the first
 * `left` columns and the last one left-aligned, the others right-aligned. Frees the
 * cells. `head_on` and `head_off` surround the head (colour).
 */
int nh_table_print(struct nh_table *t, FILE *out, int indent, size_t left, const char *head_on,
                   const char *head_off, struct nh_error *err);

/** Paragraph wrapped to 88 columns; `first` and `rest` are indents of its lines. */
void nh_print_wrapped(FILE *out, const char *first, const char *rest, const char *text);

#endif
