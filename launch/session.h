/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef NH_SESSION_H
#define NH_SESSION_H

#include "common/cli.h"
#include "launch/launcher.h"
#include "launch/rundir.h"
#include "launch/screen/before.h"
#include "launch/study/study.h"

/* One call of `nodehour run`: what was asked for, and the run that it begins or goes on with. */

struct nh_run_options {
    struct nh_study_options study; /* some of them are for the preset as well */
    char *kernels, *ranks, *cells, *sizes, *results, *resume, *only_nodes;
    int quick, fresh, dry_run, json, no_report, no_doctor, quiet, stop_when_decided, screen;
    struct poptOption table[NH_STUDY_OPTIONS + 19];
};

struct nh_session {
    const struct nh_run_options *o;
    struct nh_request request; /* of the preset */
    struct nh_study study;     /* raw is NULL: no study, the preset is measured */
    long only_nodes;           /* leave out launches on other numbers of nodes; 0: none */
    const struct nh_launcher *launcher;
    void *context;
    struct nh_launcher_options launcher_options;
    struct nh_screened screened; /* hosts that are not used, and why */
    struct nh_args command;      /* of this process */
    struct nh_plan plan;
    struct nh_rundir dir;
    bool *done;
};

/** Reads the study, named by `name` or kept in the run that --resume names; without either,
 *  there is none. Options that do not belong together are refused. */
int nh_session_study(struct nh_session *s, const char *name, struct nh_error *err);

/** Makes the plan; NH_EINPUT when a limit of the study would be crossed. */
int nh_session_plan(struct nh_session *s, struct nh_error *err);

/** Screens the hosts where that is asked for, and finds out which are left; of a run that is gone
 *  on with without that, those that were left at its last screening. NH_EINPUT when a run is in
 *  progress, which it would disturb. */
int nh_session_screen(struct nh_session *s, struct nh_error *err);

/** Opens the run folder: that of --resume, the newest one when it is unfinished and was asked for
 *  the same, or a new one. Fills plan, dir and done. */
int nh_session_open(struct nh_session *s, struct nh_error *err);

/** Looks again at what is done: another process may have measured. */
int nh_session_rescan(struct nh_session *s, struct nh_error *err);

/** Launches that are done. */
size_t nh_session_done(const struct nh_session *s);

void nh_session_clear(struct nh_session *s);

#endif
