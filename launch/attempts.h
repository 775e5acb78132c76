/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef NH_ATTEMPTS_H
#define NH_ATTEMPTS_H

#include "launch/plan.h"
#include "launch/rundir.h"

/*
 * attempts.jsonl: a line for every launch that ended, however it did. Failed ones stand here
 * with their reason, and nowhere else: analysis reads records.jsonl, which has none of them.
 */
enum nh_attempt_end { NH_ATTEMPT_DONE, NH_ATTEMPT_FAILED, NH_ATTEMPT_STOPPED };

struct nh_attempt {
    const struct nh_job *job;
    long launch;
    const struct nh_args *nodes; /* by name, in the order of ranks; empty: this machine */
    double seconds;              /* wall time */
    enum nh_attempt_end end;
    const char *reason; /* of a failure or a stop, else NULL */
    const char *log;    /* within the folder */
};

int nh_attempts_add(const struct nh_rundir *dir, const struct nh_attempt *attempt,
                    struct nh_error *err);

/** A line as it is read back; text is valid for the call only. */
struct nh_attempt_line {
    const char *job;
    long launch;
    double seconds, nodes;
    bool done, failed;
};

/** Hands every complete line behind byte `*offset` to `take`, and moves the offset, so that
 *  another call goes on there. No file yet: no lines; a damaged line is left out. */
int nh_attempts_read(const struct nh_rundir *dir, size_t *offset,
                     void (*take)(void *context, const struct nh_attempt_line *line), void *context,
                     struct nh_error *err);

/** What all of them took together. */
struct nh_attempts_sum {
    double wall_s, node_s; /* seconds, and the same times nodes */
    size_t done, failed;
};

/** Zero when there is no file yet; a damaged line counts nothing. */
int nh_attempts_sum(const struct nh_rundir *dir, struct nh_attempts_sum *sum, struct nh_error *err);

#endif
