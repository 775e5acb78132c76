/* SPDX-License-Identifier: BSD-3-Clause */
#include <stdio.h>
#include <string.h>

#include "launch/doctor/check.h"
#include "launch/doctor/cpus.h"

struct nodes {
    const struct nh_site *site;
    int count, empty;
    char text[120]; /* CPUs of each: "36+36" */
};

static void look_at_node(const char *name, void *context)
{
    struct nodes *nodes = context;
    char path[400], list[1024] = "";
    if (strncmp(name, "node", 4) != 0 || strspn(name + 4, "0123456789") != strlen(name + 4))
        return;
    snprintf(path, sizeof path, "/sys/devices/system/node/%s/cpulist", name);
    nh_site_line(nodes->site, path, list, sizeof list);
    int cpus = nh_cpu_list_count(list);
    size_t used = strlen(nodes->text);
    snprintf(nodes->text + used, sizeof nodes->text - used, "%s%d", nodes->count ? "+" : "",
             cpus < 0 ? 0 : cpus);
    nodes->count++;
    nodes->empty += cpus <= 0;
}

static void look_at_balancing(const struct nh_site *site, int nodes, struct nh_findings *found)
{
    long on;
    if (nodes < 2 || !nh_site_long(site, "/proc/sys/kernel/numa_balancing", &on))
        return;
    struct nh_finding *f = nh_finding_add(found, "balancing", NH_GRADE_WARN);
    nh_finding_where(f, "/proc/sys/kernel/numa_balancing");
    nh_finding_value(f, "%ld", on);
    nh_finding_what(f, "automatic NUMA balancing is %s", on ? "on" : "off");
    if (on)
        nh_finding_bad(f, NH_GRADE_WARN,
                       "the kernel unmaps pages of bound ranks to see who uses them: noise without "
                       "a gain",
                       "sysctl -w kernel.numa_balancing=0, for good in /etc/sysctl.d/ (AWS Batch: "
                       "user data of the launch template)");
}

static void look(const struct nh_site *site, struct nh_findings *found)
{
    struct nh_cpus cpus;
    struct nodes nodes = {.site = site};
    nh_cpus_read(site, &cpus);
    nh_site_each(site, "/sys/devices/system/node", look_at_node, &nodes);
    struct nh_finding *f = nh_finding_add(found, "nodes", NH_GRADE_WARN);
    nh_finding_where(f, "/sys/devices/system/node");
    nh_finding_value(f, "%d", nodes.count);
    nh_finding_what(f, "%d NUMA node%s in %d socket%s; CPUs: %s", nodes.count,
                    nodes.count == 1 ? "" : "s", cpus.packages, cpus.packages == 1 ? "" : "s",
                    *nodes.text ? nodes.text : "unknown");
    if (nodes.count && nodes.count < cpus.packages)
        nh_finding_bad(f, NH_GRADE_WARN,
                       "memory of the far socket looks near: placements within a NUMA node mean "
                       "nothing",
                       "look whether the kernel is started with numa=off: cat /proc/cmdline");
    look_at_balancing(site, nodes.count, found);
}

const struct nh_check nh_check_numa = {"numa", "NUMA nodes and balancing", look};
