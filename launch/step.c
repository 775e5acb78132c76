/* SPDX-License-Identifier: BSD-3-Clause */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "launch/app/trial.h"
#include "launch/logtail.h"
#include "launch/store.h"
#include "launch/work.h"

static const double hopeless_bytes = 1 << 20; /* less free space than this: disk full */
enum { TAIL_LINES = 5 };
enum { HOPELESS_FAILURES = 3 }; /* so many at the start, and nothing works: give up */

void nh_run_kernel_command(const struct nh_job *job, const char *folder, const char *run_id,
                           const char *launch, bool here, struct nh_args *command)
{
    nh_args_extend(command, job->args.items);
    if (here) {
        nh_args_add(command, "-o");
        nh_args_add(command, "%s/launches/%s.%s.jsonl", folder, job->name, launch);
    } else {
        nh_args_add(command, "--json"); /* rank 0 may not see our disk: mpirun brings them */
    }
    nh_args_add(command, "--run");
    nh_args_add(command, "%s", run_id);
    nh_args_add(command, "--job");
    nh_args_add(command, "%s", job->name);
    nh_args_add(command, "--launch");
    nh_args_add(command, "%s", launch);
}

struct nh_launch nh_run_launch(const struct nh_job *job, char *const *argv, long number)
{
    return (struct nh_launch){.argv = argv,
                              .ranks = job->ranks,
                              .nodes = job->nodes,
                              .ranks_per_node = job->ranks_per_node,
                              .threads = job->threads,
                              .env = job->env.items,
                              .number = number};
}

static const struct nh_plan_step *this_step(const struct nh_work *w)
{
    return &w->runner->plan->steps[w->step];
}

static const struct nh_job *this_job(const struct nh_work *w)
{
    return &w->runner->plan->jobs[this_step(w)->job];
}

/* ---- progress ---- */

static double left_s(const struct nh_work *w)
{
    const struct nh_plan *plan = w->runner->plan;
    long only = w->runner->only_nodes;
    double left = 0;
    for (size_t i = 0; i < plan->step_count; i++)
        if (!w->runner->done[i] && i != w->step &&
            (!only || plan->jobs[plan->steps[i].job].nodes == only))
            left += nh_board_mean_s(&w->board, plan->steps[i].job);
    double now =
        nh_board_mean_s(&w->board, this_step(w)->job) - (nh_monotonic_s() - w->step_started_s);
    return left + (now > 0 ? now : 0);
}

static void show(struct nh_work *w)
{
    struct nh_progress *p = &w->runner->progress;
    struct nh_progress_row rows[NH_PROGRESS_ROWS];
    char what[160];
    size_t columns, room = nh_progress_room(p, &columns);
    bool said = *w->outlook && room > 3;
    size_t count = nh_board_rows(&w->board, (long)this_step(w)->job,
                                 nh_monotonic_s() - w->step_started_s, columns, rows, room - said);
    if (said && count > 0)
        memcpy(rows[count++].text, w->outlook, sizeof w->outlook);
    snprintf(what, sizeof what, "%s, launch %ld/%ld", this_job(w)->name, this_step(w)->launch + 1,
             w->runner->plan->launches);
    nh_progress_show_rows(p, rows, count, what, w->done_count, w->runner->plan->step_count,
                          left_s(w));
}

/* False when EC2 takes the machine away: the launch would not end in time. */
static bool tick(void *context)
{
    struct nh_work *w = context;
    char text[160];
    show(w);
    return nh_notice_get(w->notice, text, sizeof text) < NH_NOTICE_SPOT;
}

/* ---- one launch ---- */

struct files {
    char kernel[NH_PATH_MAX], records[NH_PATH_MAX], log[NH_PATH_MAX];
    struct nh_args nodes;
    struct nh_trial trial; /* of an application, else empty */
};

static int prepare_files(const struct nh_work *w, struct files *f, struct nh_error *err)
{
    const char *name = this_job(w)->name;
    long launch = this_step(w)->launch;
    const struct nh_rundir *dir = w->runner->dir;
    int rc = nh_program_path("nodehour-mpi", f->kernel, sizeof f->kernel, err);
    if (!rc)
        rc = nh_rundir_path(dir, f->records, sizeof f->records, err, "launches/%s.%ld.jsonl", name,
                            launch);
    if (!rc)
        rc = nh_rundir_path(dir, f->log, sizeof f->log, err, "logs/%s.%ld.log", name, launch);
    /* What an interrupted launch left is kept beside the new one. */
    if (!rc)
        rc = nh_store_set_aside(f->records, err);
    return rc ? rc : nh_store_set_aside(f->log, err);
}

static int prepare_application(const struct nh_work *w, struct files *f, struct nh_error *err)
{
    const struct nh_runner *r = w->runner;
    struct nh_launch launch = nh_run_launch(this_job(w), NULL, this_step(w)->launch);
    if (r->launcher->nodes)
        r->launcher->nodes(r->context, &launch, &f->nodes);
    f->trial = (struct nh_trial){
        .job = this_job(w), .dir = r->dir, .launch = this_step(w)->launch, .nodes = &f->nodes};
    return nh_trial_prepare(&f->trial, err);
}

static int start_launch(const struct nh_work *w, const struct files *f, pid_t *pid,
                        struct nh_error *err)
{
    const struct nh_launcher *launcher = w->runner->launcher;
    bool here = !launcher->nodes;
    struct nh_args argv = {0};
    char number[24];
    snprintf(number, sizeof number, "%ld", this_step(w)->launch);
    nh_run_kernel_command(this_job(w), w->runner->dir->path, w->runner->dir->id, number, here,
                          &argv);
    int rc = argv.failed ? nh_fail(err, NH_EFAIL, "out of memory") : NH_OK;
    if (!rc) {
        free(argv.items[0]);
        argv.items[0] = strdup(f->kernel);
        struct nh_launch launch = nh_run_launch(this_job(w), argv.items, this_step(w)->launch);
        launch.out_path = here ? NULL : f->records;
        launch.log_path = f->log;
        rc = launcher->start(w->runner->context, &launch, pid, err);
    }
    nh_args_clear(&argv);
    return rc;
}

static int note_attempt(struct nh_work *w, const struct files *f, double seconds,
                        enum nh_attempt_end end, const char *reason, struct nh_error *err)
{
    const struct nh_launcher *launcher = w->runner->launcher;
    struct nh_launch launch = nh_run_launch(this_job(w), NULL, this_step(w)->launch);
    struct nh_args nodes = {0};
    if (launcher->nodes)
        launcher->nodes(w->runner->context, &launch, &nodes);
    const struct nh_attempt attempt = {.job = this_job(w),
                                       .launch = this_step(w)->launch,
                                       .nodes = &nodes,
                                       .seconds = seconds,
                                       .end = end,
                                       .reason = reason,
                                       .log = f->log + strlen(w->runner->dir->path) + 1};
    int rc = nh_attempts_add(w->runner->dir, &attempt, err);
    w->before.node_s += seconds * (double)this_job(w)->nodes;
    nh_board_ended(&w->board, this_step(w)->job, this_step(w)->launch, end, seconds);
    nh_args_clear(&nodes);
    return rc;
}

/* So many failures at the start, and nothing works. An application may fail at some sizes alone:
 * each of them has its turn. */
static size_t hopeless_failures(const struct nh_work *w)
{
    size_t jobs = w->runner->plan->job_count;
    return this_job(w)->app && jobs >= HOPELESS_FAILURES ? jobs + 1 : HOPELESS_FAILURES;
}

static int check_hope(const struct nh_work *w, const struct files *f, const char *why,
                      struct nh_error *err)
{
    double free_bytes = nh_rundir_free_bytes(w->runner->dir);
    if (free_bytes >= 0 && free_bytes < hopeless_bytes)
        return nh_fail(err, NH_EFAIL, "%s: the disk is full; free some space, then go on",
                       w->runner->dir->path);
    if (!w->successes && w->failures >= hopeless_failures(w)) {
        char reason[256];
        nh_log_reason(f->log, reason, sizeof reason);
        return nh_fail(err, NH_EFAIL, "the first %zu launches failed (%s); read %s", w->failures,
                       *reason && !this_job(w)->app ? reason : why, f->log);
    }
    return NH_OK;
}

/* With a node gone every launch would fail as this one did: that is a stop, not a failure. */
static void look_after_nodes(struct nh_work *w)
{
    const struct nh_launcher *launcher = w->runner->launcher;
    struct nh_error why = {0};
    if (launcher->check && launcher->check(w->runner->context, &why))
        snprintf(w->result->stopped, sizeof w->result->stopped, "%.*s",
                 (int)sizeof w->result->stopped - 1, why.text);
}

/* What it wrote is shown and kept; its scratch directory stays to be looked at. */
static int fail_application(struct nh_work *w, const struct files *f, struct nh_error *err)
{
    FILE *out = w->runner->progress.out;
    if (!this_job(w)->app)
        return NH_OK;
    nh_log_tail(f->trial.out_path, TAIL_LINES, out);
    nh_log_tail(f->log, TAIL_LINES, out);
    if (f->trial.spec && access(f->trial.scratch, F_OK) == 0)
        fprintf(out, "    its files: %s\n", f->trial.scratch);
    return nh_trial_keep(&f->trial, false, err);
}

/* Says what happened to a launch, and keeps it; the others go on. */
static int fail_launch(struct nh_work *w, const struct files *f, const struct nh_outcome *outcome,
                       const char *why, struct nh_error *err)
{
    char reason[256] = "", all[512];
    if (outcome->end == NH_END_EXIT && outcome->value)
        nh_log_reason(f->log, reason, sizeof reason);
    if (outcome->end == NH_END_EXIT && outcome->value && this_job(w)->app && !*reason)
        nh_log_reason(f->trial.out_path, reason, sizeof reason);
    snprintf(all, sizeof all, "%s%s%s", why, *reason ? ": " : "", reason);
    nh_progress_end(&w->runner->progress);
    fprintf(w->runner->progress.out, "%s, launch %ld failed: %s; log: %s\n", this_job(w)->name,
            this_step(w)->launch + 1, all, f->log);
    snprintf(w->result->log_path, sizeof w->result->log_path, "%s", f->log);
    w->failures++;
    int rc = fail_application(w, f, err);
    if (!rc)
        rc = note_attempt(w, f, outcome->seconds, NH_ATTEMPT_FAILED, all, err);
    if (!rc)
        look_after_nodes(w);
    return rc || *w->result->stopped ? rc : check_hope(w, f, all, err);
}

/* A launch that ended well becomes records; NH_EINPUT means that they are not complete. */
static int keep(struct nh_work *w, const struct files *f, const struct nh_outcome *outcome,
                struct nh_error *err)
{
    struct nh_error why = {0};
    int rc = NH_OK;
    if (this_job(w)->app)
        rc = nh_trial_record(&f->trial, outcome->seconds, f->records, &why);
    if (!rc)
        rc = nh_store_collect(w->runner->dir, this_job(w)->name, this_step(w)->launch, &why);
    if (!rc && this_job(w)->app)
        rc = nh_trial_keep(&f->trial, true, &why);
    if (rc == NH_EINPUT)
        return fail_launch(w, f, outcome, why.text, err);
    if (rc)
        return nh_fail(err, rc, "%s; what was measured before is kept", why.text);
    w->runner->done[w->step] = true;
    w->done_count++;
    w->successes++;
    return note_attempt(w, f, outcome->seconds, NH_ATTEMPT_DONE, NULL, err);
}

static int stop(struct nh_work *w, const struct files *f, const struct nh_outcome *outcome,
                struct nh_error *err)
{
    char *why = w->result->stopped;
    size_t len = sizeof w->result->stopped;
    const char *slurm_job = getenv("SLURM_JOB_ID");
    if (outcome->end == NH_END_TIMEOUT)
        snprintf(why, len, "a limit of the study is reached");
    else if (!outcome->value)
        nh_notice_get(w->notice, why, len);
    else
        snprintf(why, len, "signal %d (%s)%s%s", outcome->value, strsignal(outcome->value),
                 slurm_job ? " in Slurm job " : "", slurm_job ? slurm_job : "");
    return note_attempt(w, f, outcome->seconds, NH_ATTEMPT_STOPPED, why, err);
}

/* Ended by a signal, or by a limit of the study that came before its own. */
static bool is_stop(const struct nh_outcome *outcome, double own_limit_s)
{
    return outcome->end == NH_END_STOPPED ||
           (outcome->end == NH_END_TIMEOUT && outcome->seconds < own_limit_s);
}

/* What is done before or after an application: it is not timed, but its failure is one of the
 * launch. `*ended`: so it was, or we were stopped. */
static int await_commands(struct nh_work *w, const struct files *f,
                          const struct nh_commands *commands, const char *when, double limit_s,
                          bool *ended, struct nh_error *err)
{
    double own_limit_s = this_job(w)->limit_s, began_s = nh_monotonic_s();
    struct nh_outcome outcome = {.end = NH_END_EXIT};
    char why[96], text[128];
    pid_t pid;
    *ended = false;
    for (size_t i = 0; i < commands->count; i++) {
        int rc = nh_trial_start_command(&f->trial, &commands->items[i], f->log, &pid, err);
        if (rc)
            return rc;
        w->step_started_s = nh_monotonic_s();
        double room_s = limit_s - (w->step_started_s - began_s);
        nh_process_watch(&w->guard, pid, room_s < own_limit_s ? room_s : own_limit_s, tick, w,
                         &outcome);
        *ended = outcome.end != NH_END_EXIT || outcome.value;
        if (is_stop(&outcome, own_limit_s))
            return stop(w, f, &outcome, err);
        snprintf(text, sizeof text, "%s[%zu]: %s", when, i,
                 nh_outcome_text(&outcome, why, sizeof why));
        if (*ended)
            return fail_launch(w, f, &outcome, text, err);
    }
    return NH_OK;
}

/* A launch that ended as it should: an application may have something to be done yet. */
static int end_well(struct nh_work *w, const struct files *f, const struct nh_outcome *outcome,
                    double limit_s, struct nh_error *err)
{
    bool ended;
    int rc = await_commands(w, f, &f->trial.app.finish, "finish", limit_s - outcome->seconds,
                            &ended, err);
    return rc || ended ? rc : keep(w, f, outcome, err);
}

static int await_launch(struct nh_work *w, const struct files *f, pid_t pid, double limit_s,
                        struct nh_error *err)
{
    struct nh_outcome outcome;
    double own_limit_s = this_job(w)->limit_s;
    w->step_started_s = nh_monotonic_s();
    nh_board_begun(&w->board, this_step(w)->job);
    tick(w);
    nh_process_watch(&w->guard, pid, limit_s < own_limit_s ? limit_s : own_limit_s, tick, w,
                     &outcome);
    if (is_stop(&outcome, own_limit_s))
        return stop(w, f, &outcome, err);
    if (outcome.end == NH_END_EXIT && outcome.value == f->trial.app.exit)
        return end_well(w, f, &outcome, limit_s, err);
    char why[96];
    return fail_launch(w, f, &outcome, nh_outcome_text(&outcome, why, sizeof why), err);
}

static int step_application(struct nh_work *w, struct files *f, double limit_s,
                            struct nh_error *err)
{
    const struct nh_runner *r = w->runner;
    struct nh_error why = {0};
    bool ended;
    pid_t pid;
    int rc = prepare_application(w, f, &why);
    if (rc == NH_EINPUT) /* its input is absent: others have theirs */
        return fail_launch(w, f, &(struct nh_outcome){.end = NH_END_EXIT}, why.text, err);
    if (rc)
        return nh_fail(err, rc, "%s", why.text);
    double began_s = nh_monotonic_s();
    rc = await_commands(w, f, &f->trial.app.prepare, "prepare", limit_s, &ended, err);
    if (rc || ended)
        return rc;
    limit_s -= nh_monotonic_s() - began_s;
    rc = nh_trial_start(&f->trial, r->launcher, r->context, f->log, &pid, err);
    return rc ? rc : await_launch(w, f, pid, limit_s, err);
}

static int step_kernel(struct nh_work *w, const struct files *f, double limit_s,
                       struct nh_error *err)
{
    pid_t pid;
    int rc = start_launch(w, f, &pid, err);
    return rc ? rc : await_launch(w, f, pid, limit_s, err);
}

int nh_work_step(struct nh_work *w, double limit_s, struct nh_error *err)
{
    struct files f = {.trial = {.launch = 0}};
    int rc = prepare_files(w, &f, err);
    if (rc)
        return rc;
    rc =
        this_job(w)->app ? step_application(w, &f, limit_s, err) : step_kernel(w, &f, limit_s, err);
    nh_trial_clear(&f.trial);
    nh_args_clear(&f.nodes);
    return rc;
}
