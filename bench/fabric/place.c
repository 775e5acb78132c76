/* SPDX-License-Identifier: BSD-3-Clause */
#include "bench/fabric/place.h"

#include <sched.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "common/sysinfo.h"

static int read_int(const char *format, int cpu, int otherwise)
{
    char path[128];
    int value = otherwise;
    snprintf(path, sizeof path, format, cpu);
    FILE *in = fopen(path, "re");
    if (in && fscanf(in, "%d", &value) != 1)
        value = otherwise;
    if (in)
        fclose(in);
    return value;
}

/* The list of siblings begins with the lowest: it stands for the core. */
static int core_of(int cpu)
{
    return read_int("/sys/devices/system/cpu/cpu%d/topology/thread_siblings_list", cpu, cpu);
}

/* Is this the first allowed processor of its core? */
static bool leads_core(const cpu_set_t *set, int cpu)
{
    for (int other = 0; other < cpu; other++)
        if (CPU_ISSET(other, set) && core_of(other) == core_of(cpu))
            return false;
    return true;
}

static int count_cores(const cpu_set_t *set)
{
    int n = 0;
    for (int cpu = 0; cpu < CPU_SETSIZE; cpu++)
        n += CPU_ISSET(cpu, set) && leads_core(set, cpu);
    return n;
}

static int nth_core(const cpu_set_t *set, int index)
{
    for (int cpu = 0; cpu < CPU_SETSIZE; cpu++)
        if (CPU_ISSET(cpu, set) && leads_core(set, cpu) && index-- == 0)
            return core_of(cpu);
    return -1;
}

static void list_cpus(const cpu_set_t *set, char *text, size_t len)
{
    size_t used = 0;
    text[0] = '\0';
    for (int i = 0; i < CPU_SETSIZE && used < len; i++) {
        if (!CPU_ISSET(i, set))
            continue;
        int first = i;
        while (i + 1 < CPU_SETSIZE && CPU_ISSET(i + 1, set))
            i++;
        used += (size_t)snprintf(text + used, len - used, "%s%d", used ? "," : "", first);
        if (i > first && used < len)
            used += (size_t)snprintf(text + used, len - used, "-%d", i);
    }
}

/* The package that holds all of the set, else -1. */
static int package_of(const cpu_set_t *set)
{
    int found = -1;
    for (int cpu = 0; cpu < CPU_SETSIZE; cpu++) {
        if (!CPU_ISSET(cpu, set))
            continue;
        int package =
            read_int("/sys/devices/system/cpu/cpu%d/topology/physical_package_id", cpu, -1);
        if (found >= 0 && package != found)
            return -1;
        found = package;
    }
    return found;
}

static int numa_of(int cpu)
{
    enum { NODES = 64 };
    for (int node = 0; node < NODES; node++) {
        char path[96];
        snprintf(path, sizeof path, "/sys/devices/system/node/node%d/cpu%d", node, cpu);
        if (access(path, F_OK) == 0)
            return node;
    }
    return -1;
}

static int numa_of_set(const cpu_set_t *set)
{
    int found = -1;
    for (int cpu = 0; cpu < CPU_SETSIZE; cpu++) {
        if (!CPU_ISSET(cpu, set))
            continue;
        int node = numa_of(cpu);
        if (found >= 0 && node != found)
            return -1;
        found = node;
    }
    return found;
}

void nh_place_look(struct nh_place *p)
{
    cpu_set_t set;
    memset(p, 0, sizeof *p);
    CPU_ZERO(&set);
    gethostname(p->host, sizeof p->host - 1);
    nh_sysinfo_boot("", p->boot, sizeof p->boot);
    struct stat st;
    p->network = stat("/proc/self/ns/net", &st) == 0 ? (uint64_t)st.st_ino : 0;
    if (sched_getaffinity(0, sizeof set, &set) == 0)
        p->cores = count_cores(&set);
}

/* All hardware threads of the core that the process may use. */
static int bind_core(const cpu_set_t *allowed, int core, struct nh_error *err)
{
    cpu_set_t set;
    CPU_ZERO(&set);
    for (int cpu = 0; cpu < CPU_SETSIZE; cpu++)
        if (CPU_ISSET(cpu, allowed) && core_of(cpu) == core)
            CPU_SET(cpu, &set);
    if (sched_setaffinity(0, sizeof set, &set))
        return nh_fail_errno(err, "binding failed (--bind inherit leaves it as it is)");
    return NH_OK;
}

static int apply(struct nh_place *p, enum nh_bind bind, int index, const cpu_set_t *allowed,
                 struct nh_error *err)
{
    strcpy(p->binding, "inherited");
    if (bind == NH_BIND_INHERIT || (bind == NH_BIND_CORE && p->cores <= 1))
        return NH_OK;
    if (bind == NH_BIND_CORE && index < p->cores) {
        strcpy(p->binding, "core");
        return bind_core(allowed, nth_core(allowed, index), err);
    }
    strcpy(p->binding, "none");
    return NH_OK;
}

int nh_place_bind(struct nh_place *p, enum nh_bind bind, int index, struct nh_error *err)
{
    cpu_set_t set;
    CPU_ZERO(&set);
    if (sched_getaffinity(0, sizeof set, &set))
        return nh_fail_errno(err, "reading the binding failed");
    int code = apply(p, bind, index, &set, err);
    if (code == NH_OK && sched_getaffinity(0, sizeof set, &set) == 0) {
        list_cpus(&set, p->cpus, sizeof p->cpus);
        p->package = package_of(&set);
        p->numa = numa_of_set(&set);
        p->last_cpu = sched_getcpu();
    }
    return code;
}

json_t *nh_place_json(const struct nh_place *p, int rank, bool oversubscribed)
{
    return json_pack("{s:i, s:s, s:s, s:s, s:s, s:i, s:i, s:i, s:b}", "rank", rank, "host", p->host,
                     "boot", p->boot, "cpus", p->cpus, "binding", p->binding, "package", p->package,
                     "numa", p->numa, "last_cpu", p->last_cpu, "oversubscribed",
                     (int)oversubscribed);
}
