/* SPDX-License-Identifier: BSD-3-Clause */
#include "analysis/report/chart_data.h"

#include <ctype.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { MOST_ROWS = 60 }; /* of the table; the CSV has all */

/* ---- CSV in a data: URI ---- */

/* RFC 3986: what is neither unreserved nor allowed in a query is written as %XX; "&" and quotes
 * too, so that the attribute needs no further escaping. */
static void write_uri_byte(FILE *out, unsigned char c)
{
    if (isalnum(c) || (c != '\0' && strchr("-._~,:;/()!*", c) != NULL))
        fputc(c, out);
    else
        fprintf(out, "%%%02X", c);
}

static void write_uri(FILE *out, const char *text)
{
    for (; *text != '\0'; text++)
        write_uri_byte(out, (unsigned char)*text);
}

/* RFC 4180. */
static void write_csv_cell(FILE *out, const char *cell)
{
    bool quoted = strpbrk(cell, ",\"\n\r") != NULL;
    write_uri(out, quoted ? "\"" : "");
    for (; *cell != '\0'; cell++) {
        write_uri(out, *cell == '"' ? "\"" : "");
        write_uri_byte(out, (unsigned char)*cell);
    }
    write_uri(out, quoted ? "\"" : "");
}

static const char *cell_of(const struct nh_table *t, size_t row, size_t column)
{
    return t->cells[row * NH_TABLE_COLUMNS + column];
}

static void write_link(FILE *out, const char *id, const struct nh_table *t)
{
    fprintf(out, "<p><a download=\"%s.csv\" href=\"data:text/csv;charset=utf-8,", id);
    for (size_t r = 0; r < t->rows; r++) {
        for (size_t c = 0; c < t->columns; c++) {
            fputs(c > 0 ? "," : "", out);
            write_csv_cell(out, cell_of(t, r, c));
        }
        write_uri(out, "\r\n");
    }
    fprintf(out, "\">Save as CSV</a> (%zu row%s)</p>\n", t->rows - 1, t->rows == 2 ? "" : "s");
}

/* ---- The table ---- */

static void write_row(FILE *out, const struct nh_table *t, size_t row)
{
    fputs("<tr>", out);
    for (size_t c = 0; c < t->columns; c++) {
        fputs(row == 0 ? "<th scope=\"col\">" : c == 0 ? "<th scope=\"row\">" : "<td>", out);
        nh_write_escaped(out, cell_of(t, row, c));
        fputs(row == 0 || c == 0 ? "</th>" : "</td>", out);
    }
    fputs("</tr>\n", out);
}

static void write_rows(FILE *out, const char *title, const struct nh_table *t)
{
    fputs("<div class=\"scroll\" tabindex=\"0\" role=\"region\" aria-label=\"Data of: ", out);
    nh_write_escaped(out, title);
    fputs("\"><table><thead>", out);
    write_row(out, t, 0);
    fputs("</thead><tbody>", out);
    for (size_t r = 1; r < t->rows && r <= MOST_ROWS; r++)
        write_row(out, t, r);
    fputs("</tbody></table></div>\n", out);
    if (t->rows > MOST_ROWS + 1)
        fprintf(out, "<p>The first %d rows; the CSV file has all.</p>\n", MOST_ROWS);
}

void nh_data_write(FILE *out, const char *id, const char *title, struct nh_table *t)
{
    if (!t->failed && t->rows > 1) {
        fputs("<details class=\"data\"><summary>Data</summary>\n", out);
        write_rows(out, title, t);
        write_link(out, id, t);
        fputs("</details>\n", out);
    }
    free(t->cells);
    *t = (struct nh_table){0};
}

/* ---- Of a chart ---- */

static void value_cell(struct nh_table *t, double value)
{
    if (isfinite(value))
        nh_table_cell(t, "%.6g", value);
    else
        nh_table_cell(t, "%s", "");
}

static bool has_whiskers(const struct nh_chart *c)
{
    for (size_t s = 0; s < c->series_count; s++)
        for (size_t i = 0; i < c->series[s].count; i++)
            if (isfinite(c->series[s].points[i].lo))
                return true;
    return false;
}

static void add_point(struct nh_table *t, const char *name, const struct nh_chart_point *point,
                      bool whiskers)
{
    if (!isfinite(point->x) || !isfinite(point->y))
        return;
    nh_table_row(t);
    nh_table_cell(t, "%.*s", NH_TABLE_CELL - 1, name);
    value_cell(t, point->x);
    value_cell(t, point->y);
    if (whiskers) {
        value_cell(t, point->lo);
        value_cell(t, point->hi);
    }
}

static void add_series(struct nh_table *t, const struct nh_chart_series *s, bool whiskers)
{
    for (size_t i = 0; i < s->count; i++)
        add_point(t, s->name != NULL ? s->name : "", &s->points[i], whiskers);
}

/* Measured values before single launches, and guides last. */
static int rank_of(const struct nh_chart_series *s)
{
    if (s->faint)
        return 1;
    return s->markers ? 0 : 2;
}

void nh_chart_data(FILE *out, const struct nh_chart *chart)
{
    struct nh_table t = {0};
    bool whiskers = has_whiskers(chart);
    nh_table_row(&t);
    nh_table_cell(&t, "series");
    nh_table_cell(&t, "%s", chart->x_label);
    nh_table_cell(&t, "%s", chart->y_label);
    if (whiskers) {
        nh_table_cell(&t, "low");
        nh_table_cell(&t, "high");
    }
    for (int rank = 0; rank < 3; rank++)
        for (size_t s = 0; s < chart->series_count; s++)
            if (rank_of(&chart->series[s]) == rank)
                add_series(&t, &chart->series[s], whiskers);
    nh_data_write(out, chart->id, chart->title, &t);
}
