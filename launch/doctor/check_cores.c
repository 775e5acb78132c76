/* SPDX-License-Identifier: BSD-3-Clause */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "launch/doctor/check.h"
#include "launch/doctor/cpus.h"

static void count_cores(const struct nh_site *site, const struct nh_cpus *cpus,
                        struct nh_findings *found)
{
    struct nh_finding *f = nh_finding_add(found, "cores", NH_GRADE_FAIL);
    nh_finding_where(f, "/sys/devices/system/cpu");
    nh_finding_value(f, "%d", cpus->cores);
    if (!site->known) {
        nh_finding_what(f, "%d cores in %d socket%s", cpus->cores, cpus->packages,
                        cpus->packages == 1 ? "" : "s");
        return;
    }
    nh_finding_what(f, "%d of %d cores of a %s in %d socket%s", cpus->cores, site->machine.cores,
                    site->machine.name, cpus->packages, cpus->packages == 1 ? "" : "s");
    if (cpus->cores != site->machine.cores)
        nh_finding_bad(f, NH_GRADE_WARN,
                       "efficiency and cost per core assume all cores of the type",
                       "CpuOptions of the launch template: leave CoreCount out (or %d); else say "
                       "which type it is by --machine",
                       site->machine.cores);
}

static void look_at_allowed(const struct nh_site *site, const struct nh_cpus *cpus,
                            struct nh_findings *found)
{
    static const struct nh_fixes fixes = {
        .host = "start nodehour outside of taskset, cpuset or a CPUQuota",
        .container = "docker run without --cpus and --cpuset-cpus",
        .slurm = "ask for whole nodes: #SBATCH --exclusive, and all cores of each",
        .batch = "job definition: resourceRequirements VCPU = all CPUs of the instance type"};
    struct nh_finding *f = nh_finding_add(found, "usable", NH_GRADE_FAIL);
    nh_finding_where(f, "Cpus_allowed_list of /proc/self/status, /sys/fs/cgroup/cpu.max");
    nh_finding_value(f, "%d", cpus->allowed_cores);
    nh_finding_what(f, "%d of %d cores are usable here", cpus->allowed_cores, cpus->cores);
    if (cpus->quota > 0)
        nh_finding_what(f, "%d of %d cores are usable here (quota of %.4g CPUs)",
                        cpus->allowed_cores, cpus->cores, cpus->quota);
    if (cpus->allowed_cores < cpus->cores)
        nh_finding_bad(f, NH_GRADE_WARN, "the others may run somebody else's work meanwhile", "%s",
                       nh_site_fix(site, &fixes));
}

/* The first number of "36(x2),18". */
static long number_of(const char *name)
{
    const char *text = getenv(name);
    return text ? strtol(text, NULL, 10) : 0;
}

static void compare_slots(struct nh_findings *found, const char *key, const char *where, long slots,
                          const struct nh_cpus *cpus)
{
    struct nh_finding *f = nh_finding_add(found, key, NH_GRADE_WARN);
    nh_finding_where(f, "%s", where);
    nh_finding_value(f, "%ld", slots);
    nh_finding_what(f, "%s: %ld; cores that are usable: %d", where, slots, cpus->allowed_cores);
    if (slots > cpus->allowed_cores)
        nh_finding_bad(f, NH_GRADE_WARN,
                       "hyper-threads counted as cores: two ranks share a core, and each is slower",
                       "host file: slots=%d; Slurm: --ntasks-per-node=%d", cpus->allowed_cores,
                       cpus->allowed_cores);
    else if (slots < cpus->allowed_cores)
        nh_finding_bad(f, NH_GRADE_WARN, "cores that are paid for stay idle",
                       "host file: slots=%d; Slurm: --ntasks-per-node=%d", cpus->allowed_cores,
                       cpus->allowed_cores);
}

static void compare_ranks(const struct nh_site *site, const struct nh_cpus *cpus,
                          struct nh_findings *found)
{
    struct nh_finding *f = nh_finding_add(found, "ranks", NH_GRADE_OK);
    nh_finding_where(f, "--ranks");
    nh_finding_value(f, "%ld", site->ranks);
    nh_finding_what(f, "ranks: %ld; cores that are usable: %d", site->ranks, cpus->allowed_cores);
    if (site->ranks > cpus->allowed_cores)
        nh_finding_bad(f, NH_GRADE_WARN, "ranks that share a core wait for each other",
                       "ranks on each node: at most %d", cpus->allowed_cores);
}

/* A whole number after "NAME=" of scontrol's one line. */
static long field(const char *text, const char *name)
{
    const char *p = text;
    size_t n = strlen(name);
    while ((p = strstr(p, name)) && p != text && p[-1] != ' ')
        p += n;
    return p ? strtol(p + n, NULL, 10) : 0;
}

static void judge_slurm(struct nh_finding *f, const struct nh_cpus *cpus, long sockets, long cores,
                        long threads)
{
    static const char why[] = "Slurm places ranks by its own idea of the node: wrong, it binds two "
                              "ranks to one core or all to one socket";
    bool same =
        sockets == cpus->packages && cores * sockets == cpus->cores && threads == cpus->most;
    int per_socket = cpus->packages ? cpus->cores / cpus->packages : cpus->cores;
    if (same)
        return;
    nh_finding_bad(f, sockets * cores * threads > cpus->online ? NH_GRADE_FAIL : NH_GRADE_WARN, why,
                   "slurm.conf: Sockets=%d CoresPerSocket=%d ThreadsPerCore=%d for this node; "
                   "ParallelCluster: CustomSlurmSettings: {Sockets: %d, CoresPerSocket: %d}",
                   cpus->packages, per_socket, cpus->most, cpus->packages, per_socket);
}

static void compare_slurm(const struct nh_site *site, const struct nh_cpus *cpus,
                          struct nh_findings *found)
{
    char host[256] = "", text[8192];
    const char *named = getenv("SLURMD_NODENAME");
    if (named)
        snprintf(host, sizeof host, "%s", named);
    else if (gethostname(host, sizeof host - 1) == 0)
        host[strcspn(host, ".")] = '\0';
    if (!nh_site_run(site, (char *[]){"scontrol", "show", "node", "-o", host, NULL}, text,
                     sizeof text))
        return;
    long sockets = field(text, "Sockets="), cores = field(text, "CoresPerSocket=");
    long threads = field(text, "ThreadsPerCore=");
    if (!sockets || !cores || !threads)
        return;
    struct nh_finding *f = nh_finding_add(found, "slurm_topology", NH_GRADE_WARN);
    nh_finding_where(f, "scontrol show node");
    nh_finding_value(f, "%ld:%ld:%ld", sockets, cores, threads);
    nh_finding_what(f, "Slurm: %ld sockets x %ld cores x %ld threads; the node: %d x %d x %d",
                    sockets, cores, threads, cpus->packages,
                    cpus->packages ? cpus->cores / cpus->packages : 0, cpus->most);
    judge_slurm(f, cpus, sockets, cores, threads);
}

static void look(const struct nh_site *site, struct nh_findings *found)
{
    struct nh_cpus cpus;
    nh_cpus_read(site, &cpus);
    count_cores(site, &cpus, found);
    look_at_allowed(site, &cpus, found);
    compare_ranks(site, &cpus, found);
    if (site->slots)
        compare_slots(found, "slots", "slots of the host file", site->slots, &cpus);
    if (site->place != NH_PLACE_SLURM)
        return;
    if (number_of("SLURM_TASKS_PER_NODE"))
        compare_slots(found, "slurm_tasks", "SLURM_TASKS_PER_NODE",
                      number_of("SLURM_TASKS_PER_NODE"), &cpus);
    compare_slurm(site, &cpus, found);
}

const struct nh_check nh_check_cores = {"cores", "cores against type, slots, and Slurm's layout",
                                        look};
