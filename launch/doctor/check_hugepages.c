/* SPDX-License-Identifier: BSD-3-Clause */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "launch/doctor/check.h"

static void look_at_reserved(const struct nh_site *site, struct nh_findings *found)
{
    char total[64], free_pages[64] = "0", size[64] = "";
    if (!nh_site_key(site, "/proc/meminfo", "HugePages_Total", total, sizeof total))
        return;
    nh_site_key(site, "/proc/meminfo", "HugePages_Free", free_pages, sizeof free_pages);
    nh_site_key(site, "/proc/meminfo", "Hugepagesize", size, sizeof size);
    struct nh_finding *f = nh_finding_add(found, "reserved", NH_GRADE_WARN);
    nh_finding_where(f, "/proc/meminfo, HugePages_Total");
    nh_finding_value(f, "%s", total);
    nh_finding_what(f, "%s huge pages of %s are reserved, %s free", total, size, free_pages);
    if (nh_site_has_efa(site) && strtol(free_pages, NULL, 10) == 0)
        nh_finding_bad(f, NH_GRADE_WARN,
                       "libfabric's EFA provider takes its packet buffers from huge pages, and "
                       "without any from ordinary ones, which costs more",
                       "sysctl -w vm.nr_hugepages=5120 (for good in /etc/sysctl.d/; the EFA "
                       "installer's efa-config does it); where fork() fails for lack of memory: "
                       "FI_EFA_USE_HUGE_PAGE=0");
}

/* "always [madvise] never": the word in brackets. */
static void look_at_transparent(const struct nh_site *site, struct nh_findings *found)
{
    static const char path[] = "/sys/kernel/mm/transparent_hugepage/enabled";
    char text[64], word[64] = "";
    if (!nh_site_line(site, path, text, sizeof text))
        return;
    const char *open = strchr(text, '[');
    if (open)
        snprintf(word, sizeof word, "%.*s", (int)strcspn(open + 1, "]"), open + 1);
    struct nh_finding *f = nh_finding_add(found, "transparent", NH_GRADE_WARN);
    nh_finding_where(f, "%s", path);
    nh_finding_value(f, "%s", word);
    nh_finding_what(f, "transparent huge pages: %s", word);
}

static void look(const struct nh_site *site, struct nh_findings *found)
{
    look_at_reserved(site, found);
    look_at_transparent(site, found);
}

const struct nh_check nh_check_hugepages = {"hugepages", "huge pages", look};
