/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef NH_BOARD_H
#define NH_BOARD_H

#include "common/progress.h"
#include "launch/attempts.h"

/*
 * What is known of each job while a study runs: how many of its launches are done, how long
 * they take, and what they measured so far. From it follow the time left and the table on a
 * terminal.
 */
struct nh_board_job {
    size_t done, failed;
    double sum_s; /* wall time of `timed` launches that ended well */
    size_t timed;
    double *ns; /* figure of each launch that is done, `figures` of them */
    size_t figures;
    double size_bytes;  /* that the figures are of; NaN: they have none */
    unsigned long last; /* when something happened to it, as a running number; 0: nothing yet */
};

struct nh_board {
    const struct nh_plan *plan;
    const struct nh_rundir *dir;
    struct nh_board_job *jobs; /* as many as the plan has */
    double *ns;                /* memory of all figures; NULL: they are not wanted */
    unsigned long now;
};

enum { NH_BOARD_NONE = -1 }; /* no job runs, or it is not known which one */

/** `done`: a flag per step, launches of earlier processes. `figures`: read what was measured, for
 *  a table. NH_EFAIL when there is no memory. */
int nh_board_init(struct nh_board *board, const struct nh_plan *plan, const struct nh_rundir *dir,
                  const bool *done, bool figures, struct nh_error *err);

/** A launch begins. */
void nh_board_begun(struct nh_board *board, size_t job);
/** A launch ended, its records are in the folder. */
void nh_board_ended(struct nh_board *board, size_t job, long launch, enum nh_attempt_end end,
                    double seconds);

/** Expected duration of a launch of a job: as seen, else as planned. */
double nh_board_mean_s(const struct nh_board *board, size_t job);
/** Seconds that all launches which are not done will take. */
double nh_board_left_s(const struct nh_board *board);
size_t nh_board_done(const struct nh_board *board);

/**
 * The table: a heading and a row for each job, or for those to which something happened last if
 * there is room for fewer. The figure is the median over launches of what the first line of their
 * table says, with its 95 % order-statistic interval, which six launches have at the least.
 * `running`: the job that runs, for `running_s` so far, or NH_BOARD_NONE. Returns the number of
 * rows, at most `most`; 0 when there is no room for two.
 */
size_t nh_board_rows(const struct nh_board *board, long running, double running_s, size_t columns,
                     struct nh_progress_row *rows, size_t most);

void nh_board_clear(struct nh_board *board);

#endif
