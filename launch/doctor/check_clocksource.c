/* SPDX-License-Identifier: BSD-3-Clause */
#include <stdio.h>
#include <string.h>

#include "launch/doctor/check.h"

/* Read in user space through the vDSO, without a system call (kernel: arch/x86/entry/vdso,
 * arm64's arch_sys_counter). */
static bool is_quick(const char *name)
{
    static const char *const names[] = {"tsc", "kvm-clock", "hyperv_clocksource_tsc_page",
                                        "arch_sys_counter"};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        if (strcmp(name, names[i]) == 0)
            return true;
    return false;
}

static void look(const struct nh_site *site, struct nh_findings *found)
{
    static const char folder[] = "/sys/devices/system/clocksource/clocksource0";
    char path[128], name[64], others[256] = "";
    snprintf(path, sizeof path, "%s/available_clocksource", folder);
    nh_site_line(site, path, others, sizeof others);
    snprintf(path, sizeof path, "%s/current_clocksource", folder);
    if (!nh_site_line(site, path, name, sizeof name))
        return;
    struct nh_finding *f = nh_finding_add(found, "current", NH_GRADE_WARN);
    bool tsc = strstr(others, "tsc") != NULL;
    nh_finding_where(f, "%s", path);
    nh_finding_value(f, "%s", name);
    nh_finding_what(f, "the kernel's clock is %s (there are: %s)", name, others);
    if (!is_quick(name))
        nh_finding_bad(
            f, NH_GRADE_WARN,
            "each look at this clock is a system call of up to a microsecond, longer than "
            "what is measured",
            "%s",
            tsc ? "echo tsc > /sys/devices/system/clocksource/clocksource0/"
                  "current_clocksource"
                : "choose an instance type with a stable TSC, and look why the "
                  "kernel refused it: dmesg | grep -i tsc");
}

const struct nh_check nh_check_clocksource = {"clocksource", "the kernel's clock", look};
