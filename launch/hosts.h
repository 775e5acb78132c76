/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef NH_HOSTS_H
#define NH_HOSTS_H

#include <stdbool.h>

#include "launch/args.h"

/* Nodes that can be used, in the user's order. Zeroed is empty. */
struct nh_host {
    char *name;
    int slots; /* ranks without sharing cores; 0: not said */
};

struct nh_hosts {
    struct nh_host *items;
    size_t count;
};

/** Adds one; a name that is there already, or that is no host name, is NH_EINPUT. */
int nh_hosts_add(struct nh_hosts *hosts, const char *name, int slots, struct nh_error *err);

/**
 * Reads a host file: "HOST [slots=N]" a line, # comments, as Open MPI and others have it.
 * Code NH_EINPUT with file and line.
 */
int nh_hosts_read(const char *path, struct nh_hosts *hosts, struct nh_error *err);

/** The same of "HOST,..."; what is a file, or has a '/', is read as one. */
int nh_hosts_given(const char *text, struct nh_hosts *hosts, struct nh_error *err);

/** Takes the hosts of a comma-separated list out, or of a file, which has a '/' in its name (as
 *  Slurm has it). `all`: NH_EINPUT for one of a list that is not there. */
int nh_hosts_exclude(struct nh_hosts *hosts, const char *list, bool all, struct nh_error *err);

/**
 * Names of the `nodes` hosts for launch `number`: with hosts to spare, launches walk round
 * the list, so that one slow host is not in all of them. Owned by the list.
 */
void nh_hosts_choose(const struct nh_hosts *hosts, long nodes, long number, struct nh_args *names);

void nh_hosts_clear(struct nh_hosts *hosts);

#endif
