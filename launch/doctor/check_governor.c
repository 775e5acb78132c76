/* SPDX-License-Identifier: BSD-3-Clause */
#include <stdio.h>
#include <string.h>

#include "launch/doctor/check.h"

struct governors {
    const struct nh_site *site;
    char first[48];
    int count, others, slow; /* CPUs with one; with another than the first; not performance */
};

static void look_at_cpu(const char *name, void *context)
{
    struct governors *g = context;
    char path[400], text[48];
    if (strncmp(name, "cpu", 3) != 0 || strspn(name + 3, "0123456789") != strlen(name + 3))
        return;
    snprintf(path, sizeof path, "/sys/devices/system/cpu/%s/cpufreq/scaling_governor", name);
    if (!nh_site_line(g->site, path, text, sizeof text))
        return;
    if (!g->count++)
        snprintf(g->first, sizeof g->first, "%s", text);
    g->others += strcmp(text, g->first) != 0;
    g->slow += strcmp(text, "performance") != 0;
}

static void look(const struct nh_site *site, struct nh_findings *found)
{
    struct governors g = {.site = site};
    nh_site_each(site, "/sys/devices/system/cpu", look_at_cpu, &g);
    struct nh_finding *f = nh_finding_add(found, "governor", NH_GRADE_WARN);
    nh_finding_where(f, "/sys/devices/system/cpu/cpu*/cpufreq/scaling_governor");
    nh_finding_value(f, "%s", !g.count ? "none" : g.others ? "mixed" : g.first);
    if (!g.count)
        nh_finding_what(f, "the host of this virtual machine rules the clock frequency");
    else if (g.slow)
        nh_finding_what(f, "%d of %d CPUs have another governor than performance (%s)", g.slow,
                        g.count, g.others ? "mixed" : g.first);
    else
        nh_finding_what(f, "all %d CPUs have the governor performance", g.count);
    if (g.slow)
        nh_finding_bad(
            f, NH_GRADE_WARN,
            "the clock follows the load: waiting ranks slow down, and short measurements "
            "begin slow",
            "cpupower frequency-set -g performance (AWS Batch: user data of the launch "
            "template)");
}

const struct nh_check nh_check_governor = {"governor", "CPU frequency governor", look};
