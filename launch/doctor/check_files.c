/* SPDX-License-Identifier: BSD-3-Clause */
#include <math.h>
#include <stdio.h>

#include "launch/doctor/check.h"
#include "launch/doctor/procself.h"

static const char why[] =
    "mpirun holds pipes and a socket for each rank of its node, and a rank over "
    "TCP a socket for each other rank; at the limit, the start fails";

static const struct nh_fixes fixes = {
    .host = "\"* soft nofile 1048576\" and \"* hard nofile 1048576\" in "
            "/etc/security/limits.d/nofile.conf, then log in again (now: ulimit -n 65536)",
    .container = "docker run --ulimit nofile=1048576",
    .slurm = "LimitNOFILE=1048576 in slurmd's unit, then restart it; ulimit -n 65536 in the sbatch "
             "file",
    .batch = "job definition: ulimits [{\"name\": \"nofile\", \"softLimit\": 1024000, "
             "\"hardLimit\": 1024000}]"};

static void look(const struct nh_site *site, struct nh_findings *found)
{
    double limit = nh_site_limit(site, "Max open files");
    /* stdin, stdout, stderr and a socket of each local rank; libraries and logs besides */
    double least = 4 * (double)site->ranks + 64;
    double most = (double)site->ranks * (double)site->nodes + 256;
    struct nh_finding *f = nh_finding_add(found, "limit", NH_GRADE_WARN);
    nh_finding_where(f, "/proc/self/limits, Max open files");
    if (isnan(limit)) {
        nh_finding_value(f, "unknown");
        nh_finding_what(f, "the limit of open files is not known");
        return;
    }
    nh_finding_value(f, "%.0f", limit);
    nh_finding_what(f,
                    "a process may open %.0f files; %ld rank%s on each of %ld node%s need up to "
                    "%.0f",
                    limit, site->ranks, site->ranks == 1 ? "" : "s", site->nodes,
                    site->nodes == 1 ? "" : "s", fmax(least, most));
    if (limit < fmax(least, most))
        nh_finding_bad(f, limit < least ? NH_GRADE_FAIL : NH_GRADE_WARN, why, "%s",
                       nh_site_fix(site, &fixes));
}

const struct nh_check nh_check_files = {"files", "limit of open files", look};
