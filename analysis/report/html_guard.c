/* SPDX-License-Identifier: BSD-3-Clause */
#include "analysis/report/html.h"

#include <string.h>

/* Which figures cannot be true, or must not be quoted: each by name, with the reason. */

enum { MOST_ROWS = 200, MOST_OPEN = 12 };

/* Records of a series that break the same rule are one row: the first in full, then numbers. */
static void alike_cell(FILE *out, const struct nh_doubts *d, size_t first, size_t end)
{
    fputs("<td class=\"t prose\">", out);
    for (size_t i = first + 1; i < end; i++)
        fprintf(out, "%s%ld", i > first + 1 ? ", " : "", d->items[i].number);
    fputs("</td>", out);
}

static void doubt_row(FILE *out, const struct nh_doubts *d, size_t first, size_t end)
{
    const struct nh_doubt *a = &d->items[first];
    const char *slash = strrchr(a->where, '/'); /* the folder stands under Environment */
    nh_html_row_open(out, "%s", slash != NULL ? slash + 1 : a->where);
    nh_html_cell_words(out, "%s", nh_level_name(a->level));
    nh_html_cell_prose(out, a->figure);
    nh_html_cell_words(out, "%s", a->why.value);
    nh_html_cell_words(out, "%s", a->why.bound);
    nh_html_cell_prose(out, a->why.formula);
    nh_html_cell_words(out, "%s", a->rule->name);
    alike_cell(out, d, first, end);
    nh_html_row_close(out);
}

static void doubts_table(FILE *out, const struct nh_doubts *d)
{
    static const char *const columns[] = {"Record",
                                          "<Verdict",
                                          "<Figure",
                                          "<Value",
                                          "<Can only be",
                                          "<Why",
                                          "<Rule",
                                          "<Likewise in the file",
                                          NULL};
    size_t rows = 0, end;
    fputs(d->count <= MOST_OPEN ? "<details open><summary>" : "<details><summary>", out);
    nh_html_text(out, "Each of the %zu records, with the reason", d->count);
    fputs("</summary>\n", out);
    nh_html_table_open(out, "Figures that the guard refused or doubted", columns);
    for (size_t i = 0; i < d->count && rows < MOST_ROWS; i = end, rows++) {
        end = nh_doubts_alike(d, i);
        doubt_row(out, d, i, end);
    }
    nh_html_table_close(out);
    if (rows == MOST_ROWS)
        fputs("<p>More are named by <code>nodehour check</code> and in the JSON report.</p>\n",
              out);
    fputs("</details>\n", out);
}

static size_t broken(const struct nh_doubts *f, const struct nh_rule *rule)
{
    size_t n = 0;
    for (size_t i = 0; i < f->count; i++)
        n += f->items[i].rule == rule;
    return n;
}

static void rule_row(FILE *out, const struct nh_doubts *f, const struct nh_rule *rule)
{
    size_t n = broken(f, rule);
    if (n == 0)
        return;
    nh_html_row_open(out, "%s", rule->name);
    nh_html_cell_words(out, "%s", nh_level_name(rule->level));
    nh_html_cell(out, "%zu", n);
    nh_html_cell_prose(out, rule->says);
    nh_html_cell_prose(out, rule->source);
    nh_html_row_close(out);
}

static void rules_table(FILE *out, const struct nh_doubts *f)
{
    static const char *const columns[] = {
        "Rule", "<Verdict", "Figures", "<What a broken one means", "<Source", NULL};
    nh_html_table_open(out, "Rules that were broken", columns);
    for (const struct nh_rule *const *rule = nh_rules; *rule; rule++)
        rule_row(out, f, *rule);
    nh_html_table_close(out);
}

void nh_html_guard(FILE *out, const struct nh_report *r)
{
    char text[NH_DOUBTS_TEXT];
    if (r->doubts.count == 0)
        return;
    fputs("<section id=\"guard\">\n<h2>What cannot be true</h2>\n<p class=\"lead\">", out);
    nh_html_text(out, "%s.", nh_doubts_summary(&r->doubts, text));
    fputs("</p>\n", out);
    rules_table(out, &r->doubts);
    doubts_table(out, &r->doubts);
    fputs("</section>\n", out);
}
