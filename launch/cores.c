/* SPDX-License-Identifier: BSD-3-Clause */
#include "launch/cores.h"

#include <sched.h>
#include <stdbool.h>
#include <stdio.h>
#include <unistd.h>

#include "common/paths.h"

struct core {
    long package, id;
};

static bool read_long(const char *root, int cpu, const char *what, long *value)
{
    char path[NH_PATH_MAX];
    if (nh_path(path, sizeof path, NULL, "%s/sys/devices/system/cpu/cpu%d/topology/%s", root, cpu,
                what))
        return false;
    FILE *in = fopen(path, "re");
    bool good = in && fscanf(in, "%ld", value) == 1;
    if (in)
        fclose(in);
    return good;
}

/* A CPU without a topology counts as a core of its own. */
static struct core core_of(const char *root, int cpu)
{
    struct core c;
    if (read_long(root, cpu, "physical_package_id", &c.package) &&
        read_long(root, cpu, "core_id", &c.id))
        return c;
    return (struct core){.package = -2, .id = cpu};
}

static int cores_of_mask(const char *root, const cpu_set_t *mask)
{
    struct core seen[CPU_SETSIZE];
    int count = 0;
    for (int cpu = 0; cpu < CPU_SETSIZE; cpu++) {
        if (!CPU_ISSET(cpu, mask))
            continue;
        struct core c = core_of(root, cpu);
        int i = 0;
        while (i < count && !(seen[i].package == c.package && seen[i].id == c.id))
            i++;
        if (i == count)
            seen[count++] = c;
    }
    return count;
}

/* Whole CPUs of a cgroup-2 quota ("150000 100000" is 1); 0 for no quota. */
static int quota_cpus(const char *root)
{
    char path[NH_PATH_MAX];
    double quota, period;
    if (nh_path(path, sizeof path, NULL, "%s/sys/fs/cgroup/cpu.max", root))
        return 0;
    FILE *in = fopen(path, "re");
    int fields = in ? fscanf(in, "%lf %lf", &quota, &period) : 0;
    if (in)
        fclose(in);
    if (fields != 2 || period <= 0)
        return 0;
    return quota < period ? 1 : (int)(quota / period);
}

int nh_physical_cores(const char *root)
{
    cpu_set_t mask;
    int cores = sched_getaffinity(0, sizeof mask, &mask) == 0 ? cores_of_mask(root, &mask)
                                                              : (int)sysconf(_SC_NPROCESSORS_ONLN);
    int quota = quota_cpus(root);
    if (quota > 0 && quota < cores)
        cores = quota;
    return cores < 1 ? 1 : cores;
}
