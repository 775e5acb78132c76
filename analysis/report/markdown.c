/* SPDX-License-Identifier: BSD-3-Clause */
#include <stdlib.h>
#include <string.h>

#include "analysis/report/format.h"
#include "analysis/report/html.h"
#include "analysis/report/tables.h"
#include "common/cli.h"

/* The report as Markdown (GitHub's tables). */

/* Characters that would be markup get a backslash; a line break would end a cell. */
static void write_text(FILE *out, const char *text)
{
    for (; *text != '\0'; text++) {
        if (strchr("\\`*_[]<>|#~", *text) != NULL)
            putc('\\', out);
        putc(*text == '\n' || *text == '\r' ? ' ' : *text, out);
    }
}

/* Frees the table. */
static void write_table(FILE *out, struct nh_table *t)
{
    for (size_t r = 0; !t->failed && r < t->rows; r++) {
        for (size_t c = 0; c < t->columns; c++) {
            fputs("| ", out);
            write_text(out, t->cells[r * NH_TABLE_COLUMNS + c]);
            putc(' ', out);
        }
        fputs("|\n", out);
        for (size_t c = 0; r == 0 && c < t->columns; c++)
            fputs(c == 0 ? "|:---" : "|---:", out);
        fputs(r == 0 ? "|\n" : "", out);
    }
    putc('\n', out);
    free(t->cells);
    *t = (struct nh_table){0};
}

static void write_item(FILE *out, const char *text)
{
    fputs("- ", out);
    write_text(out, text);
    putc('\n', out);
}

static void write_advice(FILE *out, const struct nh_app_answer *a, size_t m)
{
    struct nh_table t = {0};
    char model[NH_HTML_TEXT];
    fputs("**", out);
    write_text(out, a->advice[m].verdict);
    fputs("**\n\nCosts: ", out);
    write_text(out, nh_html_model(&a->advice[m], model));
    if (a->advice[m].priced) {
        const struct nh_price *p = &a->advice[m].price;
        fputs("; ", out);
        write_text(out, p->region);
        fprintf(out, ", %s", p->as_of);
    }
    fputs("\n\n", out);
    nh_cost_table(&t, a, m);
    write_table(out, &t);
    for (size_t c = 0; c < a->advice[m].caveat_count; c++)
        write_item(out, a->advice[m].caveats[c]);
    putc('\n', out);
}

static void write_app(FILE *out, const struct nh_app_answer *a)
{
    struct nh_table t = {0};
    fputs("## ", out);
    write_text(out, a->scaling.app->name);
    fputs("\n\n", out);
    for (size_t m = 0; m < a->advice_count; m++)
        write_advice(out, a, m);
    nh_scaling_table(&t, &a->scaling);
    write_table(out, &t);
    if (a->scaling.count > 1) {
        write_text(out, a->bottleneck.verdict);
        fputs("\n\n", out);
    }
}

static void write_doubts(FILE *out, const struct nh_doubts *d)
{
    if (d->count == 0)
        return;
    fputs("## What cannot be true\n\n", out);
    for (size_t i = 0; i < d->count; i = nh_doubts_alike(d, i)) {
        char text[1024];
        const struct nh_doubt *a = &d->items[i];
        snprintf(text, sizeof text, "%s (and %zu alike): %s: %s; %s %s (%s)", a->where,
                 nh_doubts_alike(d, i) - i - 1, nh_level_name(a->level), a->figure, a->why.value,
                 a->why.bound, a->rule->name);
        write_item(out, text);
    }
    putc('\n', out);
}

static void write_sources(FILE *out, const struct nh_report *r)
{
    fputs("## Read\n\n", out);
    for (size_t i = 0; i < r->data.warning_count; i++)
        write_item(out, r->data.warnings[i]);
    for (size_t i = 0; i < r->data.source_count; i++) {
        char text[640];
        snprintf(text, sizeof text, "%s%s%s", r->data.sources[i],
                 *r->data.inputs[i].digest ? ", SHA-256 " : "", r->data.inputs[i].digest);
        write_item(out, text);
    }
    fprintf(out, "- nodehour " NH_VERSION ", seed of the bootstrap %d\n", NH_BOOTSTRAP_SEED);
}

int nh_report_markdown(FILE *out, const struct nh_report *r, struct nh_error *err)
{
    struct nh_table t = {0};
    fputs("# ", out);
    write_text(out, r->title);
    fputs("\n\n", out);
    for (size_t i = 0; i < r->app_count; i++)
        write_app(out, &r->apps[i]);
    if (r->data.curve_count > 0) {
        fputs("## Messages\n\n", out);
        nh_curves_table(&t, &r->data);
        write_table(out, &t);
    }
    write_doubts(out, &r->doubts);
    write_sources(out, r);
    return ferror(out) ? nh_fail_errno(err, "cannot write Markdown") : NH_OK;
}
