/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef NH_APP_TRIAL_H
#define NH_APP_TRIAL_H

#include <sys/types.h>

#include "bench/proof/counters.h"
#include "launch/app/figures.h"
#include "launch/launcher.h"
#include "launch/plan.h"
#include "launch/rundir.h"

/*
 * One launch of an application: its scratch directory, its start, and what becomes of its
 * output. `outputs/JOB.K.*.gz` of the run folder keeps what it wrote.
 */
struct nh_trial {
    const struct nh_job *job;
    const struct nh_rundir *dir;
    long launch;
    const struct nh_args *nodes; /* by name, in the order of ranks; empty: this machine */
    json_t *spec;
    struct nh_application app;           /* placeholders of the launch are filled */
    struct nh_args environment, command; /* command as started */
    struct nh_counters before;           /* of this machine's network devices, at its start */
    char scratch[NH_PATH_MAX], workdir[NH_PATH_MAX], out_path[NH_PATH_MAX];
};

/** Makes the scratch directory, stages input and finds the program. NH_EINPUT: the reason why
 *  this launch fails, while others may go on. The caller clears it in any case. */
int nh_trial_prepare(struct nh_trial *trial, struct nh_error *err);

/** Starts one of the commands around it, here; `log_path` takes all output. */
int nh_trial_start_command(const struct nh_trial *trial, const struct nh_args *command,
                           const char *log_path, pid_t *pid, struct nh_error *err);

/** Starts it; `log_path` takes its stderr. */
int nh_trial_start(struct nh_trial *trial, const struct nh_launcher *launcher, void *context,
                   const char *log_path, pid_t *pid, struct nh_error *err);

/** Its command for `launch` written as "K", without a start: for people. */
int nh_trial_show(const struct nh_job *job, const struct nh_launcher *launcher, const void *context,
                  struct nh_args *command, struct nh_error *err);

/** After its end with the right status: reads its figures and writes the record. NH_EINPUT: the
 *  reason why it is a failed launch. `job_s`: wall time from start to end. */
int nh_trial_record(const struct nh_trial *trial, double job_s, const char *path,
                    struct nh_error *err);

/** Keeps its output, compressed; removes the scratch directory where `good`. */
int nh_trial_keep(const struct nh_trial *trial, bool good, struct nh_error *err);

void nh_trial_clear(struct nh_trial *trial);

#endif
