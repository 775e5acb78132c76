/* SPDX-License-Identifier: BSD-3-Clause */
#include <math.h>
#include <stdlib.h>

#include "analysis/report/html.h"
#include "analysis/storage.h"

/* What the storage delivered: a bar and a line for each test. */

static void draw_bar(FILE *out, double share)
{
    double width = 200.0 * fmax(0.0, fmin(1.0, share));
    fprintf(out,
            "<svg class=\"bar\" xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 200 16\" "
            "preserveAspectRatio=\"none\" aria-hidden=\"true\">"
            "<rect class=\"s0\" x=\"0.0\" width=\"%.1f\" height=\"16\"/></svg>",
            width);
}

static void latency_cell(FILE *out, double ns)
{
    char text[NH_HTML_TEXT];
    nh_html_cell(out, "%s", isfinite(ns) ? nh_html_time(1e-9 * ns, text) : "–");
}

static void write_line(FILE *out, const struct nh_storage_line *l, double best)
{
    char text[NH_HTML_TEXT];
    const json_t *params = l->first->params;
    nh_html_row_open(out, "%s", nh_storage_name(l));
    nh_html_cell(out, "%.0f", nh_json_number(params, "threads", NAN));
    nh_html_cell(out, "%.0f", nh_json_number(params, "depth", NAN));
    fputs("<td class=\"wide\">", out);
    draw_bar(out, l->median[NH_STORAGE_BANDWIDTH] / best);
    fputs("</td>", out);
    nh_html_cell(out, "%s", nh_html_digits(1e-9 * l->median[NH_STORAGE_BANDWIDTH], 4, text));
    nh_html_cell_interval(out, l->bandwidth_ci, 1e-9, 4);
    nh_html_cell(out, "%s", nh_html_digits(1e-3 * l->median[NH_STORAGE_OPERATIONS], 4, text));
    latency_cell(out, l->median[NH_STORAGE_P50]);
    latency_cell(out, l->median[NH_STORAGE_P99]);
    latency_cell(out, l->median[NH_STORAGE_P999]);
    nh_html_cell(out, "%s",
                 isfinite(l->median[NH_STORAGE_LIMIT_SHARE])
                     ? nh_html_percent(l->median[NH_STORAGE_LIMIT_SHARE], text)
                     : "–");
    nh_html_cell(out, "%zu", l->launches);
    nh_html_cell(out, "%zu", l->steady);
    nh_html_cell_words(
        out, "%s on %s, %s, fio %s with %s", nh_json_text(l->first->system, "file_system", "?"),
        nh_json_text(l->first->system, "block_device", "?"),
        json_is_true(json_object_get(params, "direct")) ? "direct I/O" : "page cache",
        nh_json_text(l->first->system, "fio", "?"), nh_json_text(params, "engine", "?"));
    nh_html_row_close(out);
}

static void write_table(FILE *out, const struct nh_storage_line *lines, size_t count)
{
    static const char *const columns[] = {
        "Test", "Threads", "Depth", "<Bandwidth",       "GB/s",     "95 % interval", "1000 op/s",
        "p50",  "p99",     "p99.9", "Of drives' limit", "Launches", "Steady",        "<Measured on",
        NULL};
    double best = 0;
    for (size_t i = 0; i < count; i++)
        best = fmax(best, lines[i].median[NH_STORAGE_BANDWIDTH]);
    nh_html_table_open(out, "Storage: medians over launches; latency of one operation", columns);
    for (size_t i = 0; i < count; i++)
        write_line(out, &lines[i], best > 0 ? best : 1);
    nh_html_table_close(out);
}

void nh_html_nvme(FILE *out, const struct nh_report *r)
{
    struct nh_storage_line *lines;
    size_t count;
    if (nh_storage_lines(&r->data.records, &lines, &count, NULL) != NH_OK)
        return;
    if (count > 0) {
        fputs(
            "<section id=\"storage\">\n<h2>Storage</h2>\n"
            "<p>Bandwidth is all bytes over the time of the thread that ended last. A launch is "
            "steady when its rate has no trend of more than 2 % that is significant at 1 %.</p>\n",
            out);
        write_table(out, lines, count);
        fputs("</section>\n", out);
    }
    free(lines);
}
