/* SPDX-License-Identifier: BSD-3-Clause */
#include <stdlib.h>
#include <string.h>

#include "analysis/report/format.h"
#include "analysis/report/html.h"
#include "analysis/report/tables.h"
#include "common/cli.h"

/* Tables for a paper: plain tabular, so that no package is needed. */

static const char *escape_of(char c)
{
    switch (c) {
    case '\\':
        return "\\textbackslash{}";
    case '~':
        return "\\textasciitilde{}";
    case '^':
        return "\\textasciicircum{}";
    case '<':
        return "\\textless{}";
    case '>':
        return "\\textgreater{}";
    case '|':
        return "\\textbar{}";
    case '\n':
    case '\r':
        return " ";
    default:
        return NULL;
    }
}

static void write_text(FILE *out, const char *text)
{
    for (; *text != '\0'; text++) {
        const char *escape = escape_of(*text);
        if (escape != NULL)
            fputs(escape, out);
        else
            fprintf(out, strchr("&%$#_{}", *text) != NULL ? "\\%c" : "%c", *text);
    }
}

static void write_row(FILE *out, const struct nh_table *t, size_t row)
{
    for (size_t c = 0; c < t->columns; c++) {
        fputs(c > 0 ? " & " : "  ", out);
        write_text(out, t->cells[row * NH_TABLE_COLUMNS + c]);
    }
    fputs(" \\\\\n", out);
}

/* Frees the table. */
static void write_table(FILE *out, const char *caption, const char *label, struct nh_table *t)
{
    fputs("\\begin{table}\n\\caption{", out);
    write_text(out, caption);
    fprintf(out, "}\\label{tab:%s}\n\\begin{tabular}{l", label);
    for (size_t c = 1; c < t->columns; c++)
        putc('r', out);
    fputs("}\n\\hline\n", out);
    for (size_t r = 0; !t->failed && r < t->rows; r++) {
        write_row(out, t, r);
        fputs(r == 0 ? "\\hline\n" : "", out);
    }
    fputs("\\hline\n\\end{tabular}\n\\end{table}\n\n", out);
    free(t->cells);
    *t = (struct nh_table){0};
}

static void write_app(FILE *out, const struct nh_app_answer *a, size_t app)
{
    struct nh_table t = {0};
    char label[48], caption[256], model[NH_HTML_TEXT];
    snprintf(label, sizeof label, "scaling-%zu", app + 1);
    snprintf(caption, sizeof caption, "%s scaling of %s, medians over launches",
             a->scaling.app->kind == NH_WEAK ? "Weak" : "Strong", a->scaling.app->name);
    nh_scaling_table(&t, &a->scaling);
    write_table(out, caption, label, &t);
    for (size_t m = 0; m < a->advice_count; m++) {
        snprintf(label, sizeof label, "cost-%zu-%zu", app + 1, m + 1);
        snprintf(caption, sizeof caption, "Cost of %s, %s%s%s", a->scaling.app->name,
                 nh_html_model(&a->advice[m], model), a->advice[m].priced ? ", as of " : "",
                 a->advice[m].priced ? a->advice[m].price.as_of : "");
        nh_cost_table(&t, a, m);
        write_table(out, caption, label, &t);
    }
}

int nh_report_latex(FILE *out, const struct nh_report *r, struct nh_error *err)
{
    struct nh_table t = {0};
    fputs("% Made by nodehour " NH_VERSION "; \\input it into a document in UTF-8.\n", out);
    for (size_t i = 0; i < r->app_count; i++)
        write_app(out, &r->apps[i], i);
    if (r->app_count == 0) {
        nh_curves_table(&t, &r->data);
        write_table(out, "Messages, medians over launches", "messages", &t);
    }
    return ferror(out) ? nh_fail_errno(err, "cannot write LaTeX") : NH_OK;
}
