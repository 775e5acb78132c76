/* SPDX-License-Identifier: BSD-3-Clause */
#include "bench/proof/preflight.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/statvfs.h>

#include "bench/proof/counters.h"

static const double mib = 1048576;
static const double shm_least = 4.2, shm_most = 16, shm_efa = 12.8; /* MiB a rank */
static const double locked_least = 64;                              /* MiB a rank */

#define SHM_KEY                                                                                    \
    "AWS Batch: linuxParameters.sharedMemorySize %.0f; docker run --shm-size %.0fm; else mount "   \
    "-o "                                                                                          \
    "remount,size=%.0fm /dev/shm"
#define MEMLOCK_KEY                                                                                \
    "AWS Batch: ulimits memlock -1; docker run --ulimit memlock=-1; else memlock unlimited in "    \
    "/etc/security/limits.conf"

double nh_shm_least(long ranks)
{
    return (double)ranks * shm_least * mib;
}

double nh_shm_most(long ranks, bool efa)
{
    return (double)ranks * (shm_most + (efa ? shm_efa : 0)) * mib;
}

/* CAP_IPC_LOCK lifts the limit; bit 14 of the effective capabilities. */
static bool may_lock_anything(void)
{
    char line[256];
    unsigned long long effective = 0;
    FILE *in = fopen("/proc/self/status", "re");
    while (in && fgets(line, sizeof line, in))
        if (strncmp(line, "CapEff:", 7) == 0)
            effective = strtoull(line + 7, NULL, 16);
    if (in)
        fclose(in);
    return effective >> 14 & 1;
}

static double locked_limit(void)
{
    struct rlimit limit;
    if (getrlimit(RLIMIT_MEMLOCK, &limit) || limit.rlim_cur == RLIM_INFINITY || may_lock_anything())
        return INFINITY;
    return (double)limit.rlim_cur;
}

/* Open MPI, hydra (MPICH, Intel MPI) and Slurm ("4(x2),3": the first number). */
static long ranks_here(void)
{
    static const char *const names[] = {"OMPI_COMM_WORLD_LOCAL_SIZE", "MPI_LOCALNRANKS",
                                        "SLURM_STEP_TASKS_PER_NODE"};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        const char *text = getenv(names[i]);
        long n = text ? strtol(text, NULL, 10) : 0;
        if (n > 0)
            return n;
    }
    return 0;
}

void nh_host_needs(const char *root, struct nh_host_needs *out)
{
    struct statvfs shm;
    struct nh_counters devices;
    nh_counters_read(root, &devices);
    *out = (struct nh_host_needs){.shm_free = NAN, .locked = locked_limit(), .ranks = ranks_here()};
    for (int i = 0; i < devices.count; i++)
        out->efa = out->efa || devices.device[i].kind == NH_DEVICE_EFA;
    if (statvfs("/dev/shm", &shm) == 0)
        out->shm_free = (double)shm.f_bavail * (double)shm.f_frsize;
}

static double round_up(double value, double step)
{
    return ceil(value / step) * step;
}

static int check_shm(const struct nh_host_needs *n, char *warning, size_t len, struct nh_error *err)
{
    double free_mib = n->shm_free / mib, least = nh_shm_least(n->ranks) / mib;
    double most = nh_shm_most(n->ranks, n->efa) / mib, size = round_up(most, 64);
    if (n->ranks < 2 || !(free_mib < most))
        return NH_OK;
    if (free_mib < least)
        return nh_fail(err, NH_EINPUT,
                       "/dev/shm has %.1f MiB free and MPI needs %.1f MiB for %ld ranks on this "
                       "host; " SHM_KEY " (--no-preflight tries it all the same)",
                       free_mib, least, n->ranks, size, size, size);
    snprintf(warning, len,
             "/dev/shm has %.1f MiB free and %ld ranks may need up to %.0f MiB; " SHM_KEY, free_mib,
             n->ranks, most, size, size, size);
    return NH_OK;
}

static int check_locked(const struct nh_host_needs *n, char *warning, size_t len,
                        struct nh_error *err)
{
    double limit = n->locked / mib;
    if (!n->efa || isinf(limit))
        return NH_OK;
    if (limit < locked_least)
        return nh_fail(
            err, NH_EINPUT,
            "a process may lock %.3f MiB of memory and EFA needs at least %.0f MiB; " MEMLOCK_KEY
            " (--no-preflight tries it all the same)",
            limit, locked_least);
    if (!*warning)
        snprintf(warning, len,
                 "a process may lock %.0f MiB of memory, and EFA registers buffers beyond that "
                 "with large messages; " MEMLOCK_KEY,
                 limit);
    return NH_OK;
}

int nh_preflight(const struct nh_host_needs *needs, char *warning, size_t len, struct nh_error *err)
{
    warning[0] = '\0';
    int code = check_shm(needs, warning, len, err);
    return code ? code : check_locked(needs, warning, len, err);
}
