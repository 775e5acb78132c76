/* SPDX-License-Identifier: BSD-3-Clause */
#include "analysis/report/html.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* What limits the proxy application: where its time goes, how even the load is, and how
 * far its memory traffic is from the machine's copy bandwidth. */

enum { SHARES = 3, FACTS = 6, MOST_SIZES = 24 };
static const char *const fact_keys[FACTS] = {"compute_share",          "halo_share",
                                             "allreduce_share",        "load_balance",
                                             "fraction_of_copy_bound", "cells_per_s"};
static const char *const share_names[SHARES] = {"compute", "halo exchange", "all-reduce"};

/* All launches of one size. */
struct size_group {
    long nodes, ranks;
    double cells;
    const char *scaling;
    size_t launches;
    double fact[FACTS]; /* medians over launches */
    double within;      /* median of MAD / median of the samples */
};

static bool is_halo(const struct nh_record *r)
{
    return r->kernel != NULL && strcmp(r->kernel, "halo") == 0;
}

static bool same_size(const struct size_group *g, const struct nh_record *r)
{
    return g->nodes == r->nodes && g->ranks == r->ranks &&
           g->cells == nh_json_number(r->params, "cells", 0.0) &&
           strcmp(g->scaling, nh_json_text(r->params, "scaling", "strong")) == 0;
}

static size_t find_groups(const struct nh_records *records, struct size_group *groups)
{
    size_t count = 0;
    for (size_t i = 0; i < records->count; i++) {
        const struct nh_record *r = &records->items[i];
        size_t g = 0;
        while (g < count && is_halo(r) && !same_size(&groups[g], r))
            g++;
        if (!is_halo(r) || g == MOST_SIZES)
            continue;
        if (g == count)
            groups[count++] =
                (struct size_group){.nodes = r->nodes,
                                    .ranks = r->ranks,
                                    .cells = nh_json_number(r->params, "cells", 0.0),
                                    .scaling = nh_json_text(r->params, "scaling", "strong")};
        groups[g].launches++;
    }
    return count;
}

/* Median over the launches of a group of derived[key], or of the spread when key is NULL;
 * NaN when no launch has it. */
static double group_median(const struct nh_records *records, const struct size_group *g,
                           const char *key, double *work)
{
    size_t n = 0;
    for (size_t i = 0; i < records->count; i++) {
        const struct nh_record *r = &records->items[i];
        if (!is_halo(r) || !same_size(g, r))
            continue;
        double value =
            key != NULL ? nh_json_number(r->derived, key, NAN) : r->stats.mad / r->stats.median;
        if (isfinite(value))
            work[n++] = value;
    }
    nh_sort(work, n);
    return n > 0 ? nh_median_sorted(work, n) : NAN;
}

static int by_size(const void *left, const void *right)
{
    const struct size_group *a = left, *b = right;
    int order = strcmp(a->scaling, b->scaling);
    if (order == 0)
        order = (a->cells > b->cells) - (a->cells < b->cells);
    if (order == 0)
        order = (a->ranks > b->ranks) - (a->ranks < b->ranks);
    return order != 0 ? order : (a->nodes > b->nodes) - (a->nodes < b->nodes);
}

/* --- the picture: one bar a size ------------------------------------------------ */

static void draw_bar(FILE *out, const struct size_group *g)
{
    double x = 0.0;
    if (!isfinite(g->fact[0] + g->fact[1] + g->fact[2]))
        return;
    fputs("<svg class=\"bar\" xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 200 16\" "
          "preserveAspectRatio=\"none\" role=\"img\" aria-label=\"",
          out);
    for (int i = 0; i < SHARES; i++)
        nh_html_text(out, "%s%s %.1f %%", i > 0 ? ", " : "", share_names[i], 100.0 * g->fact[i]);
    fputs("\">\n", out);
    for (int i = 0; i < SHARES; i++) {
        double w = 200.0 * fmax(0.0, fmin(1.0, g->fact[i]));
        fprintf(out,
                "<rect class=\"s%d\" x=\"%.1f\" width=\"%.1f\" height=\"16\"><title>%s %.1f %%"
                "</title></rect>",
                i, x, w, share_names[i], 100.0 * g->fact[i]);
        x += w;
    }
    fputs("</svg>", out);
}

static void write_row(FILE *out, const struct size_group *g)
{
    char text[NH_HTML_TEXT];
    nh_html_row_open(out, "%ld rank%s on %ld node%s", g->ranks, g->ranks == 1 ? "" : "s", g->nodes,
                     g->nodes == 1 ? "" : "s");
    nh_html_cell(out, "%s", nh_html_number(g->cells, text));
    nh_html_cell_words(out, "%s", g->scaling);
    fputs("<td class=\"wide\">", out);
    draw_bar(out, g);
    fputs("</td>", out);
    for (int i = 0; i < 5; i++)
        nh_html_cell(out, isfinite(g->fact[i]) ? "%.1f" : "–", 100.0 * g->fact[i]);
    nh_html_cell(out, "%s", nh_html_digits(1e-6 * g->fact[5], 4, text));
    nh_html_cell(out, "%zu", g->launches);
    nh_html_cell(out, "%s", nh_html_digits(100.0 * g->within, 2, text));
    nh_html_row_close(out);
}

static void write_key(FILE *out)
{
    fputs("<ul class=\"legend\">", out);
    for (int i = 0; i < SHARES; i++)
        fprintf(
            out,
            "<li><svg class=\"sw\" viewBox=\"0 0 28 14\" aria-hidden=\"true\"><rect class=\"s%d\" "
            "x=\"7\" width=\"14\" height=\"14\"/></svg>%s</li>",
            i, share_names[i]);
    fputs("</ul>\n", out);
}

static void write_table(FILE *out, const struct size_group *groups, size_t count)
{
    static const char *const columns[] = {"Size",
                                          "Cells",
                                          "<Scaling",
                                          "<Where the time goes",
                                          "Compute (%)",
                                          "Halo exchange (%)",
                                          "All-reduce (%)",
                                          "Load balance (%)",
                                          "Of copy bound (%)",
                                          "Million cells/s",
                                          "Launches",
                                          "Spread within launches (%)",
                                          NULL};
    nh_html_table_open(out, "Share of the time of a rank, medians over launches", columns);
    for (size_t i = 0; i < count; i++)
        write_row(out, &groups[i]);
    nh_html_table_close(out);
}

void nh_html_limits(FILE *out, const struct nh_report *r)
{
    struct size_group groups[MOST_SIZES];
    const struct nh_records *records = &r->data.records;
    size_t count = find_groups(records, groups);
    double *work = malloc((records->count + 1) * sizeof *work);
    if (count > 0 && work != NULL) {
        for (size_t g = 0; g < count; g++) {
            for (int i = 0; i < FACTS; i++)
                groups[g].fact[i] = group_median(records, &groups[g], fact_keys[i], work);
            groups[g].within = group_median(records, &groups[g], NULL, work);
        }
        qsort(groups, count, sizeof groups[0], by_size);
        fputs("<section id=\"limits\">\n<h2>What limits the halo application</h2>\n", out);
        fputs("<p>Load balance is mean over largest compute time of the ranks. Copy bound: the "
              "memory traffic of an iteration at the machine's measured copy bandwidth, over the "
              "measured compute time.</p>\n",
              out);
        write_key(out);
        write_table(out, groups, count);
        fputs("</section>\n", out);
    }
    free(work);
}
