/* SPDX-License-Identifier: BSD-3-Clause */
#include "launch/doctor/cpus.h"

#include <ctype.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { MOST_CPUS = 4096 };

/* Marks the numbers of a kernel list in `set`, where given; -1 when it is not one. */
static int read_list(const char *text, bool *set)
{
    int count = 0;
    while (*text && *text != '\n') {
        char *end;
        if (!isdigit((unsigned char)*text))
            return -1;
        long first = strtol(text, &end, 10), last = first;
        if (*end == '-' && isdigit((unsigned char)end[1]))
            last = strtol(end + 1, &end, 10);
        if (first > last || last >= MOST_CPUS || (*end && *end != ',' && *end != '\n'))
            return -1;
        for (long i = first; i <= last; i++, count++)
            if (set)
                set[i] = true;
        text = *end == ',' ? end + 1 : end;
    }
    return count;
}

int nh_cpu_list_count(const char *text)
{
    return read_list(text, NULL);
}

struct core {
    long package, id;
    int threads;
    bool allowed;
};

static long topology(const struct nh_site *site, int cpu, const char *what, long other)
{
    char path[128];
    long value;
    snprintf(path, sizeof path, "/sys/devices/system/cpu/cpu%d/topology/%s", cpu, what);
    return nh_site_long(site, path, &value) ? value : other;
}

static struct core *core_of(const struct nh_site *site, int cpu, struct core *cores, int *count)
{
    long id = topology(site, cpu, "core_id", -1 - cpu);
    long package = topology(site, cpu, "physical_package_id", 0);
    for (int i = 0; i < *count; i++)
        if (cores[i].id == id && cores[i].package == package)
            return &cores[i];
    cores[*count] = (struct core){.package = package, .id = id};
    return &cores[(*count)++];
}

static int count_packages(const struct core *cores, int count)
{
    int packages = 0;
    for (int i = 0; i < count; i++) {
        int j = 0;
        while (j < i && cores[j].package != cores[i].package)
            j++;
        packages += j == i;
    }
    return packages;
}

static void summarise(const struct core *cores, int count, struct nh_cpus *out)
{
    out->cores = count;
    out->packages = count_packages(cores, count);
    for (int i = 0; i < count; i++) {
        int threads = cores[i].threads;
        out->least = i == 0 || threads < out->least ? threads : out->least;
        out->most = threads > out->most ? threads : out->most;
        out->allowed_cores += cores[i].allowed;
    }
    if (out->quota > 0 && out->quota < out->allowed_cores)
        out->allowed_cores = (int)out->quota;
    if (out->allowed_cores < 1)
        out->allowed_cores = 1;
}

/* CPUs of a cgroup-2 quota ("150000 100000" is 1.5). */
static double read_quota(const struct nh_site *site)
{
    char text[64];
    double quota, period;
    if (!nh_site_line(site, "/sys/fs/cgroup/cpu.max", text, sizeof text) ||
        sscanf(text, "%lf %lf", &quota, &period) != 2 || period <= 0) /* NOLINT(cert-err34-c) */
        return 0;
    return quota / period;
}

void nh_cpus_read(const struct nh_site *site, struct nh_cpus *out)
{
    char online[1024], allowed[1024];
    bool *on = calloc(MOST_CPUS, 2 * sizeof *on), *mine = on ? on + MOST_CPUS : NULL;
    struct core *cores = calloc(MOST_CPUS, sizeof *cores);
    int count = 0;
    *out = (struct nh_cpus){.quota = read_quota(site)};
    if (on && cores &&
        nh_site_line(site, "/sys/devices/system/cpu/online", online, sizeof online) &&
        read_list(online, on) > 0) {
        bool masked =
            nh_site_key(site, "/proc/self/status", "Cpus_allowed_list", allowed, sizeof allowed) &&
            read_list(allowed, mine) > 0;
        for (int cpu = 0; cpu < MOST_CPUS; cpu++) {
            bool usable = on[cpu] && (!masked || mine[cpu]);
            out->online += on[cpu];
            out->allowed += usable;
            if (!on[cpu])
                continue;
            struct core *core = core_of(site, cpu, cores, &count);
            core->threads++;
            core->allowed = core->allowed || usable;
        }
    }
    summarise(cores, count, out);
    free(cores);
    free(on);
}
