/* SPDX-License-Identifier: BSD-3-Clause */
#include <stdio.h>
#include <unistd.h>

#include "launch/doctor/check.h"

static const char why[] = "libfabric opens this file to reach the EFA device; without it: TCP";

struct look {
    const struct nh_site *site;
    struct nh_findings *found;
    int good, all;
};

static void say_fix(const struct nh_site *site, struct nh_finding *f, const char *file, int access)
{
    static const struct nh_fixes missing = {
        .host = "load ib_uverbs (modprobe ib_uverbs) and install rdma-core (EFA installer)",
        .container = "docker run --device=",
        .batch = "job definition, linuxParameters.devices: {\"hostPath\": \"X\", "
                 "\"permissions\": [\"READ\", \"WRITE\", \"MKNOD\"]} with X = "};
    bool named = site->place == NH_PLACE_CONTAINER || site->place == NH_PLACE_BATCH;
    if (access == 0)
        nh_finding_bad(f, NH_GRADE_FAIL, why,
                       "chmod 0666 %s, and for good: the udev rules of rdma-core (EFA installer)",
                       file);
    else
        nh_finding_bad(f, NH_GRADE_FAIL, why, "%s%s", nh_site_fix(site, &missing),
                       named ? file : "");
}

static void look_at(const char *device, const char *file, struct look *look)
{
    int usable = nh_site_access(look->site, file, R_OK | W_OK);
    look->all++;
    look->good += usable == 1;
    if (usable == 1)
        return;
    struct nh_finding *f = nh_finding_add(look->found, "file", NH_GRADE_OK);
    nh_finding_where(f, "%s", file);
    nh_finding_value(f, "%s", usable < 0 ? "missing" : "no access");
    nh_finding_what(f, "%.80s of %.60s %s", file, device,
                    usable < 0 ? "is missing" : "cannot be read and written by this user");
    say_fix(look->site, f, file, usable);
}

/* Each uverbs entry names its device; Amazon's are the ones with vendor 0x1d0f. */
static void look_at_entry(const char *name, void *context)
{
    struct look *look = context;
    char path[600], device[128], file[320];
    long vendor = 0;
    snprintf(path, sizeof path, "/sys/class/infiniband_verbs/%s/ibdev", name);
    if (!nh_site_line(look->site, path, device, sizeof device))
        return;
    snprintf(path, sizeof path, "/sys/class/infiniband/%s/device/vendor", device);
    if (!nh_site_long(look->site, path, &vendor) || vendor != 0x1d0f)
        return;
    snprintf(file, sizeof file, "/dev/infiniband/%s", name);
    look_at(device, file, look);
}

static void look(const struct nh_site *site, struct nh_findings *found)
{
    struct look look = {.site = site, .found = found};
    if (!nh_site_has_efa(site))
        return;
    nh_site_each(site, "/sys/class/infiniband_verbs", look_at_entry, &look);
    if (!look.all)
        look_at("the first EFA device", "/dev/infiniband/uverbs0", &look);
    struct nh_finding *f = nh_finding_add(found, "usable", NH_GRADE_FAIL);
    nh_finding_where(f, "/dev/infiniband");
    nh_finding_value(f, "%d of %d", look.good, look.all);
    nh_finding_what(f, "%d of %d uverbs files of EFA can be read and written", look.good, look.all);
}

const struct nh_check nh_check_uverbs = {"uverbs", "access to /dev/infiniband/uverbs*", look};
