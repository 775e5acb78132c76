/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef NH_PROCESS_H
#define NH_PROCESS_H

#include <signal.h>
#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

#include "common/error.h"

/*
 * Children of the launcher. Each one leads its own process group, reads nothing, and
 * is told to stop when we die, so that a killed launcher leaves no measurement behind.
 * While a struct nh_guard is held, signals that ask us to stop are collected instead of
 * acting, and orphans of a killed mpirun become our children, so that they can be ended.
 */
enum { NH_GUARD_CHILDREN = 64 };
struct nh_guard {
    sigset_t before, wanted;
    pid_t others[NH_GUARD_CHILDREN]; /* children that we had already: not ours to end */
    size_t other_count;
};

void nh_guard_enter(struct nh_guard *guard);
void nh_guard_leave(const struct nh_guard *guard);

/** Starts argv[0] (a path) with stdout going to the file `out_path` (NULL: the log) and
 *  stderr to `log_path`; both are made, or appended to.
 *  `env`: NULL-terminated NAME=VALUE pairs put on top of ours, or NULL. */
int nh_process_start(char *const *argv, const char *const *env, const char *out_path,
                     const char *log_path, pid_t *pid, struct nh_error *err);

/** The same in the working directory `wdir` (NULL: ours). */
int nh_process_start_in(const char *wdir, char *const *argv, const char *const *env,
                        const char *out_path, const char *log_path, pid_t *pid,
                        struct nh_error *err);

/** As nh_process_start with open files for stdout and stderr, which stay open here. */
int nh_process_spawn(char *const *argv, const char *const *env, const int out[2], pid_t *pid,
                     struct nh_error *err);

enum nh_end {
    NH_END_EXIT,    /* value: exit status */
    NH_END_KILLED,  /* value: signal that ended it */
    NH_END_TIMEOUT, /* we ended it: longer than the limit */
    NH_END_STOPPED  /* we ended it: value is the signal that we got, 0 for the tick */
};

struct nh_outcome {
    enum nh_end end;
    int value;
    double seconds; /* wall time */
};

/** Waits for the child; calls `tick` about five times a second. A stop signal, the limit, or
 *  a tick that returns false ends it: SIGTERM, then SIGKILL after 5 s. No descendant
 *  survives. */
void nh_process_watch(const struct nh_guard *guard, pid_t pid, double limit_s, bool (*tick)(void *),
                      void *context, struct nh_outcome *outcome);

/** "exit status 2", "killed by signal 9 (Killed)", "stopped after 85 s without an end". */
const char *nh_outcome_text(const struct nh_outcome *outcome, char *buf, size_t len);

#endif
