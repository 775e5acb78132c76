/* SPDX-License-Identifier: BSD-3-Clause */
#include "analysis/report/table.h"

#include <stdarg.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "analysis/dataset.h"

enum { PAGE_COLUMNS = 88 };

void nh_table_row(struct nh_table *t)
{
    const size_t row = NH_TABLE_COLUMNS * sizeof *t->cells;
    char(*grown)[NH_TABLE_CELL] = t->failed ? NULL : nh_grow(t->cells, t->rows, row);
    if (!grown) {
        t->failed = 1;
        return;
    }
    t->cells = grown;
    memset(t->cells + t->rows * NH_TABLE_COLUMNS, 0, row);
    t->rows++;
    t->used = 0;
}

void nh_table_cell(struct nh_table *t, const char *fmt, ...)
{
    if (t->failed || t->rows == 0 || t->used == NH_TABLE_COLUMNS)
        return;
    va_list args;
    va_start(args, fmt);
    vsnprintf(t->cells[(t->rows - 1) * NH_TABLE_COLUMNS + t->used++], NH_TABLE_CELL, fmt, args);
    va_end(args);
    t->columns = t->used > t->columns ? t->used : t->columns;
}

/* Characters, not bytes: UTF-8 continuation bytes take no column. */
static int width(const char *text)
{
    int n = 0;
    for (; *text; text++)
        n += ((unsigned char)*text & 0xc0) != 0x80;
    return n;
}

static void measure(const struct nh_table *t, int *widths)
{
    for (size_t c = 0; c < t->columns; c++) {
        widths[c] = 0;
        for (size_t r = 0; r < t->rows; r++) {
            int w = width(t->cells[r * NH_TABLE_COLUMNS + c]);
            widths[c] = w > widths[c] ? w : widths[c];
        }
    }
}

static void print_row(const struct nh_table *t, size_t row, FILE *out, int indent, size_t left,
                      const int *widths)
{
    int blanks = indent; /* written before the next text, so that no line ends in them */
    for (size_t c = 0; c < t->columns; c++) {
        const char *cell = t->cells[row * NH_TABLE_COLUMNS + c];
        int pad = widths[c] - width(cell);
        bool to_left = c < left || c + 1 == t->columns;
        blanks += to_left ? 0 : pad;
        if (*cell) {
            fprintf(out, "%*s%s", blanks, "", cell);
            blanks = 0;
        }
        blanks += to_left ? pad + 2 : 2;
    }
}

int nh_table_print(struct nh_table *t, FILE *out, int indent, size_t left, const char *head_on,
                   const char *head_off, struct nh_error *err)
{
    int widths[NH_TABLE_COLUMNS], failed = t->failed;
    if (!failed)
        measure(t, widths);
    for (size_t r = 0; !failed && r < t->rows; r++) {
        fputs(r == 0 ? head_on : "", out);
        print_row(t, r, out, indent, left, widths);
        fputs(r == 0 ? head_off : "", out);
        fputc('\n', out);
    }
    free(t->cells);
    *t = (struct nh_table){0};
    return failed ? nh_fail(err, NH_EFAIL, "out of memory while printing a table") : NH_OK;
}

void nh_print_wrapped(FILE *out, const char *first, const char *rest, const char *text)
{
    int column = fprintf(out, "%s", first);
    bool line_empty = true;
    while (*text) {
        size_t len = strcspn(text, " ");
        if (!line_empty && column + 1 + (int)len > PAGE_COLUMNS)
            column = fprintf(out, "\n%s", rest) - 1;
        else if (!line_empty)
            column += fprintf(out, " ");
        column += fprintf(out, "%.*s", (int)len, text);
        line_empty = false;
        text += len;
        text += strspn(text, " ");
    }
    fputc('\n', out);
}
