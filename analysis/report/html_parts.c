/* SPDX-License-Identifier: BSD-3-Clause */
#include "analysis/report/html_parts.h"

#include <math.h>

#include "analysis/report/chart_bars.h"
#include "analysis/report/html_figure.h"

/* Where the money of a run goes. */

enum { PARTS = 5, TEXT = 200 };
static const char *const part_names[PARTS] = {"compute", "licence", "boot, idle and rounding",
                                              "storage", "transfer"};

static void parts_of(const struct nh_cost_parts *p, double factor, double *parts)
{
    const double all[PARTS] = {p->compute, p->licence, p->overhead, p->storage, p->transfer};
    for (size_t i = 0; i < PARTS; i++)
        parts[i] = factor * fmax(0.0, all[i]);
}

static bool only_compute(const struct nh_advice *advice)
{
    for (size_t i = 0; i < advice->count; i++) {
        const struct nh_cost_parts *p = &advice->points[i].parts;
        if (p->licence + p->overhead + p->storage + p->transfer > 1e-6 * p->total)
            return false;
    }
    return true;
}

static void hover_text(const struct nh_app_answer *a, size_t i, const double *parts, char *text)
{
    const struct nh_advice *advice = &a->advice[0];
    char size[NH_HTML_TEXT], amount[NH_HTML_TEXT];
    int used = snprintf(text, TEXT, "%s: %s", nh_html_size(&a->scaling, i, size),
                        nh_html_cost(advice, advice->points[i].amount, amount));
    for (size_t k = 0; k < PARTS && used > 0 && used < TEXT; k++)
        if (parts[k] > 0.0)
            used += snprintf(text + used, (size_t)(TEXT - used), ", %s %s", part_names[k],
                             nh_html_amount(advice, parts[k], amount));
}

void nh_html_parts_chart(FILE *out, const struct nh_app_answer *a, size_t app)
{
    const struct nh_advice *advice = &a->advice[0];
    struct nh_bar bars[NH_BARS_MOST];
    char names[NH_BARS_MOST][NH_HTML_TEXT], hovers[NH_BARS_MOST][TEXT];
    char id[32], note[NH_HTML_TEXT + 32], model[NH_HTML_TEXT], unit[96];
    size_t count = advice->count < NH_BARS_MOST ? advice->count : NH_BARS_MOST;
    if (only_compute(advice))
        return;
    for (size_t i = 0; i < count; i++) {
        bars[i] = (struct nh_bar){.name = nh_html_number(nh_html_count(&a->scaling, i), names[i]),
                                  .hover = hovers[i]};
        parts_of(&advice->points[i].parts, advice->shown_factor, bars[i].parts);
        hover_text(a, i, bars[i].parts, hovers[i]);
    }
    snprintf(id, sizeof id, "parts%zu", app + 1);
    snprintf(note, sizeof note, "%s", nh_html_model(advice, model));
    snprintf(unit, sizeof unit, "%s per %s", advice->unit, advice->shown_per);
    struct nh_bars chart = {.id = id,
                            .title = "What the cost is made of",
                            .note = note,
                            .description = "Stacked bars, one for each size: compute, licence, "
                                           "what nodes are billed around the run, storage, data "
                                           "transfer.",
                            .x_label = nh_html_by_nodes(&a->scaling) ? "nodes" : "cores",
                            .y_label = unit,
                            .part_count = PARTS,
                            .bars = bars,
                            .count = count};
    for (size_t i = 0; i < PARTS; i++)
        chart.part_names[i] = part_names[i];
    nh_bars_write(out, &chart);
}
