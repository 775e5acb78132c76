/* SPDX-License-Identifier: BSD-3-Clause */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/statvfs.h>

#include "bench/proof/preflight.h"
#include "common/paths.h"
#include "launch/doctor/check.h"

static const double mib = 1048576;

static const char why[] =
    "MPI and NCCL pass messages inside a node through files in /dev/shm; when "
    "it is full, ranks die by SIGBUS or leave shared memory";

/* "size=65536k" among the options of the mount; the kernel's default is half of the memory
 * (tmpfs(5)). Only for recorded trees: a real system is asked what is free. */
static double recorded_mib(const struct nh_site *site)
{
    char path[NH_PATH_MAX], line[1024], memory[64], *end;
    double size = NAN;
    FILE *in =
        nh_path(path, sizeof path, NULL, "%s/proc/mounts", site->root) ? NULL : fopen(path, "re");
    while (in && isnan(size) && fgets(line, sizeof line, in)) {
        if (!strstr(line, " /dev/shm "))
            continue;
        const char *text = strstr(line, "size=");
        if (text) {
            size = strtod(text + strlen("size="), &end) / mib;
            size *= *end == 'k' ? 1024 : *end == 'm' ? mib : *end == 'g' ? 1024 * mib : 1;
        } else if (nh_site_key(site, "/proc/meminfo", "MemTotal", memory, sizeof memory)) {
            size = strtod(memory, NULL) / 1024 / 2;
        }
    }
    if (in)
        fclose(in);
    return size;
}

static double free_mib(const struct nh_site *site)
{
    struct statvfs shm;
    if (*site->root)
        return recorded_mib(site);
    return statvfs("/dev/shm", &shm) ? NAN : (double)shm.f_bavail * (double)shm.f_frsize / mib;
}

static void say_fix(const struct nh_site *site, struct nh_finding *f, enum nh_grade level,
                    double need)
{
    double size = ceil(need / 1024) * 1024; /* whole GiB: room for what else lies there */
    switch (site->place) {
    case NH_PLACE_BATCH:
        nh_finding_bad(f, level, why, "job definition: linuxParameters.sharedMemorySize: %.0f",
                       size);
        return;
    case NH_PLACE_CONTAINER:
        nh_finding_bad(f, level, why,
                       "docker run --shm-size %.0fm (Kubernetes: emptyDir {medium: Memory} at "
                       "/dev/shm)",
                       size);
        return;
    default:
        nh_finding_bad(f, level, why,
                       "mount -o remount,size=%.0fm /dev/shm, and the same size in /etc/fstab%s",
                       size, site->place == NH_PLACE_SLURM ? ", on every node" : "");
    }
}

static void look(const struct nh_site *site, struct nh_findings *found)
{
    double have = free_mib(site), least = nh_shm_least(site->ranks) / mib;
    double most = nh_shm_most(site->ranks, nh_site_has_efa(site)) / mib;
    struct nh_finding *f = nh_finding_add(found, "free", NH_GRADE_OK);
    nh_finding_where(f, "/dev/shm");
    if (isnan(have)) {
        nh_finding_value(f, "none");
        nh_finding_what(f, "there is no /dev/shm");
        nh_finding_bad(f, NH_GRADE_FAIL, why, "mount -t tmpfs tmpfs /dev/shm");
        return;
    }
    nh_finding_value(f, "%.0f MiB", have);
    nh_finding_what(f,
                    "/dev/shm has %.0f MiB free; %ld rank%s of MPI need %.0f MiB, %.0f MiB at most",
                    have, site->ranks, site->ranks == 1 ? "" : "s", least, most);
    if (site->ranks > 1 && have < most)
        say_fix(site, f, have < least ? NH_GRADE_FAIL : NH_GRADE_WARN, most);
}

const struct nh_check nh_check_shm = {"shm", "/dev/shm against what the ranks need", look};
