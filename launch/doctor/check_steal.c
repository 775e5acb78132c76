/* SPDX-License-Identifier: BSD-3-Clause */
#include <stdio.h>

#include "common/paths.h"
#include "launch/doctor/check.h"

/* Share above which we warn: a dedicated host steals nothing, and a measured difference of 1 %
 * is one that users ask about. */
static const double tolerated = 0.01;

/* "cpu user nice system idle iowait irq softirq steal ..." in ticks since the start (proc(5)). */
static bool read_ticks(const struct nh_site *site, double ticks[8])
{
    char path[NH_PATH_MAX];
    FILE *in =
        nh_path(path, sizeof path, NULL, "%s/proc/stat", site->root) ? NULL : fopen(path, "re");
    int n = in ? fscanf(in, "cpu %lf %lf %lf %lf %lf %lf %lf %lf", &ticks[0], /* NOLINT */
                        &ticks[1], &ticks[2], &ticks[3], &ticks[4], &ticks[5], &ticks[6], &ticks[7])
               : 0;
    if (in)
        fclose(in);
    return n == 8;
}

static void look(const struct nh_site *site, struct nh_findings *found)
{
    double ticks[8], busy = 0;
    if (!read_ticks(site, ticks))
        return;
    for (int i = 0; i < 8; i++)
        busy += i == 3 || i == 4 ? 0 : ticks[i]; /* not idle, not waiting for a disk */
    double share = busy > 0 ? ticks[7] / busy : 0;
    struct nh_finding *f = nh_finding_add(found, "since_start", NH_GRADE_OK);
    nh_finding_where(f, "/proc/stat");
    nh_finding_value(f, "%.2f %%", 100 * share);
    nh_finding_what(f, "of the time that CPUs wanted to run since the start, the host took %.2f %%",
                    100 * share);
    if (share > tolerated)
        nh_finding_bad(
            f, NH_GRADE_WARN,
            "the host runs other work on these CPUs: times vary for reasons that nobody "
            "in here can see",
            "use an instance type with dedicated CPUs (c5n, p4d, hpc*; not t2, t3, t4g), "
            "or stop and start this instance to move it to another host");
}

const struct nh_check nh_check_steal = {"steal", "CPU time taken by the host", look};
