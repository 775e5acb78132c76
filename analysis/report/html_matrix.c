/* SPDX-License-Identifier: BSD-3-Clause */
#include "analysis/report/html_matrix.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "analysis/report/chart_heat.h"
#include "analysis/report/html.h"
#include "common/units.h"

/* Every pair of ranks: a heat map, and beside it the hosts, ranks and links that stand out. */

enum { MOST_MATRICES = 3, MOST_CELLS = 32, MOST_LISTED = 6, HOVER = 160, STEP = 256, NAME = 24 };

/* What a heat map points to. */
struct drawn {
    struct nh_heat_cell *cells;
    char (*hovers)[HOVER];
    char names[MOST_CELLS][NAME], steps[NH_HEAT_STEPS][STEP];
    const char *name_list[MOST_CELLS], *step_list[NH_HEAT_STEPS];
    bool begins[MOST_CELLS];
    char title[160], note[160], description[256];
    size_t block, count; /* ranks of a cell's side, cells of the picture's */
};

static const char *value_text(const struct nh_matrix *m, double value, char *buf)
{
    return m->rate ? nh_format_rate(value, buf) : nh_html_time(value * 1e-9, buf);
}

/* ---- the picture ---- */

struct link {
    size_t from, to;
    double times;
};

/* The worst link from the ranks of row block `i` to those of column block `k`. */
static struct link worst_in(const struct nh_matrix *m, size_t block, size_t i, size_t k)
{
    struct link worst = {0, 0, NAN};
    for (size_t from = i * block; from < (i + 1) * block && from < m->ranks; from++)
        for (size_t to = k * block; to < (k + 1) * block && to < m->ranks; to++) {
            double times = nh_matrix_times(m, from, to);
            if (isfinite(times) && !(times <= worst.times))
                worst = (struct link){from, to, times};
        }
    return worst;
}

static void fill_cells(const struct nh_matrix *m, struct drawn *d)
{
    char value[NH_HTML_TEXT], times[NH_HTML_TEXT];
    for (size_t i = 0; i < d->count * d->count; i++) {
        struct link l = worst_in(m, d->block, i / d->count, i % d->count);
        d->cells[i] = (struct nh_heat_cell){l.times, d->hovers[i]};
        if (isfinite(l.times))
            snprintf(d->hovers[i], HOVER, "%srank %zu to %zu: %s, %s × median",
                     d->block > 1 ? "worst " : "", l.from, l.to,
                     value_text(m, m->links[l.from * m->ranks + l.to], value),
                     nh_html_digits(l.times, 3, times));
    }
}

static void fill_names(const struct nh_matrix *m, struct drawn *d)
{
    for (size_t i = 0; i < d->count; i++) {
        size_t rank = i * d->block;
        snprintf(d->names[i], NAME, "%zu", rank);
        d->name_list[i] = d->names[i];
        d->begins[i] = i > 0 && strcmp(nh_matrix_host(m, rank), nh_matrix_host(m, rank - 1)) != 0;
    }
}

/* "up to 1.1 × median: 0.26 µs inside a host, 18.7 µs between hosts" */
static void name_step(const struct nh_matrix *m, size_t step, char *text)
{
    char inside[NH_HTML_TEXT], between[NH_HTML_TEXT], times[NH_HTML_TEXT];
    bool last = step == NH_HEAT_STEPS - 1, both = isfinite(m->inside) && isfinite(m->between);
    double end = nh_heat_ends[last ? step - 1 : step], factor = m->rate ? 1 / end : end;
    snprintf(times, sizeof times, "%g", end);
    snprintf(text, STEP, "%s %s × median: %s%s%s%s", last ? "beyond" : "up to", times,
             value_text(m, (isfinite(m->inside) ? m->inside : m->between) * factor, inside),
             both ? " in a host, " : "", both ? value_text(m, m->between * factor, between) : "",
             both ? " between" : "");
}

static void fill_words(const struct nh_matrix *m, struct drawn *d)
{
    char size[NH_UNIT_TEXT], value[NH_HTML_TEXT];
    const struct nh_record *r = m->first;
    bool both = isfinite(m->inside) && isfinite(m->between);
    snprintf(d->title, sizeof d->title, "%s from row to column, %s",
             m->rate ? "Bandwidth" : "Latency",
             nh_format_bytes((size_t)nh_json_number(r->params, "size_bytes", 0), size));
    snprintf(d->note, sizeof d->note, "%ld ranks on %ld node%s, %s pairs; median of %zu launch%s%s",
             r->ranks, r->nodes, r->nodes == 1 ? "" : "s",
             nh_json_text(r->params, "schedule", "concurrent"), m->launches,
             m->launches == 1 ? "" : "es", d->block > 1 ? "; a cell is the worst of a block" : "");
    snprintf(
        d->description, sizeof d->description,
        "Each cell is a link, coloured by how many times worse than the median of %s it is; the "
        "median is %s. The worst are listed beside the picture.",
        both ? "links of its kind, within a host or between hosts," : "all links",
        value_text(m, isfinite(m->between) ? m->between : m->inside, value));
    for (size_t i = 0; i < NH_HEAT_STEPS; i++) {
        name_step(m, i, d->steps[i]);
        d->step_list[i] = d->steps[i];
    }
}

static void draw(FILE *out, const struct nh_matrix *m, const char *id)
{
    struct drawn d = {.block = (m->ranks + MOST_CELLS - 1) / MOST_CELLS};
    d.count = (m->ranks + d.block - 1) / d.block;
    d.cells = calloc(d.count * d.count, sizeof *d.cells);
    d.hovers = calloc(d.count * d.count, sizeof *d.hovers);
    if (d.cells && d.hovers) {
        fill_cells(m, &d);
        fill_names(m, &d);
        fill_words(m, &d);
        nh_heat_write(out, &(struct nh_heat){.id = id,
                                             .title = d.title,
                                             .description = d.description,
                                             .note = d.note,
                                             .row_label = "from",
                                             .column_label = "to rank",
                                             .cells = d.cells,
                                             .count = d.count,
                                             .names = d.name_list,
                                             .begins = d.begins,
                                             .steps = d.step_list});
    }
    free(d.cells);
    free(d.hovers);
}

/* ---- the lists ---- */

static void write_list(FILE *out, const struct nh_records *records, const struct nh_matrix *m,
                       const char *key, const char *caption)
{
    static const char *const time_columns[] = {"Worst first", "Median (µs)", "Score", "Launches",
                                               NULL};
    static const char *const rate_columns[] = {"Worst first", "Median (GB/s)", "Score", "Launches",
                                               NULL};
    struct nh_matrix_suspect all[NH_MATRIX_SUSPECTS];
    size_t count = nh_matrix_suspects(records, m, key, all);
    char text[NH_HTML_TEXT];
    if (count == 0)
        return;
    nh_html_table_open(out, caption, m->rate ? rate_columns : time_columns);
    for (size_t i = 0; i < count && i < MOST_LISTED; i++) {
        nh_html_row_open(out, "%s", all[i].name);
        nh_html_cell(out, "%s", nh_html_digits(all[i].value * (m->rate ? 1e-9 : 1e-3), 4, text));
        nh_html_cell(out, "%.1f", all[i].score);
        nh_html_cell(out, "%zu of %zu", all[i].launches, m->launches);
        nh_html_row_close(out);
    }
    nh_html_table_close(out);
}

static void write_worst(FILE *out, const struct nh_records *records, const struct nh_matrix *m)
{
    fputs("<article class=\"card worst\"><h3>What stands out</h3>\n", out);
    write_list(out, records, m, "worst_hosts", "Hosts");
    write_list(out, records, m, "worst_ranks", "Ranks");
    write_list(out, records, m, "worst_links", "Links");
    fputs(
        "<p class=\"rule\">Score: spreads (scaled MAD) beyond the median of its kind, mean of the "
        "launches; below 3.5 is ordinary spread. The median is that of the first launch listed."
        "</p></article>\n",
        out);
}

static void write_matrix(FILE *out, const struct nh_records *records, const struct nh_matrix *m,
                         const char *id)
{
    fputs("<div class=\"charts\">\n", out);
    if (m->links)
        draw(out, m, id);
    else
        fprintf(
            out,
            "<p>%ld ranks: beyond 64 a record holds no single links, only what stands out.</p>\n",
            m->first->ranks);
    write_worst(out, records, m);
    fputs("</div>\n", out);
}

/* ---- the section ---- */

static bool seen_before(const struct nh_records *records, size_t at)
{
    for (size_t i = 0; i < at; i++)
        if (nh_matrix_counts(&records->items[i]) &&
            nh_matrix_same(&records->items[i], &records->items[at]))
            return true;
    return false;
}

size_t nh_html_matrices(const struct nh_report *r)
{
    const struct nh_records *records = &r->data.records;
    size_t count = 0;
    for (size_t i = 0; i < records->count; i++)
        count += nh_matrix_counts(&records->items[i]) && !seen_before(records, i);
    return count;
}

static void write_all(FILE *out, const struct nh_records *records)
{
    size_t shown = 0;
    for (size_t i = 0; i < records->count && shown < MOST_MATRICES; i++) {
        struct nh_matrix m;
        struct nh_error err = {0};
        char id[24];
        if (!nh_matrix_counts(&records->items[i]) || seen_before(records, i))
            continue;
        snprintf(id, sizeof id, "matrix-%zu", ++shown);
        if (nh_matrix_pool(records, &records->items[i], &m, &err))
            continue;
        write_matrix(out, records, &m, id);
        nh_matrix_clear(&m);
    }
}

void nh_html_matrix(FILE *out, const struct nh_report *r)
{
    size_t count = nh_html_matrices(r);
    if (count == 0)
        return;
    fputs("<section id=\"matrix\">\n<h2>Every pair of ranks</h2>\n", out);
    write_all(out, &r->data.records);
    if (count > MOST_MATRICES)
        fprintf(out, "<p>%zu more are in the files named below.</p>\n", count - MOST_MATRICES);
    fputs("</section>\n", out);
}
