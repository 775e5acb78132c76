/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef NH_WORK_H
#define NH_WORK_H

#include "launch/attempts.h"
#include "launch/board.h"
#include "launch/notice.h"
#include "launch/process.h"
#include "launch/run.h"

/* A run in progress, between run.c (all launches) and step.c (one of them). */
struct nh_work {
    struct nh_runner *runner;
    struct nh_run_result *result;
    struct nh_guard guard;
    struct nh_notice *notice;
    struct nh_board board;
    size_t step;                            /* running now */
    size_t done_count, failures, successes; /* failures and successes of this process */
    double started_s, step_started_s;       /* monotonic */
    char outlook[NH_PROGRESS_TEXT];         /* runner->outlook, or "" */
    struct nh_attempts_sum before;          /* launches of earlier processes, and of this one */
};

/** Seconds since the start, those of earlier processes included. */
double nh_work_spent_s(const struct nh_work *work);

/** Does step `work->step`. NH_OK also when the launch failed; the result says when the run has
 *  to stop. `limit_s` may be shorter than the job's own limit: then its end is a stop. */
int nh_work_step(struct nh_work *work, double limit_s, struct nh_error *err);

#endif
