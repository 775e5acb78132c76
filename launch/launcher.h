/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef NH_LAUNCHER_H
#define NH_LAUNCHER_H

#include <stdbool.h>
#include <sys/types.h>

#include "common/error.h"
#include "launch/args.h"

/*
 * Where measuring happens. A launcher turns a kernel's command into a running process;
 * it never goes through a shell. Entries: local (this machine's mpirun), ssh (hosts of a
 * file), slurm (within an allocation; submit.h makes one).
 */
struct nh_launch {
    char *const *argv; /* kernel program and its arguments, NULL-terminated */
    int ranks;         /* all of them */
    long nodes;        /* 0: 1 */
    int ranks_per_node;
    int threads;          /* of each rank; 0: not set */
    char *const *env;     /* "NAME=VALUE" for every rank, NULL-terminated, or NULL */
    long number;          /* of the launch: which nodes, where there are more than needed */
    bool bind;            /* by cores: the program does not bind itself */
    const char *wdir;     /* of the ranks, or NULL */
    const char *out_path; /* its stdout, or NULL: to the log */
    const char *log_path; /* its stderr */
};

/* What the user says about it; NULL and 0: not said. */
struct nh_launcher_options {
    const char *mpirun;   /* path or name; NULL: $NODEHOUR_MPIRUN, else the built-in name */
    int cores;            /* physical cores: more ranks than that oversubscribe */
    long nodes;           /* most that a launch needs; 0: 1 */
    const char *hostfile; /* ssh: "HOST [slots=N]" a line */
    const char *exclude;  /* hosts not to use, comma-separated */
    const char *program;  /* path of the kernel program: must be the same everywhere */
    bool srun;            /* Slurm: start ranks by srun instead of mpirun */
    const char *partition, *account, *time; /* Slurm: of the job that we submit */
    char *const *slurm_words;               /* Slurm: more options of sbatch, NULL-terminated */
    bool job_per_node_count;                /* Slurm: instead of one allocation for all */
};

struct nh_launcher {
    const char *name;
    /** Checks that it can work here, on every node, and says why not; fills `context`. */
    int (*probe)(const struct nh_launcher_options *options, void **context, struct nh_error *err);
    /** One line on what it found ("Open MPI 4.1.4, /usr/bin/mpirun"), owned by the context. */
    const char *(*describe)(const void *context);
    /** Adds the words of the complete command. */
    void (*command)(const void *context, const struct nh_launch *launch, struct nh_args *command);
    /** Adds the nodes of a launch, in the order of ranks; NULL: this machine. */
    void (*nodes)(const void *context, const struct nh_launch *launch, struct nh_args *nodes);
    /** Starts a launch; the child dies when we die. */
    int (*start)(void *context, const struct nh_launch *launch, pid_t *pid, struct nh_error *err);
    /** After a failed launch: NH_EPREFLIGHT when a node is gone, and which; NULL: never. */
    int (*check)(void *context, struct nh_error *err);
    /** True where it can launch only from within a job that it must submit first (submit.h);
     *  NULL: never. */
    bool (*outside)(const void *context);
    void (*release)(void *context);
};

extern const struct nh_launcher nh_launcher_local, nh_launcher_ssh, nh_launcher_slurm;

/** The entry called `name`, "local" for NULL. Code NH_EINPUT. */
int nh_launcher_find(const char *name, const struct nh_launcher **launcher, struct nh_error *err);

#endif
