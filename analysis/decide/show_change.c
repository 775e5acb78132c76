/* SPDX-License-Identifier: BSD-3-Clause */
/* What would change an answer, as text and JSON. */
#include <math.h>
#include <string.h>

#include "analysis/decide/show.h"
#include "analysis/report/table.h"
#include "common/units.h"

enum { MOST_WAYS = 8 }; /* shown whatever they say; more only where the answer is new */

static const char *const factor_names[NH_FACTORS] = {"node price", "licence", "efficiency",
                                                     "efficiency"};
static const char *const json_names[NH_FACTORS] = {"price_per_node_hour", "licence",
                                                   "efficiency_here", "efficiency_next"};

static bool is_share(int factor)
{
    return factor == NH_FACTOR_OWN || factor == NH_FACTOR_NEXT;
}

static const char *licence_unit(const struct nh_advice *a)
{
    switch (a->terms.licence.kind) {
    case NH_LICENCE_PER_CORE_HOUR:
    case NH_LICENCE_TOKENS:
        return " per core-hour";
    case NH_LICENCE_PER_JOB:
        return " per run";
    case NH_LICENCE_NONE:
    case NH_LICENCE_PER_HOUR:
        break;
    }
    return " per hour";
}

/* "$3.888", "95.6 %"; prices are shown to a tenth of a cent. */
static const char *value_text(const struct nh_advice *a, int factor, double value, char *buf)
{
    if (is_share(factor))
        snprintf(buf, NH_MONEY_TEXT, "%.1f %%", 100 * value);
    else if (value < 10 && strcmp(a->unit, "USD") == 0)
        snprintf(buf, NH_MONEY_TEXT, "$%.3f", value);
    else
        nh_amount_text(a, value, buf);
    return buf;
}

/* Does the number of nodes alone name every size? */
static bool nodes_differ(const struct nh_scaling *s)
{
    for (size_t i = 0; i < s->count; i++)
        if (s->points[i].source->nodes <= 0 ||
            (i > 0 && s->points[i].source->nodes == s->points[i - 1].source->nodes))
            return false;
    return true;
}

/* Without the cores, so that a row fits the terminal. */
static const char *short_size(const struct nh_scaling *s, size_t point, char *buf)
{
    const struct nh_app_point *p = s->points[point].source;
    bool nodes = s->by_nodes || nodes_differ(s);
    long n = nodes ? p->nodes : p->cores;
    snprintf(buf, NH_SIZE_TEXT, "%ld %s%s", n, nodes ? "node" : "core", n == 1 ? "" : "s");
    return buf;
}

static void factor_cell(struct nh_table *t, const struct nh_scaling *s, const struct nh_advice *a,
                        int factor, const struct nh_sensitivity *f)
{
    char size[NH_SIZE_TEXT];
    if (is_share(factor))
        nh_table_cell(t, "%s, %s", factor_names[factor], short_size(s, f->point, size));
    else
        nh_table_cell(t, "%s%s", factor_names[factor],
                      factor == NH_FACTOR_LICENCE ? licence_unit(a) : " per hour");
}

static void what_if_cell(struct nh_table *t, const struct nh_scaling *s, const struct nh_advice *a,
                         const struct nh_what_if *w)
{
    char cost[NH_MONEY_TEXT], size[NH_SIZE_TEXT];
    nh_table_cell(t, "%s, %s", short_size(s, w->cheapest, size),
                  nh_amount_text(a, w->amount * a->shown_factor, cost));
}

static void unless_cell(struct nh_table *t, const struct nh_scaling *s, const struct nh_advice *a,
                        int factor, const struct nh_sensitivity *f)
{
    char value[NH_MONEY_TEXT], size[NH_SIZE_TEXT], text[4 * NH_SIZE_TEXT] = "";
    const struct nh_what_if *ends[] = {&f->below, &f->above};
    for (int i = 0; i < 2; i++) {
        size_t used = strlen(text);
        if (isfinite(ends[i]->value) && used < sizeof text)
            snprintf(text + used, sizeof text - used, "%s%s %s: %s", used ? "; " : "",
                     i ? "above" : "below", value_text(a, factor, ends[i]->value, value),
                     short_size(s, ends[i]->cheapest, size));
    }
    nh_table_cell(t, "%s", *text ? text : "(always)");
}

static void add_row(struct nh_table *t, const struct nh_scaling *s, const struct nh_advice *a,
                    int factor, const struct nh_sensitivity *f)
{
    char value[NH_MONEY_TEXT];
    nh_table_row(t);
    factor_cell(t, s, a, factor, f);
    nh_table_cell(t, "%s", value_text(a, factor, f->now.value, value));
    what_if_cell(t, s, a, &f->low);
    what_if_cell(t, s, a, &f->high);
    unless_cell(t, s, a, factor, f);
}

static void print_elasticity(FILE *out, const struct nh_scaling *s, const struct nh_advice *a,
                             const struct nh_changes *c)
{
    char text[400], size[NH_SIZE_TEXT], from[NH_MONEY_TEXT];
    if (!isfinite(c->licence_from))
        return;
    snprintf(text, sizeof text,
             "If the efficiency falls linearly from %s to the next size (elasticity %.3g, licence "
             "share %.3g), sizes between the two cost less from a licence of %s per hour on",
             nh_size_text(s, a->cheapest, size), c->elasticity, c->licence_share,
             nh_amount_text(a, c->licence_from, from));
    nh_print_wrapped(out, "  ", "  ", text);
}

void nh_changes_table(struct nh_table *t, const struct nh_scaling *s, const struct nh_advice *a,
                      const struct nh_changes *c)
{
    nh_table_row(t);
    nh_table_cell(t, "input");
    nh_table_cell(t, "now");
    nh_table_cell(t, "20 %% less");
    nh_table_cell(t, "20 %% more");
    nh_table_cell(t, "stays unless");
    for (int f = 0; f < NH_FACTORS; f++)
        if (c->factors[f].applies)
            add_row(t, s, a, f, &c->factors[f]);
}

int nh_changes_text(FILE *out, const struct nh_scaling *s, const struct nh_advice *a,
                    const struct nh_changes *c, struct nh_error *err)
{
    struct nh_table t = {0};
    char size[NH_SIZE_TEXT];
    if (!c->known)
        return NH_OK;
    fprintf(out, "  What would change the answer (least cost at %s)\n",
            nh_size_text(s, a->cheapest, size));
    nh_changes_table(&t, s, a, c);
    int rc = nh_table_print(&t, out, 4, 1, "", "", err);
    print_elasticity(out, s, a, c);
    return rc;
}

/* ---- JSON ---- */

static json_t *what_if_json(const struct nh_scaling *s, const struct nh_advice *a,
                            const struct nh_what_if *w)
{
    const struct nh_app_point *p = s->points[w->cheapest].source;
    if (!isfinite(w->value))
        return json_null();
    return json_pack("{s:f, s:I, s:I, s:o}", "input", w->value, "nodes", (json_int_t)p->nodes,
                     "cores", (json_int_t)p->cores, "value",
                     nh_show_number(w->amount > 0 ? w->amount * a->shown_factor : NAN));
}

json_t *nh_changes_json(const struct nh_scaling *s, const struct nh_advice *a,
                        const struct nh_changes *c)
{
    json_t *list = json_array();
    for (int f = 0; f < NH_FACTORS && c->known; f++) {
        const struct nh_sensitivity *at = &c->factors[f];
        if (at->applies)
            json_array_append_new(list,
                                  json_pack("{s:s, s:o, s:o, s:o, s:o, s:o}", "input",
                                            json_names[f], "now", what_if_json(s, a, &at->now),
                                            "less_20_percent", what_if_json(s, a, &at->low),
                                            "more_20_percent", what_if_json(s, a, &at->high),
                                            "changes_below", what_if_json(s, a, &at->below),
                                            "changes_above", what_if_json(s, a, &at->above)));
    }
    return json_pack("{s:o, s:o, s:o, s:o}", "inputs", list, "elasticity",
                     nh_show_number(c->elasticity), "licence_share",
                     nh_show_number(c->licence_share), "licence_per_hour_for_more_nodes",
                     nh_show_number(c->licence_from));
}

/* ---- Ways to pay ---- */

static void way_row(struct nh_table *t, const struct nh_scaling *s, const struct nh_advice *a,
                    const struct nh_way *w, bool licences)
{
    char size[NH_SIZE_TEXT], time[NH_UNIT_TEXT], cost[NH_MONEY_TEXT];
    nh_table_row(t);
    nh_table_cell(t, "%s", w->model);
    if (licences)
        nh_table_cell(t, "%s", w->licence ? "with" : "without");
    nh_table_cell(t, "%s", short_size(s, w->cheapest, size));
    nh_table_cell(t, "%s",
                  w->seconds < 1 ? nh_format_ns(w->seconds * 1e9, time)
                                 : nh_format_duration(w->seconds, time));
    nh_table_cell(t, "%s", nh_amount_text(a, w->amount * a->shown_factor, cost));
    if (w->from_nodes == w->to_nodes)
        nh_table_cell(t, "%s", "");
    else
        nh_table_cell(t, "%ld to %ld nodes, up to %.2g %% less", w->from_nodes, w->to_nodes,
                      100 * w->gain);
}

/* Is there an earlier row with the same answer? */
static bool seen_before(const struct nh_across *a, size_t i)
{
    const struct nh_way *w = &a->ways[i];
    for (size_t k = 0; k < i; k++)
        if (a->ways[k].licence == w->licence && a->ways[k].cheapest == w->cheapest &&
            a->ways[k].from_nodes == w->from_nodes && a->ways[k].to_nodes == w->to_nodes)
            return true;
    return false;
}

void nh_across_table(struct nh_table *t, const struct nh_scaling *s, const struct nh_advice *a,
                     const struct nh_across *across)
{
    bool licences = false;
    size_t left_out = 0;
    for (size_t i = 0; i < across->count; i++)
        licences = licences || across->ways[i].licence;
    nh_table_row(t);
    nh_table_cell(t, "paid by");
    if (licences)
        nh_table_cell(t, "licence");
    nh_table_cell(t, "cheapest");
    nh_table_cell(t, "turn-around");
    nh_table_cell(t, "cost (%s)", a->unit);
    nh_table_cell(t, "between the sizes (estimate)");
    for (size_t i = 0; i < across->count; i++) {
        if (i < MOST_WAYS || !seen_before(across, i))
            way_row(t, s, a, &across->ways[i], licences);
        else
            left_out++;
    }
    if (left_out) {
        nh_table_row(t);
        nh_table_cell(t, "and %zu more with the same answers", left_out);
    }
}

int nh_across_text(FILE *out, const struct nh_scaling *s, const struct nh_advice *a,
                   const struct nh_across *across, struct nh_error *err)
{
    struct nh_table t = {0};
    if (!a->priced || across->count < 2 || s->count < 2)
        return NH_OK;
    fprintf(out, "\n  %s\n",
            nh_across_agree(across) ? "The same size is the cheapest however the nodes are paid"
                                    : "The way to pay changes the cheapest size");
    nh_across_table(&t, s, a, across);
    return nh_table_print(&t, out, 4, 1, "", "", err);
}

json_t *nh_across_json(const struct nh_scaling *s, const struct nh_across *across)
{
    json_t *list = json_array();
    for (size_t i = 0; i < across->count; i++) {
        const struct nh_way *w = &across->ways[i];
        const struct nh_app_point *p = s->points[w->cheapest].source;
        json_array_append_new(
            list,
            json_pack("{s:s, s:b, s:I, s:I, s:o, s:o, s:I, s:I, s:o}", "model", w->model, "licence",
                      (int)w->licence, "nodes", (json_int_t)p->nodes, "cores", (json_int_t)p->cores,
                      "time_s", nh_show_number(w->seconds), "cost", nh_show_number(w->amount),
                      "between_from_nodes", (json_int_t)w->from_nodes, "between_to_nodes",
                      (json_int_t)w->to_nodes, "between_gain", nh_show_number(w->gain)));
    }
    return list;
}
