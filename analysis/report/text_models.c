/* SPDX-License-Identifier: BSD-3-Clause */
#include "analysis/report/text_models.h"

#include <math.h>

#include "analysis/report/table.h"
#include "common/units.h"

void nh_text_bottleneck(FILE *out, const struct nh_app_answer *answer)
{
    const struct nh_bottleneck *b = &answer->bottleneck;
    if (answer->scaling.count < 2)
        return;
    fprintf(out, "\n  What limits it\n");
    nh_print_wrapped(out, "  ", "  ", b->verdict);
    for (size_t i = 0; i < b->note_count; i++)
        nh_print_wrapped(out, "  - ", "    ", b->notes[i]);
}

static void print_fits(FILE *out, const struct nh_models *m)
{
    char text[400];
    for (size_t i = 0; i < m->averaged; i++) {
        const struct nh_model_fit *fit = &m->fits[i];
        if (fit->weight < 0.01)
            continue;
        snprintf(text, sizeof text,
                 "%s, %.0f %%: T(k) = %s s; sizes left out are missed by %.1f %%", fit->name,
                 100 * fit->weight, fit->formula, 100 * expm1(fit->held_out));
        nh_print_wrapped(out, "  - ", "    ", text);
    }
}

static void print_prediction(FILE *out, const struct nh_app_answer *answer, double far)
{
    const struct nh_scaling *s = &answer->scaling;
    const struct nh_scaling_point *last = &s->points[s->count - 1];
    struct nh_prediction p;
    char text[400], time[NH_UNIT_TEXT], lo[NH_UNIT_TEXT], hi[NH_UNIT_TEXT];
    nh_models_predict(&answer->models, far * last->k, &p);
    if (!isfinite(p.time_s))
        return;
    snprintf(text, sizeof text,
             "predicted for %.0f %s: %s, one run between %s and %s (95 %%), grade "
             "%s: %s",
             far * (double)(s->by_nodes ? last->source->nodes : last->source->cores),
             s->by_nodes ? "nodes" : "cores", nh_format_ns(p.time_s * 1e9, time),
             nh_format_ns(p.pi.lo * 1e9, lo), nh_format_ns(p.pi.hi * 1e9, hi),
             nh_prediction_grade(p.grade), p.why);
    nh_print_wrapped(out, "  - ", "    ", text);
}

void nh_text_models(FILE *out, const struct nh_app_answer *answer)
{
    const struct nh_models *m = &answer->models;
    if (answer->scaling.count < 3)
        return;
    fprintf(out, "\n  Models of the time, k = size over the base\n");
    if (m->refusal) {
        nh_print_wrapped(out, "  ", "  ", m->refusal);
        return;
    }
    print_fits(out, m);
    print_prediction(out, answer, 2);
    print_prediction(out, answer, 4);
}
