/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef NH_RUN_H
#define NH_RUN_H

#include <stdbool.h>
#include <stddef.h>

#include "common/progress.h"
#include "launch/launcher.h"
#include "launch/plan.h"
#include "launch/rundir.h"

/* Carrying out a plan: launch after launch, what fails once more at the end.
 * Signals, limits of the study, a lost node and word from EC2 end it early: then nothing is
 * lost, and another call goes on. */
struct nh_runner {
    const struct nh_launcher *launcher;
    void *context; /* of the launcher */
    const struct nh_rundir *dir;
    const struct nh_plan *plan;
    double budget_s; /* no launch begins later than this; 0: no limit */
    bool *done;      /* a flag per step; set as launches are collected */
    long only_nodes; /* leave out launches on other numbers of nodes; 0: none */
    /** Asked before the next launch whenever as many were made as there are jobs: is what was
     *  measured enough? Then it says why. NULL: all launches are made. */
    bool (*enough)(void *enough_context, char *why, size_t len);
    /** Asked at the same times for the table on a terminal: what is worth running next, in a line.
     *  NULL: not said. */
    void (*outlook)(void *enough_context, char *text, size_t len);
    void *enough_context;
    struct nh_progress progress; /* started by the caller */
    long most_nodes;             /* leave out launches on more nodes; 0: none */
};

struct nh_run_result {
    char stopped[400];          /* why it ended early: a signal, a limit, a lost node; or "" */
    char decided[400];          /* why no more is needed (runner->enough), or "" */
    bool out_of_time;           /* for which the call's budget is the reason */
    size_t missing;             /* launches not done */
    char missing_jobs[256];     /* "halo.n2: 2, pingpong.n2: 1" */
    char log_path[NH_PATH_MAX]; /* of the last failed launch, or "" */
};

/** Returns NH_OK also when launches are missing (see `result`); NH_EFAIL when nothing can
 *  be measured or kept, with what was measured left in place. */
int nh_run_execute(struct nh_runner *runner, struct nh_run_result *result, struct nh_error *err);

/** Fills what is missing, from runner->done. */
void nh_run_missing(const struct nh_runner *runner, struct nh_run_result *result);

/** The command of one launch: the job's words and those of this launch. `here`: rank 0 runs on
 *  this machine and writes its records itself; else it prints them. */
void nh_run_kernel_command(const struct nh_job *job, const char *folder, const char *run_id,
                           const char *launch, bool here, struct nh_args *command);

/** What the launcher is told of launch `number` of a job; `argv` is the kernel's command. */
struct nh_launch nh_run_launch(const struct nh_job *job, char *const *argv, long number);

#endif
