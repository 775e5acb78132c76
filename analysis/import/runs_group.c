/* SPDX-License-Identifier: BSD-3-Clause */
#include "analysis/import/runs_group.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/journal.h"

int nh_runs_read(const char *path, nh_runs_parse_fn parse, const struct nh_given *given,
                 struct nh_app_runs *runs, struct nh_error *err)
{
    char *data;
    size_t len;
    int rc = nh_file_read(path, &data, &len, err);
    if (rc)
        return rc;
    rc = parse(path, data, len, given, runs, err);
    free(data);
    return rc;
}

/* ---- Logs that a table names ---- */

static int contradiction(const struct nh_app_run *said, const char *what, double table, double log,
                         struct nh_error *err)
{
    return nh_fail(err, NH_EINPUT,
                   "%s: field '%s': %.15g, but the log says %.15g; leave the field empty or "
                   "correct it",
                   said->origin, what, table, log);
}

/* What the table says fills what the log leaves open; it may not contradict it. */
static int take_said(const struct nh_app_run *said, struct nh_app_run *run, struct nh_error *err)
{
    if (said->nodes && run->nodes && said->nodes != run->nodes)
        return contradiction(said, "nodes", (double)said->nodes, (double)run->nodes, err);
    if (said->cells > 0 && run->cells > 0 && said->cells != run->cells)
        return contradiction(said, "cells", said->cells, run->cells, err);
    run->nodes = said->nodes ? said->nodes : run->nodes;
    run->cores = said->cores ? said->cores : run->cores;
    run->cells = said->cells > 0 ? said->cells : run->cells;
    run->job_s = said->job_s > 0 ? said->job_s : run->job_s;
    run->launch = said->launch >= 0 ? said->launch : run->launch;
    run->scaling = said->scaling ? said->scaling : run->scaling;
    run->named = said->named;
    if (said->named)
        memcpy(run->name, said->name, sizeof run->name);
    if (*said->machine)
        memcpy(run->machine, said->machine, sizeof run->machine);
    if (*said->note)
        memcpy(run->note, said->note, sizeof run->note);
    memcpy(run->origin, said->origin, sizeof run->origin);
    return NH_OK;
}

static int read_named_log(const struct nh_app_run *said, const struct nh_given *given,
                          struct nh_app_runs *runs, struct nh_error *err)
{
    const struct nh_importer *importer;
    size_t first = runs->count;
    int rc = nh_importer_find(said->file, &importer, err);
    if (!rc && !importer->runs)
        rc = nh_fail(err, NH_EINPUT, "%s is no log of an application", said->file);
    if (!rc)
        rc = nh_runs_read(said->file, importer->runs, given, runs, err);
    if (rc)
        return nh_context(err, "%s: field 'file'", said->origin);
    for (size_t i = first; !rc && i < runs->count; i++)
        rc = take_said(said, &runs->items[i], err);
    return rc;
}

static int read_named_logs(struct nh_dataset *set, struct nh_error *err)
{
    struct nh_app_runs all = {0};
    int rc = NH_OK;
    for (size_t i = 0; !rc && i < set->runs.count; i++) {
        const struct nh_app_run *run = &set->runs.items[i];
        struct nh_app_run *copy = NULL;
        if (*run->file)
            rc = read_named_log(run, &set->given, &all, err);
        else if ((copy = nh_app_run_add(&all, "", "", 0, err)))
            *copy = *run;
        else
            rc = NH_EFAIL;
    }
    nh_app_runs_clear(&set->runs);
    set->runs = all;
    return rc;
}

/* ---- What is still missing ---- */

static bool is_mesh(const struct nh_app_run *run)
{
    return isnan(run->solver_s) && isnan(run->job_s);
}

static void take_mesh(const struct nh_app_runs *runs, struct nh_app_run *run)
{
    for (size_t i = 0; i < runs->count && isnan(run->cells); i++)
        if (is_mesh(&runs->items[i]) && *run->place &&
            strcmp(runs->items[i].place, run->place) == 0)
            run->cells = runs->items[i].cells;
}

static int take_given(const struct nh_given *given, struct nh_app_run *run, struct nh_error *err)
{
    if (given->nodes && run->nodes && given->nodes != run->nodes)
        return nh_fail(err, NH_EINPUT,
                       "%s: --nodes %ld, but the log says %ld; leave the option out", run->origin,
                       given->nodes, run->nodes);
    if (given->cells > 0 && run->cells > 0 && given->cells != run->cells)
        return nh_fail(err, NH_EINPUT,
                       "%s: --cells %.15g, but the log says %.15g; leave the option out",
                       run->origin, given->cells, run->cells);
    run->nodes = run->nodes ? run->nodes : given->nodes;
    run->cores = given->cores ? given->cores : run->cores;
    run->cells = given->cells > 0 ? given->cells : run->cells;
    run->scaling = run->scaling ? run->scaling : given->scaling;
    if (given->name && !run->named) {
        snprintf(run->name, sizeof run->name, "%s", given->name);
        run->named = true;
    }
    if (run->cores == 0 && run->ranks > 0)
        run->cores = run->ranks * (run->threads > 0 ? run->threads : 1);
    return NH_OK;
}

static int check_sizes(const struct nh_app_run *run, struct nh_error *err)
{
    if (run->nodes == 0 && (run->cores == 0 || run->ranks > 0))
        return nh_fail(err, NH_EINPUT,
                       "%s: it does not say on how many nodes it ran; give --nodes N, or a CSV "
                       "with the columns file,nodes",
                       run->origin);
    if (run->nodes > 0 && run->cores > 0 && run->cores < run->nodes)
        return nh_fail(err, NH_EINPUT, "%s: %ld cores on %ld nodes; check --nodes and --cores",
                       run->origin, run->cores, run->nodes);
    return NH_OK;
}

/* Whether the problem grew with the machine is not in the times. */
static int check_declared(const struct nh_app_runs *runs, struct nh_error *err)
{
    const struct nh_app_run *first = NULL;
    for (size_t i = 0; i < runs->count; i++) {
        const struct nh_app_run *run = &runs->items[i];
        if (is_mesh(run) || run->scaling)
            continue;
        first = first ? first : run;
        if (run->nodes != first->nodes || run->cores != first->cores)
            return nh_fail(err, NH_EINPUT,
                           "%s and %s are of several sizes; say with --strong (one problem on more "
                           "and more nodes) or --weak (it grows with them) what was run, or in a "
                           "column 'scaling' of a CSV",
                           first->origin, run->origin);
    }
    return NH_OK;
}

/* ---- Into applications ---- */

/* What is not named by the user is named after the log, and each problem is a case. */
static void name_case(const struct nh_app_run *run, char *buf, size_t size)
{
    const char *name = *run->name ? run->name : run->program;
    if (run->named || run->scaling == NH_DECLARED_WEAK || isnan(run->cells))
        snprintf(buf, size, "%s", name);
    else
        snprintf(buf, size, "%.60s, %.15g %s", name, run->cells, run->counted);
}

/* "step", or "run of 5000 steps" where such a run is planned. */
static void name_work(const struct nh_app_run *run, double work, char *buf, size_t size)
{
    if (work > 0)
        snprintf(buf, size, "run of %.7g %.9s%s", work, run->unit,
                 strcmp(run->unit, "ns") == 0 ? "" : "s");
    else
        snprintf(buf, size, "%s", run->unit);
}

/* What the job spent beside its solver is spent once, however many units a run has; a single
 * unit, which is no run, has its share of it. */
static double job_seconds(const struct nh_app_run *run, double units)
{
    double solver_s = run->solver_s / run->amount;
    if (units == 1 || isnan(solver_s))
        return run->job_s / run->total * units;
    return fmax(run->job_s - solver_s * run->total, 0) + solver_s * units;
}

static int add_run(struct nh_dataset *set, const struct nh_app_run *run, struct nh_error *err)
{
    char name[96], work[32];
    double units = set->given.work > 0 ? set->given.work : 1;
    if (set->given.work > 0 && strcmp(run->unit, "run") == 0)
        return nh_fail(err, NH_EINPUT, "%s: its times are of whole runs; leave --work out",
                       run->origin);
    name_case(run, name, sizeof name);
    name_work(run, set->given.work, work, sizeof work);
    struct nh_timing_key key = {.name = name,
                                .machine = run->machine,
                                .work = work,
                                .origin = run->origin,
                                .note = run->note,
                                .kind = run->scaling == NH_DECLARED_WEAK ? NH_WEAK : NH_STRONG,
                                .nodes = run->nodes,
                                .cores = run->cores,
                                .cells = run->cells};
    struct nh_timing_row row = {run->solver_s / run->amount * units, job_seconds(run, units),
                                run->launch};
    if (row.job_s < row.solver_s)
        return nh_fail(err, NH_EINPUT,
                       "%s: the job took %.6g s for a %s and the solver %.6g s, but the job "
                       "contains the solver; check job_s",
                       run->origin, row.job_s, work, row.solver_s);
    int rc = nh_dataset_add(set, &key, &row, err);
    return rc ? nh_context(err, "%s", run->origin) : NH_OK;
}

static void warn_of_jobs(struct nh_dataset *set)
{
    for (size_t i = 0; i < set->runs.count; i++) {
        const struct nh_app_run *run = &set->runs.items[i];
        if (run->job_s > 0 && set->given.work > 0 && run->total != set->given.work) {
            nh_dataset_warn(set,
                            "job times are of runs of other lengths (%s: %.10g %ss): what they "
                            "spent beside the solver was added once to --work %.10g",
                            run->origin, run->total, run->unit, set->given.work);
            return;
        }
    }
}

int nh_runs_group(struct nh_dataset *set, struct nh_error *err)
{
    int rc = read_named_logs(set, err);
    const struct nh_app_runs *runs = &set->runs;
    for (size_t i = 0; !rc && i < runs->count; i++) {
        if (is_mesh(&runs->items[i]))
            continue;
        take_mesh(runs, &runs->items[i]);
        rc = take_given(&set->given, &runs->items[i], err);
        rc = rc ? rc : check_sizes(&runs->items[i], err);
    }
    if (!rc)
        rc = check_declared(runs, err);
    for (size_t i = 0; !rc && i < runs->count; i++)
        if (!is_mesh(&runs->items[i]))
            rc = add_run(set, &runs->items[i], err);
    if (!rc)
        warn_of_jobs(set);
    nh_app_runs_clear(&set->runs);
    return rc;
}
