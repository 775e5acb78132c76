/* SPDX-License-Identifier: BSD-3-Clause */
#include "launch/plan.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/record.h"
#include "common/rng.h"
#include "launch/preset.h"

/* Measuring of the preset must end within 120 s on two cores; the rest is for launches
 * that take longer to start than estimated and for warm-up beyond the caps. */
static const double budget_s = 90;
static const double least_measure_s = 0.5, most_measure_s = 3, quick_measure_s = 0.8;
static const double least_cap_s = 0.02;

double nh_plan_limit_s(double expected_s)
{
    return 10 * expected_s + 60;
}

/* Start and end of an mpirun launch: seen 0.4 to 0.8 s with few ranks. */
static double start_s(int ranks)
{
    return 0.6 + 0.01 * ranks;
}

void nh_plan_clear(struct nh_plan *plan)
{
    for (size_t i = 0; i < plan->job_count; i++) {
        nh_args_clear(&plan->jobs[i].args);
        nh_args_clear(&plan->jobs[i].env);
        json_decref(plan->jobs[i].app);
    }
    free(plan->jobs);
    free(plan->steps);
    *plan = (struct nh_plan){0};
}

double nh_plan_expected_s(const struct nh_plan *plan)
{
    double sum = 0;
    for (size_t i = 0; i < plan->job_count; i++)
        sum += plan->jobs[i].expected_s;
    return sum * (double)plan->launches;
}

/* Seconds that nodes are busy in launches. */
static double launched_node_s(const struct nh_plan *plan)
{
    double sum = 0;
    for (size_t i = 0; i < plan->job_count; i++)
        sum += plan->jobs[i].expected_s * (double)plan->jobs[i].nodes;
    return sum * (double)plan->launches;
}

double nh_plan_node_hours(const struct nh_plan *plan)
{
    double node_s = plan->billed_nodes ? nh_plan_expected_s(plan) * (double)plan->billed_nodes
                                       : launched_node_s(plan);
    return node_s / 3600;
}

/* All jobs are on machines of one kind, hence of one price. */
double nh_plan_cost(const struct nh_plan *plan, double wall_s, double node_s)
{
    double billed_s = plan->billed_nodes ? wall_s * (double)plan->billed_nodes : node_s;
    return plan->job_count ? plan->jobs[0].price_per_hour * billed_s / 3600 : 0;
}

long nh_plan_most_nodes(const struct nh_plan *plan)
{
    long most = 1;
    for (size_t i = 0; i < plan->job_count; i++)
        most = plan->jobs[i].nodes > most ? plan->jobs[i].nodes : most;
    return most;
}

void nh_plan_note(struct nh_plan *plan, const char *fmt, ...)
{
    if (plan->note_count == sizeof plan->notes / sizeof *plan->notes)
        return;
    va_list args;
    va_start(args, fmt);
    vsnprintf(plan->notes[plan->note_count++], sizeof plan->notes[0], fmt, args);
    va_end(args);
}

struct nh_job *nh_plan_add(struct nh_plan *plan, int ranks, struct nh_error *err, const char *fmt,
                           ...)
{
    size_t n = plan->job_count;
    if ((n & (n - 1)) == 0) { /* full: there is room for the next power of two */
        struct nh_job *grown = realloc(plan->jobs, (n ? 2 * n : 1) * sizeof *grown);
        if (!grown) {
            nh_fail(err, NH_EFAIL, "out of memory");
            return NULL;
        }
        plan->jobs = grown;
    }
    struct nh_job *job = &plan->jobs[plan->job_count++];
    *job = (struct nh_job){.ranks = ranks, .ranks_per_node = ranks, .nodes = 1};
    va_list args;
    va_start(args, fmt);
    vsnprintf(job->name, sizeof job->name, fmt, args);
    va_end(args);
    return job;
}

/* Seconds that one launch of every job may measure, so that all of them fit the budget. */
static double measure_s(const struct nh_request *request, const struct nh_plan *plan)
{
    if (request->quick)
        return quick_measure_s;
    double starts_s = 0;
    for (size_t i = 0; i < plan->job_count; i++)
        starts_s += start_s(plan->jobs[i].ranks);
    double each = (budget_s / NH_LAUNCHES - starts_s) / (double)plan->job_count;
    return each < least_measure_s ? least_measure_s : each > most_measure_s ? most_measure_s : each;
}

/* The time caps follow from the number of jobs and sizes, so they are set last. */
static int set_caps(const struct nh_request *request, struct nh_plan *plan, struct nh_error *err)
{
    double each_s = measure_s(request, plan);
    for (size_t i = 0; i < plan->job_count; i++) {
        struct nh_job *job = &plan->jobs[i];
        double cap_s = each_s / (double)job->measurements;
        cap_s = cap_s < least_cap_s ? least_cap_s : cap_s;
        nh_args_add(&job->args, "--max-time");
        nh_args_add(&job->args, "%.3f", cap_s);
        if (request->machine) {
            nh_args_add(&job->args, "--machine");
            nh_args_add(&job->args, "%s", request->machine);
        }
        job->expected_s = start_s(job->ranks) + cap_s * (double)job->measurements;
        job->limit_s = nh_plan_limit_s(job->expected_s);
        if (job->args.failed)
            return nh_fail(err, NH_EFAIL, "out of memory");
    }
    return NH_OK;
}

/* Shuffled over all (job, launch) pairs, so that drift of the machine does not become a
 * difference between jobs (Hoefler and Belli 2015, rule of randomised order). */
int nh_plan_set_order(struct nh_plan *plan, struct nh_error *err)
{
    size_t n = plan->job_count * (size_t)plan->launches;
    size_t *index = malloc((n + 1) * sizeof *index);
    plan->steps = malloc((n + 1) * sizeof *plan->steps);
    if (!index || !plan->steps) {
        free(index);
        return nh_fail(err, NH_EFAIL, "out of memory");
    }
    struct nh_rng rng = {.state = plan->seed};
    for (size_t i = 0; i < n; i++)
        index[i] = i;
    nh_rng_shuffle(&rng, index, n);
    for (size_t i = 0; i < n; i++)
        plan->steps[i] = (struct nh_plan_step){.job = index[i] % plan->job_count,
                                               .launch = (long)(index[i] / plan->job_count)};
    plan->step_count = n;
    free(index);
    return NH_OK;
}

static int check_request(const struct nh_request *r, struct nh_error *err)
{
    if (r->launches > NH_LAUNCHES_MAX)
        return nh_fail(err, NH_EINPUT, "--launches %ld is too many; give 1 to %d", r->launches,
                       NH_LAUNCHES_MAX);
    return NH_OK;
}

int nh_plan_make(const struct nh_request *request, uint64_t seed, struct nh_plan *plan,
                 struct nh_error *err)
{
    *plan = (struct nh_plan){.seed = seed, .launches = request->launches, .billed_nodes = 1};
    if (!plan->launches)
        plan->launches = request->quick ? NH_LAUNCHES_QUICK : NH_LAUNCHES;
    int rc = check_request(request, err);
    if (!rc)
        rc = nh_preset_jobs(request, plan, err);
    if (!rc)
        rc = set_caps(request, plan, err);
    if (!rc)
        rc = nh_plan_set_order(plan, err);
    if (rc)
        nh_plan_clear(plan);
    return rc;
}

/* ---- run.json ---- */

json_t *nh_request_json(const struct nh_request *r)
{
    return json_pack("{s:s?, s:s?, s:s?, s:s?, s:I, s:I, s:I, s:i, s:b}", "kernels", r->kernels,
                     "sizes", r->sizes, "machine", r->machine, "seed", r->seed, "launches",
                     (json_int_t)r->launches, "ranks", (json_int_t)r->ranks, "cells",
                     (json_int_t)r->cells, "cores", r->cores, "quick", (int)r->quick);
}

static json_t *words_json(const struct nh_args *words)
{
    json_t *array = json_array();
    for (size_t i = 0; i < words->count; i++)
        json_array_append_new(array, json_string(words->items[i]));
    return array;
}

static json_t *job_json(const struct nh_job *job)
{
    return json_pack("{s:s, s:i, s:I, s:i, s:i, s:f, s:f, s:f, s:o, s:o, s:O*}", "name", job->name,
                     "ranks", job->ranks, "nodes", (json_int_t)job->nodes, "ranks_per_node",
                     job->ranks_per_node, "threads", job->threads, "expected_s", job->expected_s,
                     "limit_s", job->limit_s, "price_per_hour", job->price_per_hour, "env",
                     words_json(&job->env), "argv", words_json(&job->args), "app", job->app);
}

json_t *nh_plan_json(const struct nh_plan *plan)
{
    char seed[24];
    json_t *jobs = json_array();
    for (size_t i = 0; i < plan->job_count; i++)
        json_array_append_new(jobs, job_json(&plan->jobs[i]));
    json_t *notes = json_array();
    for (size_t i = 0; i < plan->note_count; i++)
        json_array_append_new(notes, json_string(plan->notes[i]));
    snprintf(seed, sizeof seed, "%llu", (unsigned long long)plan->seed); /* more than 2^53 */
    return json_pack("{s:s, s:I, s:f, s:f, s:I, s:s, s:s, s:o, s:o}", "seed", seed, "launches",
                     (json_int_t)plan->launches, "max_time_s", plan->max_time_s, "max_cost",
                     plan->max_cost, "billed_nodes", (json_int_t)plan->billed_nodes, "price_model",
                     plan->price_model, "currency", plan->currency, "notes", notes, "jobs", jobs);
}

/* What a run.json of an earlier version lacks is what that version did: one node. */
static void parse_place(const json_t *json, struct nh_job *job)
{
    job->nodes = (long)nh_json_number(json, "nodes", 1);
    job->ranks_per_node = (int)nh_json_number(json, "ranks_per_node", job->ranks);
    job->threads = (int)nh_json_number(json, "threads", 0);
    job->limit_s = nh_json_number(json, "limit_s", nh_plan_limit_s(job->expected_s));
    job->price_per_hour = nh_json_number(json, "price_per_hour", 0);
}

static void parse_words(const json_t *json, struct nh_args *words)
{
    json_t *item;
    size_t i;
    json_array_foreach(json, i, item)
    {
        const char *word = json_string_value(item);
        nh_args_add(words, "%s", word ? word : "");
    }
}

static int parse_job(const json_t *json, struct nh_plan *plan, struct nh_error *err)
{
    const char *name;
    int ranks;
    double expected_s;
    json_t *words;
    if (json_unpack((json_t *)json, "{s:s, s:i, s:F, s:o}", "name", &name, "ranks", &ranks,
                    "expected_s", &expected_s, "argv", &words) ||
        ranks < 1 || !(expected_s > 0) || strchr(name, '/') || json_array_size(words) < 2)
        return nh_fail(err, NH_EINPUT, "plan.jobs[%zu]: damaged; start afresh with --new",
                       plan->job_count);
    struct nh_job *job = nh_plan_add(plan, ranks, err, "%s", name);
    if (!job)
        return NH_EFAIL;
    job->expected_s = expected_s;
    parse_place(json, job);
    job->app = json_incref(json_object_get(json, "app"));
    parse_words(words, &job->args);
    parse_words(json_object_get(json, "env"), &job->env);
    return job->args.failed || job->env.failed ? nh_fail(err, NH_EFAIL, "out of memory") : NH_OK;
}

static void parse_limits(const json_t *json, struct nh_plan *plan)
{
    plan->max_time_s = nh_json_number(json, "max_time_s", 0);
    plan->max_cost = nh_json_number(json, "max_cost", 0);
    plan->billed_nodes = (long)nh_json_number(json, "billed_nodes", 1);
    snprintf(plan->price_model, sizeof plan->price_model, "%s",
             nh_json_text(json, "price_model", ""));
    snprintf(plan->currency, sizeof plan->currency, "%s", nh_json_text(json, "currency", ""));
}

int nh_plan_parse(const json_t *json, struct nh_plan *plan, struct nh_error *err)
{
    const char *seed;
    char *end;
    json_int_t launches;
    json_t *jobs, *item;
    size_t i;
    *plan = (struct nh_plan){0};
    if (json_unpack((json_t *)json, "{s:s, s:I, s:o}", "seed", &seed, "launches", &launches, "jobs",
                    &jobs) ||
        launches < 1 || launches > NH_LAUNCHES_MAX || json_array_size(jobs) == 0)
        return nh_fail(err, NH_EINPUT, "plan: damaged; start afresh with --new");
    plan->seed = strtoull(seed, &end, 10);
    plan->launches = (long)launches;
    parse_limits(json, plan);
    int rc = *end ? nh_fail(err, NH_EINPUT, "plan.seed: damaged; start afresh with --new") : NH_OK;
    json_array_foreach(jobs, i, item)
    {
        if (!rc)
            rc = parse_job(item, plan, err);
    }
    if (!rc)
        rc = nh_plan_set_order(plan, err);
    if (rc)
        nh_plan_clear(plan);
    return rc;
}
