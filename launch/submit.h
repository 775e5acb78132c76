/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef NH_SUBMIT_H
#define NH_SUBMIT_H

#include <time.h>

#include "common/progress.h"
#include "launch/launcher.h"
#include "launch/plan.h"
#include "launch/rundir.h"

/*
 * A run that submits itself to Slurm: by sbatch, once for all its node counts (the largest one
 * is allocated, smaller ones use a part of it), or once for each, one after the other. The job
 * is `nodehour run --resume FOLDER`, so a job that Slurm pre-empts, requeues or ends goes on
 * like any other run. The folder must be seen by the nodes.
 */
struct nh_submission {
    const struct nh_launcher_options *options;
    const struct nh_plan *plan;
    const bool *done; /* a flag per step: node counts with nothing left are not submitted */
    const struct nh_rundir *dir; /* not locked by us: the job locks it */
    const char *folder;          /* its absolute path */
    char *const *command;        /* of the job: "PATH/nodehour", "run", ..., NULL-terminated */
    struct nh_progress *progress;
};

/** Words of sbatch for the job of `nodes` nodes. `only`: of no other node count. */
void nh_submit_words(const struct nh_submission *submission, long nodes, int ranks_per_node,
                     bool only, struct nh_args *words);

/** What Slurm's queue says of the jobs of a run: of the one that runs, else of the first. */
struct nh_submit_state {
    char text[96]; /* "Slurm job 17 PENDING (Resources)" */
    bool runs;
    time_t start; /* when it may start, 0: not known */
};

/** Reads lines "17|PENDING|Resources|2026-01-01T12:00:00" of squeue, whose times are local; writes
 *  into `text`. False when there is none. */
bool nh_submit_state(char *text, struct nh_submit_state *state);

/** NH_EINPUT names the program of Slurm that is not on PATH. */
int nh_submit_possible(struct nh_error *err);

/** Submits and waits until no job is left. NH_ESTOPPED after a signal, with all jobs cancelled;
 *  NH_EFAIL when Slurm refuses. What was measured is in the folder. */
int nh_submit(const struct nh_submission *submission, struct nh_error *err);

#endif
