/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef NH_NVME_CPU_H
#define NH_NVME_CPU_H

#include <stddef.h>

/* How busy the processors were between two looks, by /proc/stat: also with what works for a
 * drive without being of fio (array, interrupts). */
enum { NH_CPUS_MOST = 1024 };
struct nh_cpu_look {
    unsigned long long busy[NH_CPUS_MOST], all[NH_CPUS_MOST]; /* clock ticks of each CPU */
    size_t count;
};

void nh_cpu_look(struct nh_cpu_look *look);

/** Shares of the time between the looks, 0..1: mean over CPUs, and the busiest one. NaN when
 *  nothing can be said. */
struct nh_cpu_load {
    double mean, busiest;
};
struct nh_cpu_load nh_cpu_load(const struct nh_cpu_look *from, const struct nh_cpu_look *to);

#endif
