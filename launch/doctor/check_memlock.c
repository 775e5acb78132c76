/* SPDX-License-Identifier: BSD-3-Clause */
#include <math.h>
#include <stdio.h>

#include "launch/doctor/check.h"
#include "launch/doctor/procself.h"

enum { CAN_LOCK = 14 }; /* CAP_IPC_LOCK lifts the limit */

static const double mib = 1048576;
static const double least = 64,
                    enough = 1024; /* MiB; as bench/proof/preflight.c, bench/fabric/efa.c */

static const char why[] =
    "EFA locks its receive buffers in memory; too little ends in libfabric error -12 or in TCP";

static const struct nh_fixes fixes = {
    .host = "memlock unlimited for all users in /etc/security/limits.d/*.conf (\"* soft memlock "
            "unlimited\", \"* hard memlock unlimited\"), then log in again",
    .container = "docker run --ulimit memlock=-1",
    .slurm = "LimitMEMLOCK=infinity in slurmd's unit and "
             "PropagateResourceLimitsExcept=MEMLOCK in slurm.conf; then restart slurmd",
    .batch = "job definition: ulimits [{\"name\": \"memlock\", \"softLimit\": -1, "
             "\"hardLimit\": -1}]"};

static void look(const struct nh_site *site, struct nh_findings *found)
{
    double limit = nh_site_limit(site, "Max locked memory") / mib;
    bool lifted = nh_site_capable(site, CAN_LOCK);
    struct nh_finding *f = nh_finding_add(found, "limit", NH_GRADE_WARN);
    nh_finding_where(f, "/proc/self/limits, Max locked memory");
    if (isnan(limit)) {
        nh_finding_value(f, "unknown");
        nh_finding_what(f, "the limit of locked memory is not known");
        return;
    }
    if (isinf(limit) || lifted) {
        nh_finding_value(f, "unlimited");
        nh_finding_what(f, "locked memory is unlimited%s",
                        isinf(limit) ? "" : " for this user (CAP_IPC_LOCK)");
        return;
    }
    nh_finding_value(f, "%.4g MiB", limit);
    nh_finding_what(f, "a process may lock %.4g MiB%s", limit,
                    nh_site_has_efa(site) ? "; EFA needs at least 64 MiB, and more with large "
                                            "messages"
                                          : ", which matters to EFA only");
    if (nh_site_has_efa(site) && limit < enough)
        nh_finding_bad(f, limit < least ? NH_GRADE_FAIL : NH_GRADE_WARN, why, "%s",
                       nh_site_fix(site, &fixes));
}

const struct nh_check nh_check_memlock = {"memlock", "limit of locked memory", look};
