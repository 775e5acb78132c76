/* SPDX-License-Identifier: BSD-3-Clause */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/units.h"
#include "launch/study/application.h"
#include "launch/study/estimate.h"
#include "launch/study/parts.h"

/* From sweeps to jobs. Dimensions cross; the axes of one dimension walk together. */

enum { MOST_COMBINATIONS = 1000000, MOST_JOBS = 100000, MOST_RANKS = 1000000, NO_LIMIT = 1000000 };
enum { LONG_NAME = 256 };

/* Names that are taken: open addressing over the jobs of the plan. */
struct names {
    size_t *slots; /* job index + 1; 0: free */
    size_t room;
};

struct expansion {
    const struct nh_study *study;
    struct nh_plan *plan;
    struct names names;
    size_t *left_out; /* a count for each measurement: does not fit its ranks or placement */
    struct nh_error *err;
};

/* One combination. */
struct point {
    size_t index[NH_AXES];
    struct nh_expr_name names[NH_STUDY_NAMES];
};

static long value(const struct point *p, enum nh_study_name name)
{
    return (long)p->names[name].value;
}

void nh_study_names(const struct nh_study *study, const size_t index[NH_AXES],
                    struct nh_expr_name names[NH_STUDY_NAMES])
{
    int64_t v[NH_STUDY_NAMES];
    for (size_t i = 0; i <= NH_AXIS_CELLS_PER_RANK; i++)
        v[i] = study->axes[i].numbers[index[i]];
    int64_t threads = v[NH_NAME_THREADS] ? v[NH_NAME_THREADS] : 1;
    if (!v[NH_NAME_RANKS_PER_NODE])
        v[NH_NAME_RANKS_PER_NODE] = study->cores > threads ? study->cores / threads : 1;
    v[NH_NAME_THREADS] = threads;
    v[NH_NAME_RANKS] = v[NH_NAME_NODES] * v[NH_NAME_RANKS_PER_NODE];
    v[NH_NAME_CORES] = study->cores;
    v[NH_NAME_AVAILABLE] = study->nodes_available ? study->nodes_available : NO_LIMIT;
    static const char *const texts[NH_STUDY_NAMES] = {"nodes", "ranks_per_node", "threads",
                                                      "cells", "cells_per_rank", "ranks",
                                                      "cores", "available"};
    for (size_t i = 0; i < NH_STUDY_NAMES; i++)
        names[i] = (struct nh_expr_name){texts[i], v[i]};
}

/* ---- names ---- */

static size_t hash_of(const char *text)
{
    size_t hash = 2166136261U; /* FNV-1a */
    for (; *text; text++)
        hash = (hash ^ (unsigned char)*text) * 16777619U;
    return hash;
}

static size_t *slot_of(const struct expansion *e, const char *name)
{
    size_t at = hash_of(name) % e->names.room;
    while (e->names.slots[at] && strcmp(e->plan->jobs[e->names.slots[at] - 1].name, name) != 0)
        at = (at + 1) % e->names.room;
    return &e->names.slots[at];
}

/* At most half full. */
static int make_room(struct expansion *e)
{
    if (e->names.slots && 2 * (e->plan->job_count + 1) < e->names.room)
        return NH_OK;
    free(e->names.slots);
    e->names.room = e->names.room ? 4 * e->names.room : 1024;
    e->names.slots = calloc(e->names.room, sizeof *e->names.slots);
    if (!e->names.slots)
        return nh_fail(e->err, NH_EFAIL, "out of memory");
    for (size_t i = 0; i < e->plan->job_count; i++)
        *slot_of(e, e->plan->jobs[i].name) = i + 1;
    return NH_OK;
}

static bool is_given(const struct expansion *e, size_t measure, enum nh_axis_id id)
{
    const struct nh_study_axis *axis = &e->study->axes[id];
    return axis->given && (id < NH_AXIS_CELLS || id > NH_AXIS_CELLS_PER_RANK ||
                           nh_study_takes(e->study->kernels[measure], nh_axis_names[id]));
}

/* Of values alone, so that a study that grows keeps its names: "halo.4x36.t2.c128". The parts
 * are bounded: 30 letters, 7 digits a number, 48 a label. */
static void join_name(const struct expansion *e, size_t measure, const struct point *p,
                      char name[LONG_NAME])
{
    static const char marks[] = "  tcr";
    int used = snprintf(name, LONG_NAME, "%.30s.%ldx%ld", nh_study_label(e->study, measure),
                        value(p, NH_NAME_NODES), value(p, NH_NAME_RANKS_PER_NODE));
    for (size_t i = NH_AXIS_THREADS; i < NH_AXES; i++) {
        const struct nh_study_axis *axis = &e->study->axes[i];
        if (!is_given(e, measure, (enum nh_axis_id)i))
            continue;
        if (axis->numbers)
            used += snprintf(name + used, LONG_NAME - (size_t)used, ".%c%ld", marks[i],
                             axis->numbers[p->index[i]]);
        else if (strcmp(axis->labels[p->index[i]], "default") != 0)
            used +=
                snprintf(name + used, LONG_NAME - (size_t)used, ".%s", axis->labels[p->index[i]]);
    }
}

/* What does not fit is made up for by a hash. */
static void make_name(const struct expansion *e, size_t measure, const struct point *p, char *name,
                      size_t len)
{
    char whole[LONG_NAME];
    join_name(e, measure, p, whole);
    if (strlen(whole) < len)
        memcpy(name, whole, strlen(whole) + 1);
    else
        snprintf(name, len, "%.*s-%07x", (int)len - 9, whole,
                 (unsigned)(hash_of(whole) & 0xfffffff));
}

/* ---- does it fit? ---- */

static const char *parameter(const struct expansion *e, size_t measure, enum nh_parameter_id id)
{
    return e->study->raw->measure[measure].parameters[id];
}

static bool is_application(const struct expansion *e, size_t measure)
{
    return e->study->raw->measure[measure].application != NULL;
}

static bool ranks_fit(const struct expansion *e, size_t measure, long ranks)
{
    const char *pairs = parameter(e, measure, NH_PARAM_ID_PAIRS);
    switch (e->study->kernels[measure]->ranks) {
    case NH_RANKS_TWO:
        return ranks == 2;
    case NH_RANKS_PAIRS:
        return ranks == 2 * (pairs ? strtol(pairs, NULL, 10) : 1);
    case NH_RANKS_EVEN:
        return ranks % 2 == 0;
    case NH_RANKS_SEVERAL:
        return ranks >= 2;
    default:
        return true;
    }
}

/* Placements are of two ranks on a host; a single one can only be near the network. */
static bool placement_fits(const struct expansion *e, size_t measure, const struct point *p)
{
    const struct nh_study_axis *axis = &e->study->axes[NH_AXIS_PLACEMENT];
    const char *name = axis->labels[p->index[NH_AXIS_PLACEMENT]];
    long ranks = value(p, NH_NAME_RANKS_PER_NODE);
    if (strcmp(name, "default") == 0 || is_application(e, measure))
        return strcmp(name, "default") == 0;
    return ranks == 2 || (ranks == 1 && strcmp(name, "nearest-nic") == 0);
}

/* The halo kernel's box must have a cell for each rank along every side. */
static bool box_fits(const struct expansion *e, size_t measure, const struct point *p)
{
    const char *cells = parameter(e, measure, NH_PARAM_ID_CELLS);
    if (is_application(e, measure) || !nh_study_takes(e->study->kernels[measure], "cells"))
        return true;
    long n = value(p, NH_NAME_CELLS);
    if (cells)
        n = strchr(cells, 'x') ? 0 : strtol(cells, NULL, 10);
    return n == 0 || nh_box_fits((int)value(p, NH_NAME_RANKS), n);
}

static bool fits(const struct expansion *e, size_t measure, const struct point *p)
{
    const char *apart = parameter(e, measure, NH_PARAM_ID_INTER_NODE);
    if (apart && nh_study_flag(apart) && value(p, NH_NAME_NODES) < 2)
        return false;
    return ranks_fit(e, measure, value(p, NH_NAME_RANKS)) && placement_fits(e, measure, p) &&
           box_fits(e, measure, p);
}

/* ---- one job ---- */

static void add_option(struct nh_job *job, const char *option, const char *text)
{
    nh_args_add(&job->args, "%s", option);
    if (text)
        nh_args_add(&job->args, "%s", text);
}

static void add_parameters(const struct expansion *e, size_t measure, struct nh_job *job)
{
    const struct nh_study_kernel *kernel = e->study->kernels[measure];
    for (size_t id = 0; id < NH_PARAM_IDS; id++) {
        const struct nh_study_parameter *p = &nh_study_parameters[id];
        const char *text = parameter(e, measure, (enum nh_parameter_id)id);
        if (id == NH_PARAM_ID_SIZES && !text)
            text = kernel->sizes;
        if (id == NH_PARAM_ID_MAX_TIME || !text)
            continue;
        if (p->kind != NH_PARAM_FLAG)
            add_option(job, p->option, text);
        else if (nh_study_flag(text))
            add_option(job, p->option, NULL);
    }
    add_option(job, "--max-time", nh_study_cap(e->study, measure));
}

static void add_swept(const struct expansion *e, size_t measure, const struct point *p,
                      struct nh_job *job)
{
    const struct nh_study_axis *axes = e->study->axes;
    const char *placement = axes[NH_AXIS_PLACEMENT].labels[p->index[NH_AXIS_PLACEMENT]];
    static const char *const options[] = {
        [NH_AXIS_CELLS] = "--cells", [NH_AXIS_CELLS_PER_RANK] = "--cells-per-rank"};
    for (size_t id = NH_AXIS_CELLS; id <= NH_AXIS_CELLS_PER_RANK; id++)
        if (is_given(e, measure, (enum nh_axis_id)id)) {
            nh_args_add(&job->args, "%s", options[id]);
            nh_args_add(&job->args, "%ld", axes[id].numbers[p->index[id]]);
        }
    if (strcmp(placement, "default") != 0)
        add_option(job, "--placement", placement);
    if (e->study->machine)
        add_option(job, "--machine", e->study->machine);
}

static int add_command(const struct expansion *e, size_t measure, const struct point *p,
                       struct nh_job *job)
{
    const struct nh_args *env =
        &e->study->axes[NH_AXIS_ENVIRONMENT].words[p->index[NH_AXIS_ENVIRONMENT]];
    if (env->items)
        nh_args_extend(&job->env, env->items);
    if (is_application(e, measure))
        return nh_study_add_application(e->study, measure, p->index, job, e->err);
    nh_args_add(&job->args, "nodehour-mpi");
    nh_args_add(&job->args, "%s", e->study->kernels[measure]->name);
    add_parameters(e, measure, job);
    add_swept(e, measure, p, job);
    return NH_OK;
}

static int add_job(struct expansion *e, size_t measure, const struct point *p, const char *name)
{
    const struct nh_study *study = e->study;
    if (e->plan->job_count == MOST_JOBS)
        return nh_study_fail(study, "over", e->err, "more than %d runs; filter them by where",
                             MOST_JOBS);
    struct nh_job *job = nh_plan_add(e->plan, (int)value(p, NH_NAME_RANKS), e->err, "%s", name);
    if (!job)
        return NH_EFAIL;
    job->nodes = value(p, NH_NAME_NODES);
    job->ranks_per_node = (int)value(p, NH_NAME_RANKS_PER_NODE);
    job->threads = (int)study->axes[NH_AXIS_THREADS].numbers[p->index[NH_AXIS_THREADS]];
    int rc = add_command(e, measure, p, job);
    if (rc)
        return rc;
    nh_study_estimate(study, measure, job);
    return job->args.failed || job->env.failed ? nh_fail(e->err, NH_EFAIL, "out of memory") : NH_OK;
}

/* ---- all combinations ---- */

static int check_nodes(const struct expansion *e, const struct point *p)
{
    const struct nh_study *study = e->study;
    long nodes = value(p, NH_NAME_NODES);
    if (value(p, NH_NAME_RANKS) > MOST_RANKS)
        return nh_study_fail(study, "over", e->err, "%ld ranks are too many; at most %d",
                             value(p, NH_NAME_RANKS), MOST_RANKS);
    if (!study->nodes_available || nodes <= study->nodes_available)
        return NH_OK;
    if (strcmp(study->launcher, "local") == 0)
        nh_fail(e->err, NH_EINPUT,
                "%ld nodes, but the local launcher has this one; use a launcher "
                "of type ssh (hosts: FILE) or slurm",
                nodes);
    else
        nh_fail(e->err, NH_EINPUT,
                "%ld nodes, but %.300s has %ld; give fewer, or filter by "
                "'where: nodes <= available'",
                nodes, study->hostfile, study->nodes_available);
    return nh_study_context(study, "over.nodes", study->nodes_option ? "--nodes" : NULL, e->err);
}

/* `*through` tells whether the condition holds; true without one. */
static int ask(const struct expansion *e, const char *where, const char *key, const struct point *p,
               bool *through)
{
    int64_t answer = 1;
    if (where && nh_expr_eval(where, p->names, NH_STUDY_NAMES, &answer, e->err))
        return nh_study_context(e->study, key, NULL, e->err);
    *through = answer != 0;
    return NH_OK;
}

static int expand_measure(struct expansion *e, size_t measure, const struct point *p)
{
    char name[sizeof e->plan->jobs->name], key[40];
    bool through = true;
    snprintf(key, sizeof key, "measure[%zu].where", measure);
    int rc = ask(e, e->study->raw->measure[measure].where, key, p, &through);
    if (rc || !through)
        return rc;
    if (!fits(e, measure, p)) {
        e->left_out[measure]++;
        return NH_OK;
    }
    rc = make_room(e);
    if (rc)
        return rc;
    make_name(e, measure, p, name, sizeof name);
    size_t *slot = slot_of(e, name);
    if (*slot) /* an axis that this kernel does not know */
        return NH_OK;
    rc = add_job(e, measure, p, name);
    *slot = e->plan->job_count;
    return rc;
}

static int expand_point(struct expansion *e, struct point *p)
{
    bool through = true;
    nh_study_names(e->study, p->index, p->names);
    int rc = ask(e, e->study->raw->over.where, "over.where", p, &through);
    if (rc || !through)
        return rc;
    rc = check_nodes(e, p);
    for (size_t i = 0; i < e->study->raw->measure_count && !rc; i++)
        rc = expand_measure(e, i, p);
    return rc;
}

static size_t dimension_size(const struct nh_study *study, size_t dimension)
{
    for (size_t i = 0; i < NH_AXES; i++)
        if (study->axes[i].dimension == dimension)
            return study->axes[i].count;
    return 1;
}

static int expand_all(struct expansion *e)
{
    size_t total = 1;
    int rc = NH_OK;
    for (size_t d = 0; d < NH_AXES; d++)
        if ((total *= dimension_size(e->study, d)) > MOST_COMBINATIONS)
            return nh_study_fail(e->study, "over", e->err,
                                 "more than %d combinations; shorten the lists, or zip some",
                                 MOST_COMBINATIONS);
    for (size_t n = 0; n < total && !rc; n++) {
        struct point p;
        size_t at[NH_AXES], rest = n;
        for (size_t d = NH_AXES; d-- > 0; rest /= dimension_size(e->study, d))
            at[d] = rest % dimension_size(e->study, d);
        for (size_t i = 0; i < NH_AXES; i++)
            p.index[i] = at[e->study->axes[i].dimension];
        rc = expand_point(e, &p);
    }
    return rc;
}

static const char *needs(const struct nh_study_kernel *kernel)
{
    if (strcmp(kernel->name, "application") == 0)
        return "the default placement";
    switch (kernel->ranks) {
    case NH_RANKS_TWO:
        return "2 ranks";
    case NH_RANKS_PAIRS:
        return "2 ranks for each of its pairs";
    case NH_RANKS_EVEN:
        return "an even number of ranks";
    case NH_RANKS_SEVERAL:
        return "2 ranks or more";
    default:
        return "a box with a cell for each rank";
    }
}

/* What did not fit is said; a measurement of which nothing is left is a mistake. */
static int tell_left_out(struct expansion *e)
{
    const struct nh_study *study = e->study;
    for (size_t i = 0; i < study->raw->measure_count; i++) {
        const char *label = nh_study_label(study, i);
        char key[40];
        bool any = false;
        size_t len = strlen(label);
        for (size_t k = 0; k < e->plan->job_count && !any; k++)
            any = strncmp(e->plan->jobs[k].name, label, len) == 0 &&
                  e->plan->jobs[k].name[len] == '.';
        snprintf(key, sizeof key, "measure[%zu]", i);
        if (!any && e->left_out[i])
            return nh_study_fail(
                study, key, e->err, "none of %zu combinations fits %s: it needs %s%s; change over",
                e->left_out[i], label, needs(study->kernels[i]),
                parameter(e, i, NH_PARAM_ID_INTER_NODE) ? " on several nodes" : "");
        if (!any)
            return nh_study_fail(study, key, e->err,
                                 "no combination is left for %s; loosen the conditions (where)",
                                 label);
        if (e->left_out[i])
            nh_plan_note(e->plan, "%zu combination%s left out for %s, which needs %s",
                         e->left_out[i], e->left_out[i] == 1 ? " is" : "s are", label,
                         needs(study->kernels[i]));
    }
    return NH_OK;
}

int nh_study_plan(const struct nh_study *study, uint64_t seed, struct nh_plan *plan,
                  struct nh_error *err)
{
    *plan = (struct nh_plan){.seed = seed, .launches = study->launches};
    struct expansion e = {.study = study, .plan = plan, .err = err};
    e.left_out = calloc(study->raw->measure_count + 1, sizeof *e.left_out);
    int rc = e.left_out ? expand_all(&e) : nh_fail(err, NH_EFAIL, "out of memory");
    if (!rc)
        rc = tell_left_out(&e);
    if (!rc)
        rc = nh_plan_set_order(plan, err);
    free(e.left_out);
    free(e.names.slots);
    if (!rc)
        rc = nh_study_set_limits(study, plan, err);
    if (rc)
        nh_plan_clear(plan);
    return rc;
}
