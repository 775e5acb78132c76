/* SPDX-License-Identifier: BSD-3-Clause */
#include "analysis/report/json_models.h"

#include <math.h>

#include "common/fields.h"

static void put(json_t *o, const char *key, json_t *value)
{
    json_object_set_new(o, key, value ? value : json_null());
}

static void put_real(json_t *o, const char *key, double value)
{
    put(o, key, nh_json_real(value));
}

static void put_interval(json_t *o, const char *key, struct nh_interval ci)
{
    put(o, key,
        isfinite(ci.lo) && isfinite(ci.hi) ? json_pack("[f, f]", ci.lo, ci.hi) : json_null());
}

/* ---- Models ---- */

static json_t *param_json(const struct nh_model_param *p)
{
    json_t *o = json_object();
    put_real(o, "value", p->value);
    put_real(o, "standard_error", p->se);
    put_interval(o, "ci95", p->ci);
    put(o, "on_bound", p->bound ? json_string(p->bound) : NULL);
    return o;
}

static json_t *fit_json(const struct nh_model_fit *fit)
{
    json_t *o = json_object(), *params = json_object();
    for (size_t i = 0; i < fit->param_count; i++)
        json_object_set_new(params, fit->params[i].name, param_json(&fit->params[i]));
    put(o, "name", json_string(fit->name));
    put(o, "formula", fit->formula[0] ? json_string(fit->formula) : NULL);
    put(o, "parameters", params);
    put_real(o, "weight", fit->weight);
    put_real(o, "aicc", fit->aicc);
    put_real(o, "weighted_rss", fit->rss);
    put_real(o, "held_out_log_error", fit->held_out);
    put_real(o, "cross_validated_r2", fit->skill);
    put(o, "not_averaged_because", fit->why_not[0] ? json_string(fit->why_not) : NULL);
    return o;
}

static void put_prediction(json_t *o, const struct nh_prediction *p)
{
    put(o, "predicted", json_true());
    put_real(o, "time_s", p->time_s);
    put_interval(o, "ci95_s", p->ci);
    put_interval(o, "prediction_interval95_s", p->pi);
    put(o, "grade", json_string(nh_prediction_grade(p->grade)));
    put(o, "why", json_string(p->why));
}

static json_t *prediction_json(const struct nh_models *m, double k)
{
    struct nh_prediction p;
    json_t *o = json_object();
    nh_models_predict(m, k, &p);
    put_real(o, "size_ratio", k);
    put_prediction(o, &p);
    return o;
}

json_t *nh_json_models(const struct nh_app_answer *answer)
{
    const struct nh_models *m = &answer->models;
    const struct nh_scaling *s = &answer->scaling;
    json_t *o = json_object(), *fits = json_array(), *beyond = json_array();
    for (size_t i = 0; i < m->count; i++)
        json_array_append_new(fits, fit_json(&m->fits[i]));
    for (double far = 2; s->count && far <= 4; far *= 2)
        json_array_append_new(beyond, prediction_json(m, far * s->points[s->count - 1].k));
    put(o, "refusal", m->refusal ? json_string(m->refusal) : NULL);
    put(o, "averaged", json_integer((json_int_t)m->averaged));
    put_real(o, "held_out_log_error", m->held_out);
    put(o, "fits", fits);
    put(o, "predictions", beyond);
    return o;
}

/* ---- Bottleneck ---- */

static json_t *factors_json(const struct nh_pop_factors *f, const struct nh_app_point *p)
{
    json_t *o = json_object();
    put(o, "nodes", p->nodes > 0 ? json_integer(p->nodes) : NULL);
    put(o, "cores", p->cores > 0 ? json_integer(p->cores) : NULL);
    put_real(o, "load_balance", f->load_balance);
    put_real(o, "communication", f->communication);
    put_real(o, "parallel", f->parallel);
    put_real(o, "serialisation", f->serialisation);
    put_real(o, "transfer", f->transfer);
    put_real(o, "computation_scaling", f->computation);
    put_real(o, "instruction_scaling", f->instructions);
    put_real(o, "ipc_scaling", f->ipc);
    put_real(o, "frequency_scaling", f->frequency);
    put_real(o, "global", f->global);
    return o;
}

static json_t *all_factors(const struct nh_scaling *s, const struct nh_dataset *set)
{
    struct nh_pop_run base, run;
    size_t app = (size_t)(s->app - set->apps);
    json_t *list = json_array();
    for (size_t i = 0; i < s->count; i++) {
        const struct nh_app_point *p = s->points[i].source;
        if (!nh_shares_run(&set->shares, app, p->nodes, p->cores, i ? &run : &base))
            break;
        struct nh_pop_factors f = nh_pop_factors(i ? &run : &base, &base, s->app->kind == NH_WEAK);
        json_array_append_new(list, factors_json(&f, p));
    }
    return list;
}

json_t *nh_json_bottleneck(const struct nh_app_answer *answer, const struct nh_dataset *set)
{
    static const char *const losses[] = {"none",     "load balance", "communication", "computation",
                                         "constant", "growing",      "unknown"};
    const struct nh_bottleneck *b = &answer->bottleneck;
    json_t *o = json_object(), *notes = json_array();
    for (size_t i = 0; i < b->note_count; i++)
        json_array_append_new(notes, json_string(b->notes[i]));
    put(o, "loss", json_string(losses[b->loss]));
    put(o, "verdict", json_string(b->verdict));
    put(o, "notes", notes);
    put(o, "super_linear", json_boolean(b->superlinear));
    put(o, "super_linear_significant", json_boolean(b->significant));
    put(o, "anti_scaling", json_boolean(b->anti_scaling));
    put_real(o, "time_ratio_with_network_twice_as_fast", b->faster_network);
    put(o, "factors", all_factors(&answer->scaling, set));
    return o;
}

/* ---- Another mesh ---- */

static json_t *mesh_row_json(const struct nh_mesh_row *row)
{
    json_t *o = json_object();
    put(o, "nodes", row->nodes > 0 ? json_integer(row->nodes) : NULL);
    put(o, "cores", json_integer(row->cores));
    put_prediction(o, &row->time);
    put_real(o, "efficiency", row->efficiency);
    return o;
}

json_t *nh_json_mesh(const struct nh_mesh_answer *a)
{
    json_t *o = json_object(), *rows = json_array();
    for (size_t i = 0; i < a->row_count; i++)
        json_array_append_new(rows, mesh_row_json(&a->rows[i]));
    put_real(o, "cells", a->cells);
    put(o, "least_nodes", a->least.nodes > 0 ? json_integer(a->least.nodes) : NULL);
    put(o, "least_nodes_by",
        json_string(a->least.measured ? "cells that a node has run" : "memory"));
    put(o, "measured_meshes", json_integer((json_int_t)a->meshes));
    put_real(o, "left_out_mesh_log_error", a->mesh_miss);
    put(o, "refusal", a->refusal ? json_string(a->refusal) : NULL);
    put(o, "sizes", rows);
    return o;
}

/* ---- From micro-benchmarks ---- */

static json_t *link_json(const struct nh_link *link)
{
    json_t *o = link->curve ? json_object() : json_null();
    if (!link->curve)
        return o;
    put(o, "curve", json_string(link->curve->label));
    put_real(o, "alpha_s", link->alpha_s);
    put_real(o, "alpha_standard_error_s", link->alpha_se);
    put_real(o, "bandwidth_bytes_per_s", 1 / link->byte_s);
    put_real(o, "half_bandwidth_bytes", link->half_bytes);
    put_real(o, "relative_misfit", link->miss);
    return o;
}

static json_t *network_row_json(const struct nh_network_row *row)
{
    json_t *o = json_object();
    put(o, "nodes", row->nodes > 0 ? json_integer(row->nodes) : NULL);
    put(o, "cores", json_integer(row->cores));
    put(o, "predicted", json_true());
    put_real(o, "time_s", row->time.time_s);
    put_interval(o, "bounds_s", row->time.pi);
    put_real(o, "compute_s", row->compute_s);
    put_real(o, "halo_s", row->halo_s);
    put_real(o, "allreduce_s", row->allreduce_s);
    put_real(o, "efficiency", row->efficiency);
    put(o, "grade", json_string(nh_prediction_grade(row->time.grade)));
    put(o, "why", json_string(row->time.why));
    put_real(o, "measured_s", row->measured_s);
    put(o, "measured_inside", isfinite(row->measured_s) ? json_boolean(row->inside) : NULL);
    return o;
}

json_t *nh_json_network(const struct nh_network_answer *a)
{
    if (!a->asked)
        return json_null();
    json_t *o = json_object(), *rows = json_array();
    for (size_t i = 0; i < a->row_count; i++)
        json_array_append_new(rows, network_row_json(&a->rows[i]));
    put(o, "refusal", a->refusal ? json_string(a->refusal) : NULL);
    put(o, "link_within_a_node", link_json(&a->within));
    put(o, "link_between_nodes", link_json(&a->between));
    put_real(o, "allreduce_per_level_s", a->refusal ? NAN : a->level_s);
    put(o, "allreduce_measured", json_boolean(!a->refusal && !a->level_from_link));
    put(o, "sizes", rows);
    return o;
}
