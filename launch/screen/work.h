/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef NH_SCREEN_WORK_H
#define NH_SCREEN_WORK_H

#include "launch/cluster.h"
#include "launch/hostcheck.h"
#include "launch/process.h"
#include "launch/screen/judge.h"
#include "launch/screen/screen.h"

/* A screening in progress, between screen.c (its order), field.c (tournaments and hosts that
 * break them), measure.c (one launch) and report.c. */

enum nh_screen_condition {
    NH_SCREEN_UNTRIED,
    NH_SCREEN_MEASURED,
    NH_SCREEN_PENDING, /* launches with it failed: it has to be tried beside good hosts */
    NH_SCREEN_FAILED
};

struct nh_screen_host {
    enum nh_screen_condition condition;
    bool stumbled;               /* a launch failed for it, a later one did not */
    bool again;                  /* was measured in the second pass */
    char reason[NH_HOST_REASON]; /* of the last failure */
};

enum { NH_SCREEN_LINKS = 10, NH_SCREEN_NOTES = 6 };

struct nh_screen_work {
    const struct nh_screen *screen;
    struct nh_cluster *cluster; /* all hosts */
    struct nh_guard guard;
    char folder[64], program[NH_PATH_MAX];
    size_t launches, lost_in_a_row, won;
    double started_s;
    struct nh_screen_host *hosts;
    struct nh_screen_cells first, second; /* the two passes */
    bool *good;
    struct nh_screen_scores *scores, *scores_again;
    bool divided, apart;
    struct nh_screen_link links[NH_SCREEN_LINKS];
    size_t link_count; /* found; the worst are kept */
    char notes[NH_SCREEN_NOTES][200];
    size_t note_count;
};

/** What the user should know; dropped when there are too many. */
void nh_screen_note(struct nh_screen_work *work, const char *fmt, ...) NH_PRINTF(2, 3);

/**
 * One tournament of `members` (indices, two or more) into `cells`. NH_EPARTIAL when the launch
 * fails: `reason`, NH_HOST_REASON bytes, says why, in the words of its log.
 */
int nh_screen_measure(struct nh_screen_work *work, const size_t *members, size_t count,
                      bool bandwidth, struct nh_screen_cells *cells, char *reason,
                      struct nh_error *err);

/** Reads the records of a tournament into cells; `members` in the order of ranks, where the names
 *  in the record do not tell. NH_EINPUT when it has no matrix of them. */
int nh_screen_read(const char *path, const struct nh_hosts *hosts, const size_t *members,
                   size_t count, struct nh_screen_cells *cells, struct nh_error *err);

/** Tournaments of all members by latency and bandwidth, in groups that a record has room for. Hosts
 *  that cannot be launched on are marked, and the others go on. */
int nh_screen_field(struct nh_screen_work *work, size_t *members, size_t count,
                    struct nh_screen_cells *cells, struct nh_error *err);

/** Pending hosts, each beside hosts that were measured. */
int nh_screen_retry(struct nh_screen_work *work, struct nh_error *err);

/** Who can be reached and has the same program; the others are marked as failed. */
int nh_screen_reach(struct nh_screen_work *work, const size_t *members, size_t count,
                    bool same_program, size_t *lost, struct nh_error *err);

/** The report; NULL when memory is short. */
json_t *nh_screen_report(const struct nh_screen_work *work);

#endif
