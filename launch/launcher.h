/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef NH_LAUNCHER_H
#define NH_LAUNCHER_H

#include <sys/types.h>

#include "common/error.h"
#include "launch/args.h"

/*
 * Where measuring happens. A launcher turns a kernel's command into a running process;
 * it never goes through a shell. Entries: local (this machine's mpirun); more follow.
 */
struct nh_launch {
    char *const *argv; /* kernel program and its arguments, NULL-terminated */
    int ranks;
    const char *log_path; /* stdout and stderr of the launch */
};

struct nh_launcher_options {
    const char *mpirun; /* path or name; NULL: $NODEHOUR_MPIRUN, else the built-in name */
    int cores;          /* physical cores: more ranks than that oversubscribe */
};

struct nh_launcher {
    const char *name;
    /** Checks that it can work here and says why not; fills `context`. */
    int (*probe)(const struct nh_launcher_options *options, void **context, struct nh_error *err);
    /** One line on what it found ("Open MPI 4.1.4, /usr/bin/mpirun"), owned by the context. */
    const char *(*describe)(const void *context);
    /** Adds the words of the complete command. */
    void (*command)(const void *context, const struct nh_launch *launch, struct nh_args *command);
    /** Starts a launch; the child dies when we die. */
    int (*start)(void *context, const struct nh_launch *launch, pid_t *pid, struct nh_error *err);
    void (*release)(void *context);
};

extern const struct nh_launcher nh_launcher_local;

#endif
