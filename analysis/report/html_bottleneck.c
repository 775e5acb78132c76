/* SPDX-License-Identifier: BSD-3-Clause */
#include <math.h>

#include "analysis/report/html_decide.h"

/* What keeps an application from scaling. */

/* Green from 90 %, and a step for each tenth below: POP's own colours, as classes. */
static int step_of(double factor)
{
    int step = (int)floor((0.9 - factor) * 10.0 + 1.0 - 1e-9);
    return step < 0 ? 0 : step > 5 ? 5 : step;
}

static void factor_cell(FILE *out, double factor)
{
    if (isfinite(factor))
        fprintf(out, "<td class=\"p%d\">%.1f</td>", step_of(factor), 100.0 * factor);
    else
        nh_html_cell(out, "–");
}

static void factor_row(FILE *out, const struct nh_app_answer *a, size_t i,
                       const struct nh_pop_factors *f)
{
    char size[NH_HTML_TEXT];
    nh_html_row_open(out, "%s", nh_html_size(&a->scaling, i, size));
    const double all[] = {f->global,      f->parallel,     f->load_balance, f->communication,
                          f->computation, f->instructions, f->ipc,          f->frequency};
    for (size_t k = 0; k < sizeof all / sizeof all[0]; k++)
        factor_cell(out, all[k]);
    nh_html_row_close(out);
}

static bool factors_at(const struct nh_report *r, size_t app, size_t i, struct nh_pop_factors *f)
{
    const struct nh_scaling *s = &r->apps[app].scaling;
    size_t index = (size_t)(s->app - r->data.apps);
    struct nh_pop_run base, run;
    if (!nh_shares_run(&r->data.shares, index, s->points[0].source->nodes,
                       s->points[0].source->cores, &base) ||
        !nh_shares_run(&r->data.shares, index, s->points[i].source->nodes,
                       s->points[i].source->cores, &run))
        return false;
    *f = nh_pop_factors(&run, &base, s->app->kind == NH_WEAK);
    return true;
}

static void factors_table(FILE *out, const struct nh_report *r, size_t app)
{
    static const char *const columns[] = {"Size",
                                          "Global efficiency (%)",
                                          "Parallel efficiency (%)",
                                          "Load balance (%)",
                                          "Communication (%)",
                                          "Computation scaling (%)",
                                          "Instructions (%)",
                                          "IPC (%)",
                                          "Frequency (%)",
                                          NULL};
    struct nh_pop_factors f;
    if (!r->apps[app].bottleneck.has_factors)
        return;
    nh_html_table_open(out,
                       "Efficiency factors after POP: global is parallel times computation, "
                       "parallel is load balance times communication",
                       columns);
    for (size_t i = 0; i < r->apps[app].scaling.count; i++)
        if (factors_at(r, app, i, &f))
            factor_row(out, &r->apps[app], i, &f);
    nh_html_table_close(out);
}

void nh_html_bottleneck(FILE *out, const struct nh_report *r, size_t app)
{
    const struct nh_bottleneck *b = &r->apps[app].bottleneck;
    if (r->apps[app].scaling.count < 2)
        return;
    fprintf(out, "<h3 id=\"loss%zu\">What keeps it from scaling</h3>\n<p class=\"lead\">", app + 1);
    nh_write_escaped(out, b->verdict);
    fputs("</p>\n", out);
    if (b->note_count > 0)
        fputs("<ul>\n", out);
    for (size_t i = 0; i < b->note_count; i++) {
        fputs("<li>", out);
        nh_write_escaped(out, b->notes[i]);
        fputs("</li>\n", out);
    }
    if (b->note_count > 0)
        fputs("</ul>\n", out);
    factors_table(out, r, app);
}
