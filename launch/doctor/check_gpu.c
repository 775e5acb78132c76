/* SPDX-License-Identifier: BSD-3-Clause */
#include <ctype.h>
#include <stdio.h>
#include <string.h>

#include "launch/doctor/check.h"

struct gpus {
    const struct nh_site *site;
    int bus, driver, files;
};

/* NVIDIA (0x10de), class 3D or VGA controller. */
static void look_at_slot(const char *name, void *context)
{
    struct gpus *g = context;
    char path[600];
    long vendor = 0, class = 0;
    snprintf(path, sizeof path, "/sys/bus/pci/devices/%s/vendor", name);
    nh_site_long(g->site, path, &vendor);
    snprintf(path, sizeof path, "/sys/bus/pci/devices/%s/class", name);
    nh_site_long(g->site, path, &class);
    g->bus += vendor == 0x10de && (class >> 8 == 0x302 || class >> 8 == 0x300);
}

static void count_driver(const char *name, void *context)
{
    struct gpus *g = context;
    (void)name;
    g->driver++;
}

static void count_file(const char *name, void *context)
{
    struct gpus *g = context;
    size_t n = strlen("nvidia");
    g->files += strncmp(name, "nvidia", n) == 0 && isdigit((unsigned char)name[n]);
}

static void judge(const struct nh_site *site, const struct gpus *g, int wanted,
                  struct nh_finding *f)
{
    static const struct nh_fixes visible = {
        .host = "nvidia-smi creates the files; look at: dmesg | grep -i nvrm",
        .container = "docker run --gpus all",
        .slurm = "#SBATCH --gpus-per-node=N, or --exclusive; gres.conf must name all GPUs",
        .batch = "job definition: resourceRequirements GPU = all of the instance type"};
    static const char why[] =
        "NCCL runs on the GPUs that it sees: fewer, and every figure is another";
    if (g->bus < wanted)
        nh_finding_bad(f, NH_GRADE_FAIL, why,
                       "the GPU fell off the bus: stop and start the instance; when it stays so, "
                       "report the instance to AWS");
    else if (g->driver < g->bus)
        nh_finding_bad(
            f, NH_GRADE_FAIL, why,
            "load the driver (modprobe nvidia), or use a GPU image; look at: dmesg | grep "
            "-i nvrm");
    else if (g->files < g->driver)
        nh_finding_bad(f, NH_GRADE_FAIL, why, "%s", nh_site_fix(site, &visible));
}

static void look(const struct nh_site *site, struct nh_findings *found)
{
    struct gpus g = {.site = site};
    int wanted = site->known ? site->machine.gpus : 0;
    nh_site_each(site, "/sys/bus/pci/devices", look_at_slot, &g);
    nh_site_each(site, "/proc/driver/nvidia/gpus", count_driver, &g);
    nh_site_each(site, "/dev", count_file, &g);
    struct nh_finding *f = nh_finding_add(found, "count", NH_GRADE_FAIL);
    nh_finding_where(f, "/sys/bus/pci/devices, /proc/driver/nvidia/gpus, /dev/nvidia*");
    nh_finding_value(f, "%d", g.files);
    if (!wanted && !g.bus && !g.driver)
        nh_finding_what(f, "no GPU, and nothing says that there should be one");
    else
        nh_finding_what(f, "GPUs: %d on the bus, %d with the driver, %d to be opened%s%s", g.bus,
                        g.driver, g.files, wanted ? "; a full set for " : "",
                        wanted ? site->machine.name : "");
    judge(site, &g, wanted, f);
}

const struct nh_check nh_check_gpu = {"gpu", "GPUs: there, with a driver, and visible", look};
