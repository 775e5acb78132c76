/* SPDX-License-Identifier: BSD-3-Clause */
#include "analysis/report/html_decide.h"

#include <stdlib.h>

#include "analysis/decide/show.h"
#include "analysis/report/table.h"

/* How sure the answer is, and what would change it. */

static void paragraph(FILE *out, const char *class_name, const char *text)
{
    if (text[0] == '\0')
        return;
    fprintf(out, class_name != NULL ? "<p class=\"%s\">" : "<p>", class_name);
    nh_write_escaped(out, text);
    fputs("</p>\n", out);
}

/* Frees the table. */
static void write_table(FILE *out, const char *caption, struct nh_table *t)
{
    const char *columns[NH_TABLE_COLUMNS + 1] = {NULL};
    char heads[NH_TABLE_COLUMNS][NH_TABLE_CELL + 1];
    for (size_t c = 0; !t->failed && c < t->columns; c++) {
        snprintf(heads[c], sizeof heads[c], "%s%s", c > 0 ? "<" : "", t->cells[c]);
        columns[c] = heads[c];
    }
    nh_html_table_open(out, caption, columns);
    for (size_t r = 1; !t->failed && r < t->rows; r++) {
        nh_html_row_open(out, "%s", t->cells[r * NH_TABLE_COLUMNS]);
        for (size_t c = 1; c < t->columns; c++)
            nh_html_cell_words(out, "%s", t->cells[r * NH_TABLE_COLUMNS + c]);
        nh_html_row_close(out);
    }
    nh_html_table_close(out);
    free(t->cells);
    *t = (struct nh_table){0};
}

static void write_chances(FILE *out, const struct nh_scaling *s, const struct nh_advice *a)
{
    char size[NH_HTML_TEXT];
    if (a->chances.draws == 0 || a->count < 2)
        return;
    fputs("<p>", out);
    nh_html_text(out,
                 "In %.3g %% of %zu resamples of all times %s is within %.0f %% of the least cost "
                 "(in %.3g %% it is the cheapest)%s.",
                 100.0 * a->chances.stands, a->chances.draws, nh_html_size(s, a->recommended, size),
                 100.0 * NH_RECOMMEND, 100.0 * a->points[a->recommended].p_cheapest,
                 a->chances.indicative ? "; indicative, since some sizes have fewer than 6 launches"
                                       : "");
    fputs("</p>\n", out);
}

static void write_decision(FILE *out, const struct nh_app_answer *a, size_t m)
{
    const struct nh_decision *d = &a->decisions[m];
    struct nh_table t = {0};
    char model[NH_HTML_TEXT];
    if (a->advice_count > 1) {
        fputs("<h4>", out);
        nh_html_text(out, "%s", nh_html_model(&a->advice[m], model));
        fputs("</h4>\n", out);
    }
    for (size_t i = 0; i < d->answer_count; i++)
        paragraph(out, "lead", d->answers[i].text);
    write_chances(out, &a->scaling, &a->advice[m]);
    paragraph(out, NULL, d->decided.text);
    paragraph(out, NULL, d->optimum_text);
    paragraph(out, "lead", d->next.text);
    if (!d->changes.known)
        return;
    nh_changes_table(&t, &a->scaling, &a->advice[m], &d->changes);
    write_table(out, "What would change the size of least cost", &t);
}

void nh_html_decisions(FILE *out, const struct nh_app_answer *a, size_t app)
{
    struct nh_table t = {0};
    if (a->decisions == NULL || a->scaling.count < 2)
        return;
    fprintf(out, "<h3 id=\"sure%zu\">How sure it is, and what to measure next</h3>\n", app + 1);
    for (size_t m = 0; m < a->advice_count; m++)
        write_decision(out, a, m);
    if (!a->advice[0].priced || a->across.count < 2)
        return;
    nh_across_table(&t, &a->scaling, &a->advice[0], &a->across);
    write_table(out,
                nh_across_agree(&a->across) ? "The same size is the cheapest however nodes are paid"
                                            : "The way to pay changes the cheapest size",
                &t);
}
