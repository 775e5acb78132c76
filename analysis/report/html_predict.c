/* SPDX-License-Identifier: BSD-3-Clause */
#include "analysis/report/html_predict.h"

#include <math.h>

#include "common/units.h"

/* Predictions. Each says so, with its interval and its grade. */

static void time_cell(FILE *out, double seconds)
{
    char text[NH_HTML_TEXT];
    nh_html_cell(out, "%s", nh_html_time(seconds, text));
}

static void bounds_cell(FILE *out, struct nh_interval bounds)
{
    char lo[NH_HTML_TEXT], hi[NH_HTML_TEXT];
    if (nh_html_has(bounds))
        nh_html_cell(out, "%s to %s", nh_html_time(bounds.lo, lo), nh_html_time(bounds.hi, hi));
    else
        nh_html_cell(out, "–");
}

static const struct nh_interval no_bounds = {.lo = NAN, .hi = NAN};

static void size_row(FILE *out, long nodes, long cores)
{
    char text[NH_HTML_TEXT];
    if (nodes > 0)
        nh_html_row_open(out, "%ld node%s, %s core%s", nodes, nodes == 1 ? "" : "s",
                         nh_html_number((double)cores, text), cores == 1 ? "" : "s");
    else
        nh_html_row_open(out, "%s core%s", nh_html_number((double)cores, text),
                         cores == 1 ? "" : "s");
}

static void paragraph(FILE *out, const char *before, const char *text)
{
    fputs("<p>", out);
    nh_html_text(out, "%s%s.", before, text);
    fputs("</p>\n", out);
}

/* ---- By the models ---- */

enum { BEYOND = 2 };

static void model_row(FILE *out, const struct nh_scaling *s, long far,
                      const struct nh_prediction *p)
{
    const struct nh_app_point *last = s->points[s->count - 1].source;
    char size[NH_SIZE_TEXT];
    nh_html_row_open(out, "%s", nh_size_words(s, far * last->nodes, far * last->cores, size));
    time_cell(out, p->time_s);
    bounds_cell(out, p->pi);
    nh_html_cell_words(out, "%s", nh_prediction_grade(p->grade));
    nh_html_cell_prose(out, p->why);
    nh_html_row_close(out);
}

static bool by_models(FILE *out, const struct nh_app_answer *a)
{
    static const char *const columns[] = {"Size",   "Predicted time", "95 % of single runs",
                                          "<Grade", "<Because",       NULL};
    const struct nh_scaling *s = &a->scaling;
    struct nh_prediction p[BEYOND];
    bool any = false;
    for (size_t i = 0; i < BEYOND; i++) {
        nh_models_predict(&a->models, (double)(2L << i) * s->points[s->count - 1].k, &p[i]);
        any = any || isfinite(p[i].time_s);
    }
    if (!any)
        return false;
    nh_html_table_open(out, "Predicted by the models, beyond the largest size", columns);
    for (size_t i = 0; i < BEYOND; i++)
        if (isfinite(p[i].time_s))
            model_row(out, s, 2L << i, &p[i]);
    nh_html_table_close(out);
    return true;
}

/* ---- From micro-benchmarks ---- */

static bool is_shown(const struct nh_app_answer *a)
{
    return a->network.asked && (a->network.refusal == NULL || a->scaling.count > 1);
}

static void link_item(FILE *out, const char *where, const struct nh_link *link)
{
    char alpha[NH_HTML_TEXT], rate[NH_UNIT_TEXT];
    if (link->curve == NULL)
        return;
    fputs("<li>", out);
    nh_html_text(out, "Ping-pong %s: %s + size/(%s), which misses its points by %.0f %%.", where,
                 nh_html_time(link->alpha_s, alpha), nh_format_rate(1.0 / link->byte_s, rate),
                 100.0 * link->miss);
    fputs("</li>\n", out);
}

static void level_item(FILE *out, const struct nh_network_answer *n)
{
    char level[NH_HTML_TEXT];
    fputs("<li>", out);
    nh_html_text(
        out, "All-reduce: %s for each level of its tree, %s.", nh_html_time(n->level_s, level),
        n->level_from_link ? "taken from the ping-pong, since none was measured" : "as measured");
    fputs("</li>\n", out);
}

/* The first row is what the prediction starts from: no check. */
static void network_row(FILE *out, const struct nh_network_row *row, bool base)
{
    bool measured = isfinite(row->measured_s);
    size_row(out, row->nodes, row->cores);
    time_cell(out, base ? NAN : row->time.time_s);
    bounds_cell(out, base ? no_bounds : row->time.pi);
    nh_html_cell(out, "%.0f", base ? 100.0 : 100.0 * row->efficiency);
    time_cell(out, row->compute_s);
    time_cell(out, row->halo_s);
    time_cell(out, row->allreduce_s);
    time_cell(out, row->measured_s);
    nh_html_cell_words(out, "%s",
                       base          ? "base of the prediction"
                       : !measured   ? "not measured"
                       : row->inside ? "within the bounds"
                                     : "outside the bounds");
    nh_html_row_close(out);
}

static void network_table(FILE *out, const struct nh_network_answer *n)
{
    static const char *const columns[] = {
        "Size",          "Predicted time", "Bounds",   "Efficiency (%)", "of it compute",
        "halo exchange", "all-reduce",     "Measured", "<Check",         NULL};
    nh_html_table_open(out,
                       "Predicted from ping-pong and all-reduce, grade C; the bounds: all messages "
                       "at once, one after another",
                       columns);
    for (size_t i = 0; i < n->row_count; i++)
        network_row(out, &n->rows[i], i == 0);
    nh_html_table_close(out);
}

static void from_network(FILE *out, const struct nh_network_answer *n)
{
    if (n->refusal != NULL) {
        paragraph(out, "No prediction from micro-benchmarks: ", n->refusal);
        return;
    }
    fputs("<ul>\n", out);
    link_item(out, "within a node", &n->within);
    link_item(out, "between nodes", &n->between);
    level_item(out, n);
    fputs("</ul>\n", out);
    network_table(out, n);
}

void nh_html_predictions(FILE *out, const struct nh_app_answer *a, size_t app)
{
    bool network = is_shown(a), models = a->models.averaged > 0;
    if (a->scaling.count == 0 || (!network && !models))
        return;
    fprintf(out, "<h3 id=\"predicted%zu\">What is predicted and was not measured</h3>\n", app + 1);
    if (models && !by_models(out, a) && !network)
        paragraph(out, "", "Beyond the largest size the models predict nothing");
    if (network)
        from_network(out, &a->network);
}

/* ---- Another mesh ---- */

static void least_nodes(FILE *out, const struct nh_mesh_answer *a)
{
    fputs("<p>", out);
    if (a->least.nodes > 0)
        nh_html_text(out, "It needs %ld node%s%s.", a->least.nodes, a->least.nodes == 1 ? "" : "s",
                     a->least.measured
                         ? ", if a node holds no more cells than the most that one has run; "
                           "--bytes-per-cell tells it from the memory"
                         : ": nine tenths of the memory are counted on");
    else
        nh_html_text(out, "How many nodes it needs is not known; give --bytes-per-cell and "
                          "--machine.");
    fputs("</p>\n", out);
}

static void mesh_row(FILE *out, const struct nh_mesh_row *row)
{
    bool refused = row->time.grade == NH_GRADE_REFUSED;
    size_row(out, row->nodes, row->cores);
    time_cell(out, refused ? NAN : row->time.time_s);
    bounds_cell(out, refused ? no_bounds : row->time.pi);
    if (refused)
        nh_html_cell(out, "–");
    else
        nh_html_cell(out, "%.0f", 100.0 * row->efficiency);
    nh_html_cell_words(out, "%s", nh_prediction_grade(row->time.grade));
    nh_html_cell_prose(out, row->time.why);
    nh_html_row_close(out);
}

static void write_mesh(FILE *out, const struct nh_mesh_answer *a)
{
    static const char *const columns[] = {
        "Size", "Predicted time", "95 % of single runs", "Efficiency (%)", "<Grade", "<Because",
        NULL};
    char cells[NH_HTML_TEXT];
    fputs("<h3>", out);
    nh_html_text(out, "A mesh of %s cells", nh_html_number(a->cells, cells));
    fputs("</h3>\n", out);
    paragraph(out, "Predicted from what was measured: ", a->name);
    least_nodes(out, a);
    if (a->refusal != NULL)
        paragraph(out, "No times: ", a->refusal);
    if (a->refusal != NULL || a->row_count == 0)
        return;
    nh_html_table_open(out, "Predicted time of a run", columns);
    for (size_t i = 0; i < a->row_count; i++)
        mesh_row(out, &a->rows[i]);
    nh_html_table_close(out);
}

void nh_html_meshes(FILE *out, const struct nh_report *r)
{
    if (r->mesh_count == 0)
        return;
    fputs("<section id=\"meshes\">\n<h2>Another mesh</h2>\n", out);
    for (size_t i = 0; i < r->mesh_count; i++)
        write_mesh(out, &r->meshes[i]);
    fputs("</section>\n", out);
}
