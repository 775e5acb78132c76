/* SPDX-License-Identifier: BSD-3-Clause */
/* A decision as text and JSON. */
#include <math.h>

#include "analysis/decide/show.h"
#include "analysis/report/table.h"

int nh_decision_text(FILE *out, const struct nh_scaling *s, const struct nh_advice *a,
                     const struct nh_decision *d, struct nh_error *err)
{
    for (size_t i = 0; i < d->answer_count; i++)
        nh_print_wrapped(out, "  > ", "    ", d->answers[i].text);
    if (*d->optimum_text)
        nh_print_wrapped(out, "  ", "  ", d->optimum_text);
    if (*d->decided.text)
        nh_print_wrapped(out, "  ", "  ", d->decided.text);
    if (*d->next.text)
        nh_print_wrapped(out, "  ", "  ", d->next.text);
    return nh_changes_text(out, s, a, &d->changes, err);
}

/* ---- JSON ---- */

json_t *nh_show_number(double value)
{
    return isfinite(value) ? json_real(value) : json_null();
}

static json_t *interval(struct nh_interval ci, double factor)
{
    if (!isfinite(ci.lo) || !isfinite(ci.hi))
        return json_null();
    return json_pack("[f, f]", ci.lo * factor, ci.hi * factor);
}

static const char *origin_name(const struct nh_candidate *c)
{
    static const char *const names[] = {"measured", "interpolated", "predicted"};
    return names[c->origin];
}

static json_t *candidate_json(const struct nh_advice *a, const struct nh_candidate *c)
{
    return json_pack("{s:I, s:I, s:s, s:s?, s:o, s:o, s:o, s:o}", "nodes", (json_int_t)c->nodes,
                     "cores", (json_int_t)c->cores, "basis", origin_name(c), "grade",
                     c->origin == NH_BEYOND ? nh_prediction_grade(c->grade) : NULL, "time_s",
                     nh_show_number(c->seconds), "time_range_s", interval(c->range, 1), "value",
                     nh_show_number(c->amount * a->shown_factor), "efficiency",
                     nh_show_number(c->efficiency));
}

static json_t *choice_json(const struct nh_advice *a, const struct nh_choice *c)
{
    if (!c->found)
        return json_null();
    json_t *o = candidate_json(a, &c->at);
    json_object_set_new(o, "value_range", interval(c->amounts, a->shown_factor));
    json_object_set_new(o, "chance", nh_show_number(c->chance));
    if (c->concurrent > 0) {
        json_object_set_new(o, "runs_at_once", json_integer(c->concurrent));
        json_object_set_new(o, "end_s", nh_show_number(c->end_s));
    }
    return o;
}

static json_t *answers_json(const struct nh_advice *a, const struct nh_decision *d)
{
    json_t *list = json_array();
    for (size_t i = 0; i < d->answer_count; i++) {
        const struct nh_answer *at = &d->answers[i];
        json_array_append_new(
            list, json_pack("{s:s, s:s, s:o, s:o, s:o, s:o}", "question", at->question->name,
                            "text", at->text, "measured", choice_json(a, &at->measured),
                            "interpolated", choice_json(a, &at->between), "predicted",
                            choice_json(a, &at->beyond), "closest", choice_json(a, &at->closest)));
    }
    return list;
}

static json_t *optimum_json(const struct nh_advice *a, const struct nh_decision *d)
{
    json_t *list = json_array();
    for (int shape = 0; shape < NH_SHAPES && d->optimum.found; shape++) {
        const struct nh_candidate *c = &d->candidates.items[d->optimum.best[shape]];
        json_array_append_new(
            list, json_pack("{s:s, s:I, s:I, s:o, s:o}", "shape", nh_shape_names[shape], "nodes",
                            (json_int_t)c->nodes, "cores", (json_int_t)c->cores, "time_s",
                            nh_show_number(c->shape_s[shape]), "value",
                            nh_show_number(d->optimum.amount[shape] * a->shown_factor)));
    }
    return list;
}

static json_t *next_json(const struct nh_advice *a, const struct nh_next *n)
{
    if (!n->found)
        return json_pack("{s:n, s:s}", "measure", "text", n->text);
    json_t *at = candidate_json(a, &n->at);
    json_object_set_new(at, "runs", json_integer(n->runs));
    return json_pack("{s:o, s:s, s:o, s:o, s:o, s:o, s:b}", "measure", at, "text", n->text, "cost",
                     nh_show_number(n->cost * a->shown_factor), "gain_per_run",
                     nh_show_number(n->gain * a->shown_factor), "loss_per_run",
                     nh_show_number(n->loss * a->shown_factor), "pays_after_runs",
                     nh_show_number(n->pays_after), "spread_assumed", (int)n->assumed);
}

json_t *nh_decision_json(const struct nh_scaling *s, const struct nh_advice *a,
                         const struct nh_decision *d)
{
    return json_pack("{s:b, s:s, s:o, s:o, s:o, s:o}", "decided", (int)d->decided.decided,
                     "decided_text", d->decided.text, "next", next_json(a, &d->next), "answers",
                     answers_json(a, d), "between_sizes", optimum_json(a, d), "changes",
                     nh_changes_json(s, a, &d->changes));
}
