/* SPDX-License-Identifier: BSD-3-Clause */
#include "launch/app/record.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "common/cli.h"
#include "common/fields.h"
#include "common/record.h"
#include "common/sysinfo.h"

static char *time_text(void)
{
    char text[32];
    time_t now = time(NULL);
    struct tm utc;
    gmtime_r(&now, &utc);
    strftime(text, sizeof text, "%Y-%m-%dT%H:%M:%SZ", &utc);
    return strdup(text);
}

static json_t *words_json(const struct nh_args *words)
{
    json_t *list = json_array();
    for (size_t i = 0; i < words->count; i++)
        json_array_append_new(list, json_string(words->items[i]));
    return list;
}

static json_t *params_json(const struct nh_trial *t)
{
    return json_pack("{s:s, s:s, s:i, s:i, s:s?}", "application", t->app.name, "scaling",
                     t->app.weak ? "weak" : "strong", "ranks_per_node", t->job->ranks_per_node,
                     "threads", t->job->threads ? t->job->threads : 1, "environment",
                     t->app.environment_label);
}

/* Whether the solver's time is that of all that the launch did. */
static bool is_whole(const struct nh_application *app, const struct nh_figures *f)
{
    if (app->figure.per_iteration)
        return f->iterations > 0;
    return !app->figure.given || app->figure.work > 0 || !strchr(app->figure.unit, '/');
}

static json_t *derived_json(const struct nh_application *app, const struct nh_figures *f,
                            double job_s)
{
    json_t *o =
        json_pack("{s:o, s:f, s:o, s:o}", "solver_s", nh_json_real(f->solver_s), "job_s", job_s,
                  "iterations", nh_json_real(f->iterations), "cells", nh_json_real(f->cells));
    if (f->iterations > 0 && f->solver_s > 0 && is_whole(app, f))
        json_object_set_new(o, "time_per_iteration_s", json_real(f->solver_s / f->iterations));
    return o;
}

/* What the solver's time is of: "run", "iteration", "ns" of a rate "ns/day", "2 ns" where the
 * study says how much a launch does. */
static void name_work(const struct nh_figure *f, bool iterations, char *buf, size_t len)
{
    const char *slash = strrchr(f->unit, '/');
    int amount = slash ? (int)(slash - f->unit) : 0;
    if (f->per_iteration)
        snprintf(buf, len, iterations ? "run" : "iteration");
    else if (slash && f->work > 0)
        snprintf(buf, len, "%.4g %.*s", f->work, amount, f->unit);
    else if (slash)
        snprintf(buf, len, "%.*s", amount, f->unit);
    else
        snprintf(buf, len, "run");
}

static json_t *figure_json(const struct nh_application *app, const struct nh_figures *read)
{
    const struct nh_figure *f = &app->figure;
    char of[64];
    name_work(f, read->iterations > 0, of, sizeof of);
    return json_pack("{s:o, s:s, s:s, s:b}", "value", nh_json_real(read->figure), "unit", f->unit,
                     "of", of, "whole", (int)is_whole(app, read));
}

/* Bytes sent by this machine's devices, all programs: of the nodes it is one, or none (ssh). */
static json_t *network_json(const struct nh_trial *t)
{
    static const char *const keys[] = {[NH_DEVICE_EFA] = "efa_sent_bytes",
                                       [NH_DEVICE_NET] = "net_sent_bytes",
                                       [NH_DEVICE_LOOPBACK] = "loopback_sent_bytes"};
    struct nh_counters after, delta;
    double sent[sizeof keys / sizeof *keys] = {0};
    json_t *o = json_object();
    nh_counters_read("", &after);
    nh_counters_delta(&t->before, &after, &delta);
    for (int i = 0; i < delta.count; i++) {
        const struct nh_device *d = &delta.device[i];
        bool counts = d->kind != NH_DEVICE_NET || d->physical;
        if (counts && d->value[NH_TX_BYTES] != NH_COUNTER_ABSENT)
            sent[d->kind] += (double)d->value[NH_TX_BYTES];
    }
    for (size_t i = 0; i < sizeof keys / sizeof *keys; i++)
        json_object_set_new(o, keys[i], json_integer((json_int_t)sent[i]));
    return o;
}

static json_t *detail_json(const struct nh_trial *t, const struct nh_figures *f)
{
    json_t *o = json_pack("{s:o, s:b, s:o}", "hosts", words_json(t->nodes), "started_by_mpirun",
                          (int)t->app.mpi, "network", network_json(t));
    if (t->app.figure.given)
        json_object_set_new(o, "figure", figure_json(&t->app, f));
    if (t->app.steps.match)
        json_object_set_new(o, "steps",
                            json_pack("{s:I, s:f}", "counted", (json_int_t)f->step_count, "warmup",
                                      t->app.steps.warmup));
    return o;
}

/* Foreign programs say nothing of the path that their bytes took, nor of where ranks ran. */
static json_t *transport_json(void)
{
    return json_pack("{s:s, s:s, s:n}", "verdict", "unknown", "reason",
                     "a program of others: nodehour is not inside it, so it cannot tell which path "
                     "carried its bytes, nor where its ranks ran",
                     "basis");
}

/* Steps are samples, else the whole launch is the only one. Job time stands in where the
 * program has no figure. */
static int set_samples(struct nh_record *r, const struct nh_figures *f, double job_s,
                       struct nh_error *err)
{
    double whole = f->solver_s > 0 ? f->solver_s : job_s;
    size_t n = f->step_count ? f->step_count : 1;
    double *ns = malloc(n * sizeof *ns);
    r->samples_ns = malloc(n * sizeof *r->samples_ns);
    if (!ns || !r->samples_ns) {
        free(ns);
        return nh_fail(err, NH_EFAIL, "out of memory");
    }
    for (size_t i = 0; i < n; i++) {
        ns[i] = (f->step_count ? f->step_s[i] : whole) * 1e9;
        r->samples_ns[i] = (int64_t)(ns[i] + 0.5);
    }
    r->sample_count = n;
    int rc = nh_summarise(ns, n, r->level, false, &r->stats);
    free(ns);
    return rc ? nh_fail(err, NH_EFAIL, "out of memory") : NH_OK;
}

static void set_texts(const struct nh_trial *t, const struct nh_figures *f, struct nh_record *r)
{
    const char *metric = f->step_count     ? "time_per_step"
                         : f->solver_s > 0 ? "solver_time"
                                           : "job_time";
    r->time = time_text();
    r->program = strdup("nodehour " NH_VERSION);
    r->run = strdup(t->dir->id);
    r->job = strdup(t->job->name);
    r->kernel = strdup("application");
    r->metric = strdup(metric);
    r->timing = strdup(f->solver_s > 0 ? "program" : "launcher");
    r->sync = strdup("none");
    r->stop_rule = strdup("count");
    r->verify = strdup(t->app.match || t->app.never ? "passed" : "off");
    r->machine = t->app.machine ? strdup(t->app.machine) : nh_sysinfo_instance_type("");
}

static void set_values(const struct nh_trial *t, const struct nh_figures *f, double job_s,
                       struct nh_record *r)
{
    r->params = params_json(t);
    r->derived = derived_json(&t->app, f, job_s);
    r->detail = detail_json(t, f);
    r->clock = json_pack("{s:s, s:n, s:n}", "source", "program", "resolution_ns", "cost_ns");
    r->placement = json_array();
    r->transport = transport_json();
    r->system = nh_sysinfo_system("");
    r->env = nh_sysinfo_env(t->environment.count ? t->environment.items : (char *[]){NULL});
    r->command = words_json(&t->command);
}

int nh_app_record(const struct nh_trial *t, const struct nh_figures *f, double job_s,
                  const char *path, struct nh_error *err)
{
    struct nh_record r;
    nh_record_init(&r);
    r.launch = t->launch;
    r.nodes = t->job->nodes;
    r.ranks = t->job->ranks;
    r.first_op_ns = -1;
    r.precision_target = NAN;
    r.elapsed_s = job_s;
    set_texts(t, f, &r);
    set_values(t, f, job_s, &r);
    int rc = set_samples(&r, f, job_s, err);
    if (!rc)
        rc = nh_record_append(path, &r, err);
    nh_record_clear(&r);
    return rc;
}
