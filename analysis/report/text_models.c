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

static void print_prediction(FILE *out, const struct nh_app_answer *answer, long far)
{
    const struct nh_scaling *s = &answer->scaling;
    const struct nh_scaling_point *last = &s->points[s->count - 1];
    struct nh_prediction p;
    char text[400], size[NH_SIZE_TEXT], time[NH_UNIT_TEXT], lo[NH_UNIT_TEXT], hi[NH_UNIT_TEXT];
    nh_models_predict(&answer->models, (double)far * last->k, &p);
    if (!isfinite(p.time_s))
        return;
    snprintf(text, sizeof text,
             "predicted for %s: %s, one run between %s and %s (95 %%), grade %s: %s",
             nh_size_words(s, far * last->source->nodes, far * last->source->cores, size),
             nh_format_ns(p.time_s * 1e9, time), nh_format_ns(p.pi.lo * 1e9, lo),
             nh_format_ns(p.pi.hi * 1e9, hi), nh_prediction_grade(p.grade), p.why);
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

/* ---- From micro-benchmarks ---- */

static void print_link(FILE *out, const char *where, const struct nh_link *link)
{
    char alpha[NH_UNIT_TEXT], rate[NH_UNIT_TEXT], text[256];
    if (!link->curve)
        return;
    snprintf(text, sizeof text, "ping-pong %s: %s + size/(%s), missed by %.0f %%", where,
             nh_format_ns(link->alpha_s * 1e9, alpha), nh_format_rate(1 / link->byte_s, rate),
             100 * link->miss);
    nh_print_wrapped(out, "  - ", "    ", text);
}

static void network_row(struct nh_table *t, const struct nh_network_row *row)
{
    char time[NH_UNIT_TEXT], lo[NH_UNIT_TEXT], hi[NH_UNIT_TEXT];
    nh_table_row(t);
    nh_table_cell(t, row->nodes > 0 ? "%ld" : "-", row->nodes);
    nh_table_cell(t, "%ld", row->cores);
    nh_table_cell(t, "%s", nh_format_ns(row->time.time_s * 1e9, time));
    nh_table_cell(t, "[%s, %s]", nh_format_ns(row->time.pi.lo * 1e9, lo),
                  nh_format_ns(row->time.pi.hi * 1e9, hi));
    nh_table_cell(t, "%.0f", 100 * row->efficiency);
    nh_table_cell(t, "%s",
                  isnan(row->measured_s) ? "-" : nh_format_ns(row->measured_s * 1e9, time));
    nh_table_cell(t, "%s", isnan(row->measured_s) ? "" : row->inside ? "within" : "outside");
}

/* The first row is what the prediction starts from: no check. */
static void base_row(struct nh_table *t, const struct nh_network_row *row)
{
    char time[NH_UNIT_TEXT];
    nh_table_row(t);
    nh_table_cell(t, row->nodes > 0 ? "%ld" : "-", row->nodes);
    nh_table_cell(t, "%ld", row->cores);
    nh_table_cell(t, "-");
    nh_table_cell(t, "-");
    nh_table_cell(t, "100");
    nh_table_cell(t, "%s", nh_format_ns(row->measured_s * 1e9, time));
    nh_table_cell(t, "base");
}

int nh_text_network(FILE *out, const struct nh_app_answer *answer, struct nh_error *err)
{
    const struct nh_network_answer *a = &answer->network;
    struct nh_table t = {0};
    if (!a->asked || (a->refusal && answer->scaling.count < 2))
        return NH_OK;
    fprintf(out, "\n  Predicted from ping-pong and all-reduce (grade C)\n");
    if (a->refusal) {
        nh_print_wrapped(out, "  ", "  ", a->refusal);
        return NH_OK;
    }
    print_link(out, "within a node", &a->within);
    print_link(out, "between nodes", &a->between);
    nh_table_row(&t);
    nh_table_cell(&t, "nodes");
    nh_table_cell(&t, "cores");
    nh_table_cell(&t, "predicted");
    nh_table_cell(&t, "bounds");
    nh_table_cell(&t, "efficiency (%%)");
    nh_table_cell(&t, "measured");
    nh_table_cell(&t, "%s", "");
    base_row(&t, &a->rows[0]);
    for (size_t i = 1; i < a->row_count; i++)
        network_row(&t, &a->rows[i]);
    return nh_table_print(&t, out, 2, 0, "", "", err);
}

/* ---- Another mesh ---- */

static void print_least(FILE *out, const struct nh_mesh_answer *a)
{
    char text[256];
    if (a->least.nodes > 0 && a->least.measured)
        snprintf(
            text, sizeof text,
            "It needs %ld node%s if a node holds no more cells than the most that one has run; "
            "--bytes-per-cell tells it from the memory",
            a->least.nodes, a->least.nodes == 1 ? "" : "s");
    else if (a->least.nodes > 0)
        snprintf(text, sizeof text, "It needs %ld node%s: nine tenths of the memory are counted on",
                 a->least.nodes, a->least.nodes == 1 ? "" : "s");
    else
        snprintf(text, sizeof text,
                 "How many nodes it needs is not known; give --bytes-per-cell and "
                 "--machine");
    nh_print_wrapped(out, "  ", "  ", text);
}

static void mesh_row(struct nh_table *t, const struct nh_mesh_row *row)
{
    char time[NH_UNIT_TEXT], lo[NH_UNIT_TEXT], hi[NH_UNIT_TEXT];
    bool refused = row->time.grade == NH_GRADE_REFUSED;
    nh_table_row(t);
    nh_table_cell(t, row->nodes > 0 ? "%ld" : "-", row->nodes);
    nh_table_cell(t, "%ld", row->cores);
    nh_table_cell(t, "%s", refused ? "-" : nh_format_time(row->time.time_s, time));
    if (refused)
        nh_table_cell(t, "-");
    else
        nh_table_cell(t, "[%s, %s]", nh_format_time(row->time.pi.lo, lo),
                      nh_format_time(row->time.pi.hi, hi));
    if (refused)
        nh_table_cell(t, "-");
    else
        nh_table_cell(t, "%.0f", 100 * row->efficiency);
    nh_table_cell(t, "%s", nh_prediction_grade(row->time.grade));
}

int nh_text_mesh(FILE *out, const struct nh_mesh_answer *a, struct nh_error *err)
{
    struct nh_table t = {0};
    fprintf(out, "Prediction for a mesh of %.10g cells, from %s\n", a->cells, a->name);
    print_least(out, a);
    if (a->refusal)
        nh_print_wrapped(out, "  No times: ", "  ", a->refusal);
    if (a->refusal || !a->row_count)
        return NH_OK;
    nh_table_row(&t);
    nh_table_cell(&t, "nodes");
    nh_table_cell(&t, "cores");
    nh_table_cell(&t, "predicted");
    nh_table_cell(&t, "one run, 95 %%");
    nh_table_cell(&t, "efficiency (%%)");
    nh_table_cell(&t, "grade");
    for (size_t i = 0; i < a->row_count; i++)
        mesh_row(&t, &a->rows[i]);
    int rc = nh_table_print(&t, out, 2, 0, "", "", err);
    nh_print_wrapped(out, "  The largest: ", "  ", a->rows[a->row_count - 1].time.why);
    return rc;
}
