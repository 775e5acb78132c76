/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef NH_CPUS_H
#define NH_CPUS_H

#include "launch/doctor/site.h"

/* Processors as sysfs tells them. */
struct nh_cpus {
    int online;        /* logical CPUs */
    int cores;         /* distinct (package, core) pairs among them */
    int packages;      /* sockets */
    int least, most;   /* threads of a core; different where only some siblings are off */
    int allowed;       /* logical CPUs of this process's affinity mask */
    int allowed_cores; /* cores of the mask, no more than the cgroup's quota; at least 1 */
    double quota;      /* CPUs by the cgroup's quota; 0: none */
};

/** A CPU without a topology counts as a core of its own, in package 0. */
void nh_cpus_read(const struct nh_site *site, struct nh_cpus *out);

/** How many numbers a kernel list such as "0-3,8,10-11" holds; -1 when it is not one. */
int nh_cpu_list_count(const char *text);

#endif
