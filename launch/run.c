/* SPDX-License-Identifier: BSD-3-Clause */
#include "launch/run.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/units.h"
#include "launch/work.h"

static const double notice_interval_s = 5; /* as AWS recommends */
enum { TRIES = 2 };                        /* of a launch, in one call */

/* ---- limits of the study ---- */

double nh_work_spent_s(const struct nh_work *w)
{
    return w->before.wall_s + nh_monotonic_s() - w->started_s;
}

static double cost_with(const struct nh_work *w, double more_s, long nodes)
{
    return nh_plan_cost(w->runner->plan, nh_work_spent_s(w) + more_s,
                        w->before.node_s + more_s * (double)nodes);
}

/* Seconds that a launch of a job may take before a limit of the study is crossed. */
static double room_s(const struct nh_work *w, const struct nh_job *job)
{
    const struct nh_plan *plan = w->runner->plan;
    double room = INFINITY;
    if (plan->max_time_s > 0)
        room = plan->max_time_s - nh_work_spent_s(w);
    double now = cost_with(w, 0, job->nodes);
    double an_hour = cost_with(w, 3600, job->nodes) - now;
    if (plan->max_cost > 0 && an_hour > 0)
        room = fmin(room, (plan->max_cost - now) / an_hour * 3600);
    return room;
}

static bool has_room(struct nh_work *w)
{
    const struct nh_plan *plan = w->runner->plan;
    size_t index = plan->steps[w->step].job;
    const struct nh_job *job = &plan->jobs[index];
    char needed[NH_UNIT_TEXT], left[NH_UNIT_TEXT];
    double need_s = nh_board_mean_s(&w->board, index), room = room_s(w, job);
    if (need_s <= room)
        return true;
    nh_format_duration(need_s, needed);
    nh_format_duration(room > 0 ? room : 0, left);
    snprintf(w->result->stopped, sizeof w->result->stopped,
             "the limits of the study (max_time, max_cost) leave %s, and %s takes about %s", left,
             job->name, needed);
    return false;
}

/* A recommendation to leave lets a launch end, and no other begin. */
static bool is_welcome(struct nh_work *w)
{
    char text[160];
    if (nh_notice_get(w->notice, text, sizeof text) == NH_NOTICE_NONE)
        return true;
    snprintf(w->result->stopped, sizeof w->result->stopped, "%s", text);
    return false;
}

static bool is_late(struct nh_work *w)
{
    struct nh_run_result *r = w->result;
    if (w->runner->budget_s <= 0 || nh_monotonic_s() - w->started_s < w->runner->budget_s)
        return false;
    r->out_of_time = true;
    snprintf(r->stopped, sizeof r->stopped,
             "the time is up; this machine is slower or busier than planned for");
    return true;
}

/* ---- all launches ---- */

/* Rounds are counted over all that was measured, also before the run was gone on with. */
static bool is_round(const struct nh_work *w)
{
    return w->done_count > 0 && w->done_count % w->runner->plan->job_count == 0;
}

static void look_ahead(struct nh_work *w)
{
    const struct nh_runner *r = w->runner;
    size_t columns;
    if (r->outlook && is_round(w) && nh_progress_room(&r->progress, &columns) > 0)
        r->outlook(r->enough_context, w->outlook, sizeof w->outlook);
}

static bool is_enough(struct nh_work *w)
{
    struct nh_run_result *r = w->result;
    char why[sizeof r->decided];
    if (!w->runner->enough || !is_round(w) ||
        !w->runner->enough(w->runner->enough_context, why, sizeof why))
        return false;
    memcpy(r->decided, why, sizeof why);
    return true;
}

static bool is_over(struct nh_run_result *r)
{
    return *r->stopped || *r->decided;
}

static bool is_ours(const struct nh_runner *runner, size_t step)
{
    const struct nh_plan *plan = runner->plan;
    long nodes = plan->jobs[plan->steps[step].job].nodes;
    return (!runner->only_nodes || nodes == runner->only_nodes) &&
           (!runner->most_nodes || nodes <= runner->most_nodes);
}

static int pass(struct nh_work *w, struct nh_error *err)
{
    const struct nh_plan *plan = w->runner->plan;
    int rc = NH_OK;
    for (size_t i = 0; i < plan->step_count && !rc && !is_over(w->result); i++) {
        if (w->runner->done[i] || !is_ours(w->runner, i))
            continue;
        w->step = i;
        look_ahead(w);
        if (!is_enough(w) && is_welcome(w) && !is_late(w) && has_room(w))
            rc = nh_work_step(w, room_s(w, &plan->jobs[plan->steps[i].job]), err);
    }
    return rc;
}

/* What failed is tried again after all others: by then a passing trouble has passed. */
static int passes(struct nh_work *w, struct nh_error *err)
{
    size_t failed_before = 0;
    int rc = pass(w, err);
    for (int i = 1; i < TRIES && !rc && !is_over(w->result) && w->failures > failed_before; i++) {
        nh_progress_end(&w->runner->progress);
        fprintf(w->runner->progress.out, "Trying once more what failed: %zu of %zu launches\n",
                w->failures - failed_before, w->runner->plan->step_count);
        failed_before = w->failures;
        rc = pass(w, err);
    }
    return rc;
}

void nh_run_missing(const struct nh_runner *runner, struct nh_run_result *r)
{
    const struct nh_plan *plan = runner->plan;
    size_t used = 0;
    r->missing = 0;
    for (size_t job = 0; job < plan->job_count; job++) {
        size_t missing = 0;
        for (size_t i = 0; i < plan->step_count; i++)
            missing += plan->steps[i].job == job && !runner->done[i] && is_ours(runner, i);
        r->missing += missing;
        if (missing && used < sizeof r->missing_jobs)
            used += (size_t)snprintf(r->missing_jobs + used, sizeof r->missing_jobs - used,
                                     "%s%s: %zu", used ? ", " : "", plan->jobs[job].name, missing);
    }
}

int nh_run_execute(struct nh_runner *runner, struct nh_run_result *result, struct nh_error *err)
{
    struct nh_work w = {.runner = runner, .result = result, .started_s = nh_monotonic_s()};
    size_t columns;
    *result = (struct nh_run_result){0};
    int rc = nh_attempts_sum(runner->dir, &w.before, err);
    if (rc)
        return rc;
    bool table = nh_progress_room(&runner->progress, &columns) > 0;
    rc = nh_board_init(&w.board, runner->plan, runner->dir, runner->done, table, err);
    if (rc)
        return rc;
    w.done_count = nh_board_done(&w.board);
    nh_guard_enter(&w.guard);
    if (w.done_count < runner->plan->step_count)
        w.notice = nh_notice_start(notice_interval_s);
    rc = passes(&w, err);
    nh_notice_stop(w.notice);
    nh_guard_leave(&w.guard);
    nh_progress_end(&runner->progress);
    nh_run_missing(runner, result);
    nh_board_clear(&w.board);
    return rc;
}
