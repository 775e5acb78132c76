/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef NH_SCREEN_BEFORE_H
#define NH_SCREEN_BEFORE_H

#include "launch/plan.h"
#include "launch/rundir.h"
#include "launch/screen/places.h"

/* The screening before a study, which then goes on with the hosts that are left. Zeroed: none. */
struct nh_screened {
    json_t *report; /* as of nh_screen_run, with "left_out": launches that need more hosts */
    char *exclude;  /* hosts not to use, those of the user among them, comma-separated; or NULL */
    long healthy;   /* hosts that are left */
};

/**
 * Screens the hosts of a study. Code NH_EPREFLIGHT when fewer are left than its smallest job
 * needs. `screen` has all but the hosts and how they are reached.
 */
int nh_screen_before(const struct nh_screen_places *places, struct nh_screen *screen,
                     const struct nh_plan *plan, struct nh_screened *screened,
                     struct nh_error *err);

/** What an earlier call for this run folder found; nothing where there was none. */
int nh_screen_restore(const char *folder, const struct nh_screen_places *places,
                      const struct nh_plan *plan, struct nh_screened *screened,
                      struct nh_error *err);

/** The same without asking who the hosts are: after another process has measured. */
int nh_screen_reread(const char *folder, struct nh_screened *screened, struct nh_error *err);

/** Keeps the report as screen.json in the run folder; an earlier one is set aside. */
int nh_screen_keep(const struct nh_screened *screened, const struct nh_rundir *dir,
                   struct nh_error *err);

/** For run.json: hosts left out, why, and jobs that do not fit the rest; NULL: not screened. */
json_t *nh_screen_summary(const struct nh_screened *screened);

/** Prints hosts and jobs that are left out, a line each. */
void nh_screen_say(const struct nh_screened *screened, FILE *out);

void nh_screened_clear(struct nh_screened *screened);

#endif
