/* SPDX-License-Identifier: BSD-3-Clause */
#include "analysis/report/chart_data.h"

#include <ctype.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "common/stats.h"

/* Rows of the table (the CSV has all); single values of a chart that both give; points of a curve
 * that both give. */
enum { MOST_ROWS = 30, MOST_SINGLE = 50, MOST_OF_CURVE = 8 };

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
        write_uri(out, "\n"); /* alone: every byte of an end of line takes three here */
    }
    fprintf(out, "\">Save as CSV</a> (%zu row%s)</p>\n", t->rows - 1, t->rows == 2 ? "" : "s");
}

/* ---- The table ---- */

/* Rows from this one on that have the same first cell, of those that are shown. */
static size_t alike(const struct nh_table *t, size_t row, size_t end)
{
    size_t to = row + 1;
    while (to < end && strcmp(cell_of(t, to, 0), cell_of(t, row, 0)) == 0)
        to++;
    return to - row;
}

/* The name of a series stands once, beside all of its rows. HTML lets the ends of cells and rows go
 * unwritten. */
static void write_row(FILE *out, const struct nh_table *t, size_t row, size_t beside)
{
    fputs("<tr>", out);
    if (beside > 1)
        fprintf(out, "<th scope=\"rowgroup\" rowspan=\"%zu\">", beside);
    else if (beside == 1)
        fputs("<th scope=\"row\">", out);
    if (beside > 0)
        nh_write_escaped(out, cell_of(t, row, 0));
    for (size_t c = 1; c < t->columns; c++) {
        fputs("<td>", out);
        nh_write_escaped(out, cell_of(t, row, c));
    }
    putc('\n', out);
}

static void write_head(FILE *out, const struct nh_table *t)
{
    fputs("<thead><tr>", out);
    for (size_t c = 0; c < t->columns; c++) {
        fputs("<th scope=\"col\">", out);
        nh_write_escaped(out, cell_of(t, 0, c));
    }
    fputs("</thead>", out);
}

static void write_rows(FILE *out, const char *title, const struct nh_table *t)
{
    fputs("<div class=\"scroll\" tabindex=\"0\" role=\"region\" aria-label=\"Data of: ", out);
    nh_write_escaped(out, title);
    fputs("\"><table>", out);
    write_head(out, t);
    size_t end = t->rows > MOST_ROWS + 1 ? MOST_ROWS + 1 : t->rows;
    for (size_t r = 1, beside = 0; r < end; r++, beside--) {
        bool first = beside == 0;
        if (first)
            beside = alike(t, r, end);
        fputs(first ? "<tbody>" : "", out);
        write_row(out, t, r, first ? beside : 0);
    }
    fputs("</table></div>\n", out);
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

static void value_cell(struct nh_table *t, double value, int digits)
{
    if (isfinite(value))
        nh_table_cell(t, "%.*g", digits, value);
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
    value_cell(t, point->x, 6);
    value_cell(t, point->y, 6);
    if (whiskers) {
        value_cell(t, point->lo, 4);
        value_cell(t, point->hi, 4);
    }
}

/* Of a curve without measured points, such as a model's, some and the last. */
static void add_series(struct nh_table *t, const struct nh_chart_series *s, bool whiskers)
{
    size_t step = s->markers ? 1 : s->count / (MOST_OF_CURVE + 1) + 1;
    for (size_t i = 0; i < s->count; i++)
        if (i % step == 0 || i + 1 == s->count)
            add_point(t, s->name != NULL ? s->name : "", &s->points[i], whiskers);
}

/* One row for the values that stand at one place: their median, the least and the greatest. */
static void add_summary(struct nh_table *t, const struct nh_chart_series *s, size_t from, size_t to,
                        double *work)
{
    char name[NH_TABLE_CELL];
    size_t n = 0;
    for (size_t i = from; i < to; i++)
        if (isfinite(s->points[i].y))
            work[n++] = s->points[i].y;
    if (n == 0)
        return;
    nh_sort(work, n);
    snprintf(name, sizeof name, "%zu x %s", n, s->name != NULL ? s->name : "");
    struct nh_chart_point all = {s->points[from].x,
                                 nh_median_sorted(work, n),
                                 work[0],
                                 work[n - 1],
                                 NULL,
                                 NULL,
                                 NULL,
                                 false,
                                 0};
    add_point(t, name, &all, true);
}

static void add_summaries(struct nh_table *t, const struct nh_chart_series *s)
{
    double *work = malloc((s->count + 1) * sizeof *work);
    t->failed |= work == NULL;
    for (size_t from = 0, to; work != NULL && from < s->count; from = to) {
        for (to = from + 1; to < s->count && s->points[to].x == s->points[from].x; to++)
            ;
        add_summary(t, s, from, to, work);
    }
    free(work);
}

/* Measured values before single launches, and guides last. */
static int rank_of(const struct nh_chart_series *s)
{
    if (s->faint)
        return 1;
    return s->markers ? 0 : 2;
}

/* Thousands of launches would make most of a page, which carries them as inputs already. */
static bool summarised(const struct nh_chart *c)
{
    size_t single = 0;
    for (size_t s = 0; s < c->series_count; s++)
        single += c->series[s].faint ? c->series[s].count : 0;
    return single > MOST_SINGLE;
}

static void add_head(struct nh_table *t, const struct nh_chart *chart, bool whiskers)
{
    nh_table_row(t);
    nh_table_cell(t, "series");
    nh_table_cell(t, "%s", chart->x_label);
    nh_table_cell(t, "%s", chart->y_label);
    if (whiskers) {
        nh_table_cell(t, "low");
        nh_table_cell(t, "high");
    }
}

void nh_chart_data(FILE *out, const struct nh_chart *chart)
{
    struct nh_table t = {0};
    bool summary = summarised(chart), whiskers = summary || has_whiskers(chart);
    add_head(&t, chart, whiskers);
    for (int rank = 0; rank < 3; rank++)
        for (size_t s = 0; s < chart->series_count; s++) {
            const struct nh_chart_series *series = &chart->series[s];
            if (rank_of(series) == rank && summary && series->faint)
                add_summaries(&t, series);
            else if (rank_of(series) == rank)
                add_series(&t, series, whiskers);
        }
    nh_data_write(out, chart->id, chart->title, &t);
}
