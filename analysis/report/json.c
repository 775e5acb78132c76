/* SPDX-License-Identifier: BSD-3-Clause */
/* The report as JSON: numbers in base units (seconds, bytes), money as decimal text. */
#include <jansson.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "analysis/cost/options.h"
#include "analysis/decide/show.h"
#include "analysis/report/json_models.h"
#include "analysis/report/report.h"
#include "common/cli.h"
#include "common/fields.h"

enum { REPORT_VERSION = 1 };

static void put(json_t *o, const char *key, json_t *value)
{
    json_object_set_new(o, key, value ? value : json_null());
}

static void put_real(json_t *o, const char *key, double value)
{
    put(o, key, nh_json_real(value));
}

static void put_count(json_t *o, const char *key, long value)
{
    put(o, key, value > 0 ? json_integer(value) : json_null());
}

/* File names and cut-off labels may be no UTF-8; what is not becomes '?'. */
static json_t *text(const char *s)
{
    json_t *value = json_string(s);
    char *copy = value ? NULL : strdup(s);
    if (!copy)
        return value;
    for (char *p = copy; *p; p++)
        if ((unsigned char)*p >= 0x80)
            *p = '?';
    value = json_string(copy);
    free(copy);
    return value;
}

static void put_text(json_t *o, const char *key, const char *s)
{
    put(o, key, text(s));
}

static void put_text_or_null(json_t *o, const char *key, const char *s)
{
    put(o, key, s && *s ? text(s) : json_null());
}

/* [low, high], or null where the sample supports none. */
static void put_interval(json_t *o, const char *key, struct nh_interval ci)
{
    json_t *pair = NULL;
    if (isfinite(ci.lo) && isfinite(ci.hi)) {
        pair = json_array();
        json_array_append_new(pair, json_real(ci.lo));
        json_array_append_new(pair, json_real(ci.hi));
    }
    put(o, key, pair);
}

static void put_money(json_t *o, const char *key, struct nh_money m)
{
    char amount[NH_MONEY_TEXT];
    json_t *money = json_object();
    put_text(money, "amount", nh_money_decimal(m, amount));
    put_text(money, "currency", m.currency);
    put(o, key, money);
}

/* ---- Scaling ---- */

static json_t *rows_json(const struct nh_app_point *p)
{
    json_t *rows = json_array();
    for (size_t i = 0; i < p->row_count; i++) {
        json_t *row = json_object();
        put(row, "launch", json_integer(p->rows[i].launch));
        put_real(row, "solver_s", p->rows[i].solver_s);
        put_real(row, "job_s", p->rows[i].job_s);
        json_array_append_new(rows, row);
    }
    return rows;
}

static json_t *point_json(const struct nh_scaling_point *p)
{
    json_t *o = json_object();
    put_count(o, "nodes", p->source->nodes);
    put_count(o, "cores", p->source->cores);
    put_real(o, "cells", p->source->cells);
    put_real(o, "cells_per_core", p->cells_per_core);
    put(o, "repeats", json_integer((json_int_t)p->repeats));
    put_real(o, "solver_s", p->solver_s);
    put_interval(o, "solver_ci95_s", p->solver_ci);
    put_real(o, "billed_s", p->billed_s);
    put_interval(o, "billed_ci95_s", p->billed_ci);
    put_real(o, "size_ratio", p->k);
    put_real(o, "scale_up", p->scale_up);
    put_interval(o, "scale_up_ci95", p->scale_up_ci);
    put_real(o, "efficiency", p->efficiency);
    put_interval(o, "efficiency_ci95", p->efficiency_ci);
    put_real(o, "incremental_efficiency", p->incremental);
    put_real(o, "karp_flatt", p->karp_flatt);
    put_text_or_null(o, "note", p->source->note);
    put(o, "timings", rows_json(p->source));
    return o;
}

static json_t *points_json(const struct nh_scaling *s)
{
    json_t *points = json_array();
    for (size_t i = 0; i < s->count; i++)
        json_array_append_new(points, point_json(&s->points[i]));
    return points;
}

/* ---- Advice ---- */

static json_t *price_json(const struct nh_price *p)
{
    json_t *o = json_object();
    put_text(o, "machine", p->machine);
    put_text(o, "model", p->model);
    put_money(o, "per_node_hour", p->per_hour);
    put_text(o, "region", p->region);
    put_text(o, "as_of", p->as_of);
    put_text(o, "source", p->source);
    return o;
}

static void put_size(json_t *o, const struct nh_app_point *p)
{
    put_count(o, "nodes", p->nodes);
    put_count(o, "cores", p->cores);
}

static json_t *parts_json(const struct nh_advice *a, const struct nh_cost_parts *p)
{
    json_t *o = json_object();
    put_real(o, "compute", p->compute * a->shown_factor);
    put_real(o, "licence", p->licence * a->shown_factor);
    put_real(o, "overhead", p->overhead * a->shown_factor);
    put_real(o, "storage", p->storage * a->shown_factor);
    put_real(o, "transfer", p->transfer * a->shown_factor);
    put_real(o, "billed_s", p->billed_s);
    put_real(o, "run_s", p->run_s);
    return o;
}

static json_t *spot_json(const struct nh_spot *s)
{
    json_t *o = json_object();
    put_real(o, "interruptions_per_node_hour", s->interruptions_per_node_hour);
    put_real(o, "checkpoint_interval_s", s->checkpoint_interval_s);
    put_real(o, "checkpoint_cost_s", s->checkpoint_cost_s);
    put_real(o, "restart_s", s->restart_s);
    return o;
}

static json_t *break_even_json(const struct nh_break_even *b)
{
    json_t *o = json_object();
    put_real(o, "utilisation", b->utilisation);
    put_real(o, "hours_per_year", b->hours_per_year);
    put_real(o, "hours_of_each_node", b->node_hours);
    return o;
}

static void put_terms(json_t *o, const struct nh_advice *a)
{
    char licence[NH_LICENCE_TEXT];
    json_t *terms = json_object();
    put_text_or_null(terms, "licence", nh_licence_text(&a->terms.licence, licence));
    put_real(terms, "boot_s", a->terms.boot_s);
    put_real(terms, "idle_s", a->terms.idle_s);
    put_real(terms, "storage_usd_per_hour", a->terms.storage_usd_per_hour);
    put_real(terms, "transfer_usd", a->terms.transfer_usd);
    put_real(terms, "billing_step_s", a->terms.billing_step_s);
    put_real(terms, "billing_minimum_s", a->terms.billing_minimum_s);
    put(terms, "spot", a->terms.spot ? spot_json(&a->spot) : NULL);
    put(o, "terms", terms);
    put(o, "break_even", a->break_even.utilisation > 0 ? break_even_json(&a->break_even) : NULL);
}

static json_t *cost_json(const struct nh_advice *a, const struct nh_cost_point *p)
{
    json_t *o = json_object();
    struct nh_interval ci = {p->cost_ci.lo * a->shown_factor, p->cost_ci.hi * a->shown_factor,
                             p->cost_ci.coverage};
    put_size(o, p->scaling->source);
    put_real(o, "time_s", p->time_s);
    put_real(o, "value", p->amount * a->shown_factor);
    put_interval(o, "value_ci95", ci);
    put(o, "parts", parts_json(a, &p->parts));
    if (a->terms.spot) {
        put_real(o, "p90_time_s", p->p90_time_s);
        put_real(o, "p90_value", p->p90_amount);
    }
    if (a->priced) {
        struct nh_money m = a->price.per_hour;
        m.micro = llround(fmin(p->amount * a->shown_factor, 9e12) * 1e6);
        put_money(o, "cost", m);
        put_real(o, "licence_share", p->licence_share);
    }
    put(o, "on_front", json_boolean(p->on_front));
    put(o, "tied_cheapest", json_boolean(p->tied_cheapest));
    put_real(o, "p_cheapest", p->p_cheapest);
    put_real(o, "p_fastest", p->p_fastest);
    put_real(o, "p_recommended", p->p_recommended);
    put_count(o, "cost_group", (long)p->group);
    return o;
}

static json_t *step_json(const struct nh_advice *a, const struct nh_step *step)
{
    json_t *o = json_object(), *from = json_object(), *to = json_object();
    put_size(from, a->points[step->from].scaling->source);
    put_size(to, a->points[step->to].scaling->source);
    put(o, "from", from);
    put(o, "to", to);
    put_real(o, "time_ratio", step->time_ratio);
    put_real(o, "cost_ratio", step->cost_ratio);
    put_real(o, "per_hour_saved", step->per_hour_saved);
    put_interval(o, "time_ratio_ci95", step->time_ratio_ci);
    put_interval(o, "cost_ratio_ci95", step->cost_ratio_ci);
    put(o, "costs_indistinct", json_boolean(step->indistinct));
    return o;
}

static void put_choice(json_t *o, const char *key, const struct nh_advice *a, size_t i)
{
    put(o, key, cost_json(a, &a->points[i]));
}

static json_t *chances_json(const struct nh_advice *a)
{
    json_t *o = a->chances.draws ? json_object() : NULL;
    if (!o)
        return NULL;
    put(o, "resamples", json_integer((json_int_t)a->chances.draws));
    put(o, "indicative", json_boolean(a->chances.indicative));
    put_real(o, "recommended_stands", a->chances.stands);
    put_real(o, "expected_loss", a->chances.expected_loss * a->shown_factor);
    return o;
}

static json_t *advice_json(const struct nh_advice *a)
{
    json_t *o = json_object(), *points = json_array(), *steps = json_array(), *notes = json_array();
    for (size_t i = 0; i < a->count; i++)
        json_array_append_new(points, cost_json(a, &a->points[i]));
    for (size_t i = 0; i < a->step_count; i++)
        json_array_append_new(steps, step_json(a, &a->steps[i]));
    for (size_t i = 0; i < a->caveat_count; i++)
        json_array_append_new(notes, text(a->caveats[i]));
    put_text(o, "verdict", a->verdict);
    put_text(o, "unit", a->unit);
    put_text(o, "value_per", a->shown_per);
    put(o, "price", a->priced ? price_json(&a->price) : NULL);
    put_money(o, "licence_per_hour", a->licence_per_hour);
    put_terms(o, a);
    put_choice(o, "recommended", a, a->recommended);
    put_choice(o, "cheapest", a, a->cheapest);
    put_choice(o, "fastest", a, a->fastest);
    put(o, "points", points);
    put(o, "front_steps", steps);
    put(o, "chances", chances_json(a));
    put(o, "caveats", notes);
    return o;
}

static json_t *app_json(const struct nh_app_answer *answer, const struct nh_dataset *set)
{
    const struct nh_scaling *s = &answer->scaling;
    json_t *o = json_object(), *advice = json_array();
    for (size_t i = 0; i < answer->advice_count; i++) {
        json_t *one = advice_json(&answer->advice[i]);
        put(one, "decision", nh_decision_json(s, &answer->advice[i], &answer->decisions[i]));
        json_array_append_new(advice, one);
    }
    put_text(o, "name", s->app->name);
    put_text_or_null(o, "machine", s->app->machine);
    put_text(o, "time_of", s->app->work);
    put_text(o, "scaling", s->app->kind == NH_WEAK ? "weak" : "strong");
    put_text(o, "relative_to", s->by_nodes ? "nodes" : "cores");
    put(o, "solver_time_is_billed", json_boolean(s->solver_is_billed));
    put(o, "bootstrap_resamples", json_integer((json_int_t)s->resamples));
    put(o, "points", points_json(s));
    put(o, "advice", advice);
    put(o, "models", nh_json_models(answer));
    put(o, "bottleneck", nh_json_bottleneck(answer, set));
    put(o, "network_prediction", nh_json_network(&answer->network));
    put(o, "ways_to_pay", nh_across_json(s, &answer->across));
    return o;
}

/* ---- Curves ---- */

static json_t *curve_point_json(const struct nh_curve_point *p)
{
    json_t *o = json_object();
    put_real(o, "size_bytes", p->size_bytes);
    put_real(o, "median_ns", p->median_ns);
    put_interval(o, "ci95_ns", p->ci);
    put(o, "launches", json_integer((json_int_t)p->launches));
    put_real(o, "within_launch_spread", p->within_spread);
    put_real(o, "between_launch_spread", p->between_spread);
    put_real(o, "bandwidth_bytes_per_s", p->bandwidth_Bps);
    put(o, "bimodal", json_boolean(p->bimodal));
    return o;
}

static json_t *curve_json(const struct nh_curve *c)
{
    json_t *o = json_object(), *points = json_array();
    for (size_t i = 0; i < c->point_count; i++)
        json_array_append_new(points, curve_point_json(&c->points[i]));
    put_text(o, "kernel", c->kernel);
    put_text(o, "label", c->label);
    put_text(o, "metric", c->metric);
    put_text(o, "statistic", *c->statistic ? c->statistic : "median over launches");
    put(o, "ranks", json_integer(c->ranks));
    put(o, "nodes", json_integer(c->nodes));
    put(o, "points", points);
    return o;
}

/* ---- The physics guard ---- */

static json_t *doubt_json(const struct nh_doubt *f)
{
    json_t *o = json_object();
    put_text(o, "record", f->where);
    put_text(o, "level", nh_level_name(f->level));
    put_text(o, "figure", f->figure);
    put_text(o, "rule", f->rule->name);
    put_text(o, "value", f->why.value);
    put_text(o, "bound", f->why.bound);
    put_text(o, "formula", f->why.formula);
    put_text(o, "says", f->rule->says);
    return o;
}

static json_t *guard_json(const struct nh_doubts *f)
{
    json_t *o = json_object(), *items = json_array();
    for (int level = NH_IMPOSSIBLE; level >= NH_UNCHECKED; level--)
        put(o, nh_level_name((enum nh_level)level), json_integer((json_int_t)f->levels[level]));
    for (size_t i = 0; i < f->count; i++)
        json_array_append_new(items, doubt_json(&f->items[i]));
    put(o, "findings", items);
    return o;
}

/* ---- Published figures ---- */

static json_t *references_json(const struct nh_references *r)
{
    json_t *list = json_array();
    for (size_t i = 0; i < r->count; i++) {
        const struct nh_reference_row *row = &r->rows[i];
        json_t *o = json_object();
        put_text(o, "kernel", row->measured->kernel);
        put_text(o, "label", row->measured->label);
        put_count(o, "nodes", row->measured->nodes);
        put_real(o, "size_bytes", row->size_bytes);
        put_real(o, "measured_ns", row->measured_ns);
        put_interval(o, "measured_ci95_ns", row->ci);
        put_real(o, "published_median_ns", row->median_ns);
        put_real(o, "published_least_ns", row->least_ns);
        put_real(o, "published_most_ns", row->most_ns);
        put_count(o, "published_sets", (long)row->sets);
        put_real(o, "ratio", row->ratio);
        json_array_append_new(list, o);
    }
    return list;
}

/* ---- The whole ---- */

static json_t *sources_json(const struct nh_dataset *set)
{
    json_t *sources = json_array();
    for (size_t i = 0; i < set->source_count; i++)
        json_array_append_new(sources, text(set->sources[i]));
    return sources;
}

static json_t *records_json(const struct nh_dataset *set)
{
    json_t *o = json_object();
    const struct nh_records *records = &set->records;
    const struct nh_record *first = records->count ? &records->items[0] : NULL;
    put(o, "count", json_integer((json_int_t)records->count + (json_int_t)set->folded_count));
    put(o, "damaged", json_integer((json_int_t)records->damaged));
    put(o, "first_time", first && first->time ? text(first->time) : NULL);
    put(o, "first_system", first ? json_incref(first->system) : NULL);
    put(o, "first_command", first ? json_incref(first->command) : NULL);
    return o;
}

static json_t *command_json(char *const *command)
{
    json_t *words = command ? json_array() : NULL;
    for (size_t i = 0; command && command[i]; i++)
        json_array_append_new(words, text(command[i]));
    return words;
}

static json_t *lists_json(const struct nh_report *r, json_t *o)
{
    json_t *apps = json_array(), *curves = json_array(), *warnings = json_array();
    json_t *meshes = json_array();
    for (size_t i = 0; i < r->app_count; i++)
        json_array_append_new(apps, app_json(&r->apps[i], &r->data));
    for (size_t i = 0; i < r->data.curve_count; i++)
        json_array_append_new(curves, curve_json(&r->data.curves[i]));
    for (size_t i = 0; i < r->data.warning_count; i++)
        json_array_append_new(warnings, text(r->data.warnings[i]));
    for (size_t i = 0; i < r->mesh_count; i++)
        json_array_append_new(meshes, nh_json_mesh(&r->meshes[i]));
    put(o, "meshes", meshes);
    put(o, "applications", apps);
    put(o, "curves", curves);
    put(o, "warnings", warnings);
    return o;
}

int nh_report_json(FILE *out, const struct nh_report *r, struct nh_error *err)
{
    json_t *o = json_object();
    put_text(o, "format", "nodehour-report");
    put(o, "version", json_integer(REPORT_VERSION));
    put_text(o, "program", "nodehour " NH_VERSION);
    put_text(o, "title", r->title);
    put(o, "command", command_json(r->command));
    put(o, "sources", sources_json(&r->data));
    put(o, "bootstrap_seed", json_integer(NH_BOOTSTRAP_SEED));
    lists_json(r, o);
    put(o, "references", references_json(&r->references));
    put(o, "guard", guard_json(&r->doubts));
    put(o, "records", records_json(&r->data));
    int rc = json_dumpf(o, out, JSON_INDENT(2) | JSON_REAL_PRECISION(12));
    json_decref(o);
    fputc('\n', out);
    return rc || ferror(out) ? nh_fail_errno(err, "cannot write JSON") : NH_OK;
}
