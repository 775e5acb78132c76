/* SPDX-License-Identifier: BSD-3-Clause */
#include <stdio.h>

#include "launch/doctor/check.h"
#include "launch/doctor/cpus.h"

static const struct nh_fixes fixes = {
    .host = "the same for all cores: echo off > /sys/devices/system/cpu/smt/control, or bring all "
            "CPUs back online",
    .slurm = "ParallelCluster: DisableSimultaneousMultithreading: true in the compute resource",
    .batch = "launch template: CpuOptions {CoreCount, ThreadsPerCore: 1}, or leave all threads on"};

static void look(const struct nh_site *site, struct nh_findings *found)
{
    struct nh_cpus cpus;
    nh_cpus_read(site, &cpus);
    struct nh_finding *f = nh_finding_add(found, "threads_per_core", NH_GRADE_WARN);
    nh_finding_where(f, "/sys/devices/system/cpu/cpu*/topology");
    if (cpus.least != cpus.most) {
        nh_finding_value(f, "%d to %d", cpus.least, cpus.most);
        nh_finding_what(f, "some cores have %d hardware threads online and some %d", cpus.least,
                        cpus.most);
        nh_finding_bad(f, NH_GRADE_WARN,
                       "ranks on these cores get unequal shares, and one waits for the other", "%s",
                       nh_site_fix(site, &fixes));
        return;
    }
    nh_finding_value(f, "%d", cpus.most);
    if (cpus.most > 1)
        nh_finding_what(f, "hyper-threading is on: %d CPUs are %d cores; nodehour binds by core",
                        cpus.online, cpus.cores);
    else
        nh_finding_what(f, "hyper-threading is off: %d CPUs are %d cores", cpus.online, cpus.cores);
}

const struct nh_check nh_check_smt = {"smt", "hyper-threading", look};
