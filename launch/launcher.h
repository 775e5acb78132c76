/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef NH_LAUNCHER_H
#define NH_LAUNCHER_H

#include <stddef.h>
#include <sys/types.h>

#include "common/error.h"

/* Where measuring happens. A launcher turns a job into a running process; it never
 * goes through a shell. Entries: local (this machine's mpirun); more follow. */
struct nh_job {
    char name[96];        /* identity within the plan: "pingpong.n2" */
    char **argv;          /* kernel program and its arguments, NULL-terminated */
    int ranks;
    double expected_s;    /* estimate before the first launch */
};

struct nh_launch {
    const struct nh_job *job;
    int index;            /* 0.. */
    const char *log_path; /* stdout and stderr of the launch */
};

struct nh_launcher {
    const char *name;
    /** Checks that it can work here and says why not; fills `context`. */
    int (*probe)(void **context, struct nh_error *err);
    /** Starts a launch; the child dies when we die. */
    int (*start)(void *context, const struct nh_launch *launch, pid_t *pid, struct nh_error *err);
    void (*release)(void *context);
};

extern const struct nh_launcher nh_launcher_local;

#endif
