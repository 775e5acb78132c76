/* SPDX-License-Identifier: BSD-3-Clause */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "launch/doctor/check.h"
#include "launch/mpirun.h"

enum { TEXT = 4096 };

static void say(struct nh_findings *found, const char *key, const char *where, const char *value,
                enum nh_grade differs)
{
    struct nh_finding *f = nh_finding_add(found, key, differs);
    nh_finding_where(f, "%s", where);
    nh_finding_value(f, "%.150s", value);
    nh_finding_what(f, "%s: %.150s", key, value);
}

static void look_at_kernel(const struct nh_site *site, struct nh_findings *found)
{
    char text[128];
    if (nh_site_line(site, "/proc/sys/kernel/osrelease", text, sizeof text))
        say(found, "kernel", "/proc/sys/kernel/osrelease", text, NH_GRADE_WARN);
}

/* "# EFA installer version: 1.22.0" heads the list of packages that it installed. */
static void look_at_installer(const struct nh_site *site, struct nh_findings *found)
{
    char text[128];
    if (nh_site_key(site, "/opt/amazon/efa_installed_packages", "# EFA installer version", text,
                    sizeof text))
        say(found, "EFA installer", "/opt/amazon/efa_installed_packages", text, NH_GRADE_WARN);
}

static void say_no_mpi(struct nh_findings *found)
{
    struct nh_finding *f = nh_finding_add(found, "MPI", NH_GRADE_FAIL);
    nh_finding_where(f, "mpirun --version");
    nh_finding_value(f, "none");
    nh_finding_what(f, "MPI: none");
    nh_finding_bad(
        f, NH_GRADE_WARN,
        "without mpirun on PATH, MPI measurements start only from another node, with its "
        "full path",
        "PATH=/opt/amazon/openmpi/bin:$PATH, or module load openmpi; else install one: "
        "apt-get install openmpi-bin");
}

/* Of a recorded tree the first line, "mpirun (Open MPI) 4.1.4"; here as our launchers see it. */
static void look_at_mpi(const struct nh_site *site, struct nh_findings *found)
{
    char text[TEXT];
    struct nh_mpirun mpirun;
    if (!*site->root && nh_mpirun_find(NULL, &mpirun, NULL) == NH_OK)
        say(found, "MPI", "mpirun --version", mpirun.description, NH_GRADE_FAIL);
    else if (*site->root &&
             nh_site_run(site, (char *[]){"mpirun", "--version", NULL}, text, sizeof text)) {
        text[strcspn(text, "\n")] = '\0';
        say(found, "MPI", "mpirun --version", text, NH_GRADE_FAIL);
    } else {
        say_no_mpi(found);
    }
}

struct library {
    const char *prefix; /* "libnccl.so." */
    char version[64];   /* the longest that was found: "2.18.5", not "2" */
};

static void look_at_file(const char *name, void *context)
{
    struct library *l = context;
    size_t n = strlen(l->prefix);
    if (strncmp(name, l->prefix, n) == 0 && strlen(name + n) > strlen(l->version))
        snprintf(l->version, sizeof l->version, "%s", name + n);
}

/* The first folder that has it; the order is that of how likely it is meant. */
static const char *find_library(const struct nh_site *site, struct library *l)
{
    static const char *const folders[] = {"/opt/amazon/efa/lib64",
                                          "/opt/amazon/efa/lib",
                                          "/opt/nccl/build/lib",
                                          "/usr/local/cuda/lib64",
                                          "/usr/local/cuda/lib",
                                          "/usr/local/lib",
                                          "/usr/lib/x86_64-linux-gnu",
                                          "/usr/lib/aarch64-linux-gnu",
                                          "/usr/lib64",
                                          "/usr/lib"};
    for (size_t i = 0; i < sizeof folders / sizeof *folders; i++) {
        nh_site_each(site, folders[i], look_at_file, l);
        if (*l->version)
            return folders[i];
    }
    return NULL;
}

static void look_at_library(const struct nh_site *site, const char *key, const char *prefix,
                            enum nh_grade differs, struct nh_findings *found)
{
    struct library l = {.prefix = prefix};
    const char *folder = find_library(site, &l);
    if (folder)
        say(found, key, folder, l.version, differs);
}

/* GPUDirect RDMA over EFA needs NCCL 2.7.8 or later (AWS, EFA and NCCL). */
static void judge_nccl(const struct nh_site *site, struct nh_findings *found)
{
    struct nh_finding *f = found->count ? &found->items[found->count - 1] : NULL;
    char *end;
    if (!f || strcmp(f->key, "NCCL") != 0 || !site->known || !site->machine.gpus)
        return;
    long major = strtol(f->value, &end, 10), minor = *end ? strtol(end + 1, &end, 10) : 0;
    long patch = *end ? strtol(end + 1, NULL, 10) : 0;
    if (major * 1000000 + minor * 1000 + patch < 2007008)
        nh_finding_bad(f, NH_GRADE_FAIL, "before NCCL 2.7.8 there is no GPUDirect RDMA over EFA",
                       "install NCCL 2.7.8 or later, best the one of the machine image");
}

/* "NVRM version: NVIDIA UNIX x86_64 Kernel Module  470.57.02  Tue Jul 13 ..." */
static void look_at_gpu_driver(const struct nh_site *site, struct nh_findings *found)
{
    char text[256];
    if (!nh_site_key(site, "/proc/driver/nvidia/version", "NVRM version", text, sizeof text))
        return;
    for (const char *p = text; *p; p += strcspn(p, " "), p += strspn(p, " "))
        if (strspn(p, "0123456789.") == strcspn(p, " ") && strchr("0123456789", *p)) {
            char version[64];
            snprintf(version, sizeof version, "%.*s", (int)strcspn(p, " "), p);
            say(found, "NVIDIA driver", "/proc/driver/nvidia/version", version, NH_GRADE_WARN);
            return;
        }
}

static void look(const struct nh_site *site, struct nh_findings *found)
{
    look_at_kernel(site, found);
    look_at_installer(site, found);
    look_at_mpi(site, found);
    look_at_library(site, "libfabric", "libfabric.so.", NH_GRADE_FAIL, found);
    look_at_gpu_driver(site, found);
    look_at_library(site, "NCCL", "libnccl.so.", NH_GRADE_FAIL, found);
    judge_nccl(site, found);
}

const struct nh_check nh_check_versions = {"versions", "kernel, MPI, libfabric, NCCL", look};
