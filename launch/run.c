/* SPDX-License-Identifier: BSD-3-Clause */
#include "launch/run.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "launch/logtail.h"
#include "launch/process.h"
#include "launch/store.h"

static const double hopeless_bytes = 1 << 20; /* less free space than this: disk full */
enum { HOPELESS_FAILURES = 3 };               /* so many at the start, and nothing works: give up */

/* Durations seen so far, for the time left. */
struct tally {
    double sum_s;
    size_t count;
};

struct work {
    struct nh_runner *runner;
    struct nh_run_result *result;
    struct nh_guard guard;
    struct tally *tally;                    /* a row per job */
    size_t step;                            /* running now */
    size_t done_count, failures, successes; /* successes and failures of this process */
    double started_s, step_started_s;
};

void nh_run_kernel_command(const struct nh_job *job, const char *folder, const char *run_id,
                           const char *launch, struct nh_args *command)
{
    nh_args_extend(command, job->args.items);
    nh_args_add(command, "-o");
    nh_args_add(command, "%s/launches/%s.%s.jsonl", folder, job->name, launch);
    nh_args_add(command, "--run");
    nh_args_add(command, "%s", run_id);
    nh_args_add(command, "--job");
    nh_args_add(command, "%s", job->name);
    nh_args_add(command, "--launch");
    nh_args_add(command, "%s", launch);
}

/* ---- progress ---- */

static double mean_s(const struct work *w, size_t job)
{
    const struct tally *t = &w->tally[job];
    return t->count ? t->sum_s / (double)t->count : w->runner->plan->jobs[job].expected_s;
}

static double left_s(const struct work *w)
{
    const struct nh_plan *plan = w->runner->plan;
    double left = 0;
    for (size_t i = 0; i < plan->step_count; i++)
        if (!w->runner->done[i] && i != w->step)
            left += mean_s(w, plan->steps[i].job);
    double now = mean_s(w, plan->steps[w->step].job) - (nh_monotonic_s() - w->step_started_s);
    return left + (now > 0 ? now : 0);
}

static void show_progress(void *context)
{
    struct work *w = context;
    const struct nh_plan *plan = w->runner->plan;
    const struct nh_plan_step *step = &plan->steps[w->step];
    const struct nh_job *job = &plan->jobs[step->job];
    char what[160];
    snprintf(what, sizeof what, "%s, launch %ld/%ld", job->name, step->launch + 1, plan->launches);
    nh_progress_show(&w->runner->progress, what, w->done_count, plan->step_count, left_s(w));
}

/* ---- one launch ---- */

struct files {
    char kernel[NH_PATH_MAX], records[NH_PATH_MAX], log[NH_PATH_MAX];
};

static int prepare_files(const struct work *w, struct files *f, struct nh_error *err)
{
    const struct nh_plan *plan = w->runner->plan;
    const struct nh_plan_step *step = &plan->steps[w->step];
    const char *name = plan->jobs[step->job].name;
    const struct nh_rundir *dir = w->runner->dir;
    int rc = nh_program_path("nodehour-mpi", f->kernel, sizeof f->kernel, err);
    if (!rc)
        rc = nh_rundir_path(dir, f->records, sizeof f->records, err, "launches/%s.%ld.jsonl", name,
                            step->launch);
    if (!rc)
        rc = nh_rundir_path(dir, f->log, sizeof f->log, err, "logs/%s.%ld.log", name, step->launch);
    /* What an interrupted launch left is kept beside the new one. */
    if (!rc)
        rc = nh_store_set_aside(f->records, err);
    return rc ? rc : nh_store_set_aside(f->log, err);
}

static int start_launch(const struct work *w, const struct files *f, pid_t *pid,
                        struct nh_error *err)
{
    const struct nh_plan_step *step = &w->runner->plan->steps[w->step];
    const struct nh_job *job = &w->runner->plan->jobs[step->job];
    struct nh_args argv = {0};
    char number[24];
    snprintf(number, sizeof number, "%ld", step->launch);
    nh_run_kernel_command(job, w->runner->dir->path, w->runner->dir->id, number, &argv);
    int rc = argv.failed ? nh_fail(err, NH_EFAIL, "out of memory") : NH_OK;
    if (!rc) {
        free(argv.items[0]);
        argv.items[0] = strdup(f->kernel);
        struct nh_launch launch = {.argv = argv.items, .ranks = job->ranks, .log_path = f->log};
        rc = w->runner->launcher->start(w->runner->context, &launch, pid, err);
    }
    nh_args_clear(&argv);
    return rc;
}

/* Says what happened to a launch; the others go on. */
static void note_failure(struct work *w, const struct files *f, const char *why, bool ended_itself)
{
    const struct nh_plan_step *step = &w->runner->plan->steps[w->step];
    char reason[256] = "";
    if (ended_itself)
        nh_log_reason(f->log, reason, sizeof reason);
    nh_progress_end(&w->runner->progress);
    fprintf(w->runner->progress.out, "%s, launch %ld failed: %s%s%s; log: %s\n",
            w->runner->plan->jobs[step->job].name, step->launch + 1, why, *reason ? ": " : "",
            reason, f->log);
    snprintf(w->result->log_path, sizeof w->result->log_path, "%s", f->log);
    w->failures++;
}

static int check_hope(const struct work *w, const struct files *f, struct nh_error *err)
{
    double free_bytes = nh_rundir_free_bytes(w->runner->dir);
    if (free_bytes >= 0 && free_bytes < hopeless_bytes)
        return nh_fail(err, NH_EFAIL, "%s: the disk is full; free some space, then go on",
                       w->runner->dir->path);
    if (!w->successes && w->failures >= HOPELESS_FAILURES) {
        char reason[256];
        return nh_fail(err, NH_EFAIL, "the first %d launches failed (%s); read %s",
                       HOPELESS_FAILURES, nh_log_reason(f->log, reason, sizeof reason), f->log);
    }
    return NH_OK;
}

/* A launch that ended well becomes records; NH_EINPUT means that they are not complete. */
static int keep(struct work *w, const struct files *f, const struct nh_outcome *outcome,
                struct nh_error *err)
{
    const struct nh_plan_step *step = &w->runner->plan->steps[w->step];
    struct nh_error why = {0};
    int rc =
        nh_store_collect(w->runner->dir, w->runner->plan->jobs[step->job].name, step->launch, &why);
    if (rc == NH_EINPUT) {
        note_failure(w, f, why.text, false);
        return check_hope(w, f, err);
    }
    if (rc)
        return nh_fail(err, rc, "%s; what was measured before is kept", why.text);
    w->runner->done[w->step] = true;
    w->done_count++;
    w->successes++;
    w->tally[step->job].sum_s += outcome->seconds;
    w->tally[step->job].count++;
    return NH_OK;
}

static int do_step(struct work *w, struct nh_error *err)
{
    struct files f;
    struct nh_outcome outcome;
    pid_t pid;
    int rc = prepare_files(w, &f, err);
    if (!rc)
        rc = start_launch(w, &f, &pid, err);
    if (rc)
        return rc;
    /* Generous: this is for launches that hang, not for slow machines. */
    double limit_s =
        10 * w->runner->plan->jobs[w->runner->plan->steps[w->step].job].expected_s + 60;
    w->step_started_s = nh_monotonic_s();
    show_progress(w);
    nh_process_watch(&w->guard, pid, limit_s, show_progress, w, &outcome);
    if (outcome.end == NH_END_STOPPED) {
        w->result->signal = outcome.value;
        return NH_OK;
    }
    if (outcome.end == NH_END_EXIT && outcome.value == 0)
        return keep(w, &f, &outcome, err);
    char why[96];
    note_failure(w, &f, nh_outcome_text(&outcome, why, sizeof why), outcome.end == NH_END_EXIT);
    return check_hope(w, &f, err);
}

/* ---- all launches ---- */

static bool is_late(const struct work *w)
{
    return w->runner->budget_s > 0 && nh_monotonic_s() - w->started_s >= w->runner->budget_s;
}

static int pass(struct work *w, struct nh_error *err)
{
    int rc = NH_OK;
    for (size_t i = 0; i < w->runner->plan->step_count && !rc && !w->result->signal; i++) {
        if (w->runner->done[i])
            continue;
        if ((w->result->out_of_time = is_late(w)))
            break;
        w->step = i;
        rc = do_step(w, err);
    }
    return rc;
}

static void sum_up(const struct work *w)
{
    const struct nh_plan *plan = w->runner->plan;
    struct nh_run_result *r = w->result;
    size_t used = 0;
    r->missing = plan->step_count - w->done_count;
    for (size_t job = 0; job < plan->job_count; job++) {
        size_t missing = 0;
        for (size_t i = 0; i < plan->step_count; i++)
            missing += plan->steps[i].job == job && !w->runner->done[i];
        if (missing && used < sizeof r->missing_jobs)
            used += (size_t)snprintf(r->missing_jobs + used, sizeof r->missing_jobs - used,
                                     "%s%s: %zu", used ? ", " : "", plan->jobs[job].name, missing);
    }
}

int nh_run_execute(struct nh_runner *runner, struct nh_run_result *result, struct nh_error *err)
{
    struct work w = {.runner = runner, .result = result, .started_s = nh_monotonic_s()};
    *result = (struct nh_run_result){0};
    w.tally = calloc(runner->plan->job_count, sizeof *w.tally);
    if (!w.tally)
        return nh_fail(err, NH_EFAIL, "out of memory");
    for (size_t i = 0; i < runner->plan->step_count; i++)
        w.done_count += runner->done[i];
    nh_guard_enter(&w.guard);
    int rc = pass(&w, err);
    if (!rc && !result->signal && w.failures)
        rc = pass(&w, err); /* failed launches get a second chance */
    nh_guard_leave(&w.guard);
    nh_progress_end(&runner->progress);
    sum_up(&w);
    free(w.tally);
    return rc;
}
