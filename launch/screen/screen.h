/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef NH_SCREEN_H
#define NH_SCREEN_H

#include <jansson.h>
#include <stdio.h>

#include "common/progress.h"
#include "launch/hosts.h"
#include "launch/mpirun.h"

/*
 * The finder of bad hosts: one rank on each host, every host with every other one (tournament),
 * latency and bandwidth. Hosts that cannot be launched on are left out, and the others go on;
 * who is bad in the figures (judge.h) is measured once more beside hosts that are good. Only what
 * both times say ends in the list of hosts to exclude.
 */
struct nh_screen {
    const struct nh_hosts *hosts;
    enum nh_mpi_agent agent;   /* how hosts are reached */
    const char *mpirun;        /* as in struct nh_launcher_options */
    bool srun;                 /* Slurm: ranks by srun */
    bool serial;               /* one pair at a time, instead of as many as are disjoint */
    int cores;                 /* physical ones of this machine */
    size_t size;               /* bytes of a message for bandwidth; 0: 1 MiB */
    double max_time_s;         /* of a tournament; 0: 2 */
    double limit_s;            /* of a launch, which hangs after that; 0: a minute and more */
    struct nh_progress *shown; /* started by the caller */
};

/**
 * New reference in `*report` (docs/launch.md has its fields): a verdict for each host. Hosts that
 * are bad are no error. Codes: NH_EINPUT for wrong input, NH_ESTOPPED after a signal, NH_EFAIL when
 * nothing can be launched at all.
 */
int nh_screen_run(const struct nh_screen *screen, json_t **report, struct nh_error *err);

/** NH_OK, or NH_EPREFLIGHT with who is to be excluded, and why, in `err`; also when no launch over
 *  two hosts ended well. */
int nh_screen_verdict(const json_t *report, struct nh_error *err);

/** Names of the hosts to exclude. */
void nh_screen_excluded(const json_t *report, struct nh_args *names);

/** For people: hosts that are not ok, links, and the list in the words of --exclude. */
void nh_screen_show(const json_t *report, FILE *out);

/** Writes the list, a host a line, empty when all are fine. */
int nh_screen_write_list(const json_t *report, const char *path, struct nh_error *err);

#endif
