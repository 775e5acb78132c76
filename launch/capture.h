/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef NH_CAPTURE_H
#define NH_CAPTURE_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

#include "common/error.h"

/* A short command whose answer is wanted. The caller fills the first three; zero the rest. */
struct nh_capture {
    char *const *argv;      /* argv[0] is a path */
    const char *const *env; /* put on top of ours, or NULL */
    char *text;             /* room for the beginning of its stdout and stderr */
    size_t room;
    /* The answer. */
    int code;         /* NH_OK: it ended with status 0; else NH_EFAIL */
    int status;       /* exit status; -1: none (killed, no answer, could not be started) */
    bool late;        /* no answer within the limit; ended */
    size_t used;      /* bytes of text, which a NUL follows */
    pid_t pid;        /* ours */
    int fd;           /* ours */
    bool running;     /* ours */
    double started_s; /* ours */
};

enum { NH_CAPTURES_AT_ONCE = 64 };

/** Runs all of them, up to NH_CAPTURES_AT_ONCE side by side, each at most `limit_s`. What
 *  could not be started says why in its text. */
void nh_capture_all(struct nh_capture *captures, size_t count, double limit_s);

/** Runs one, at most ten seconds. NH_EFAIL when it cannot be started or fails. */
int nh_capture(char *const *argv, const char *const *env, char *buf, size_t len,
               struct nh_error *err);

#endif
