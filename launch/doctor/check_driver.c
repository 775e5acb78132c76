/* SPDX-License-Identifier: BSD-3-Clause */
#include <stdio.h>

#include "launch/doctor/check.h"

static const struct nh_fixes install = {
    .host = "modprobe efa; when there is none: install the driver by the EFA installer "
            "(./efa_installer.sh -y), which is in every EFA machine image of AWS",
    .container = "on the host, not in the container: modprobe efa, or the EFA installer "
                 "(./efa_installer.sh -y)",
    .slurm = "use a ParallelCluster image (it has the driver), or run the EFA installer "
             "(./efa_installer.sh -y) in OnNodeStart",
    .batch = "use an image of the compute environment with the driver (ECS GPU images have it), "
             "or run the EFA installer in the launch template's user data"};

static void look_at_module(const struct nh_site *site, struct nh_findings *found)
{
    char version[96] = "";
    struct nh_finding *f = nh_finding_add(found, "module", NH_GRADE_WARN);
    nh_finding_where(f, "/sys/module/efa");
    if (nh_site_line(site, "/sys/module/efa/version", version, sizeof version)) {
        nh_finding_value(f, "efa %s", version);
        nh_finding_what(f, "kernel driver efa %s is loaded", version);
    } else if (nh_site_has(site, "/sys/module/efa")) {
        nh_finding_value(f, "efa of the kernel");
        nh_finding_what(f, "the kernel's own driver efa is loaded");
    } else {
        nh_finding_value(f, "none");
        nh_finding_what(f, "the kernel driver efa is not loaded; EFA devices on the bus: %d",
                        site->efa_on_bus);
        nh_finding_bad(f, NH_GRADE_FAIL, "without its driver the device is not there for libfabric",
                       "%s", nh_site_fix(site, &install));
    }
}

static void look_at_unbound(const struct nh_site *site, struct nh_findings *found)
{
    if (site->efa_devices >= site->efa_on_bus || !nh_site_has(site, "/sys/module/efa"))
        return;
    struct nh_finding *f = nh_finding_add(found, "bound", NH_GRADE_OK);
    nh_finding_where(f, "/sys/bus/pci/devices");
    nh_finding_value(f, "%d of %d", site->efa_devices, site->efa_on_bus);
    nh_finding_what(f, "the driver serves %d of %d EFA devices on the bus", site->efa_devices,
                    site->efa_on_bus);
    nh_finding_bad(f, NH_GRADE_FAIL, "traffic goes through fewer network cards than are paid for",
                   "look at: dmesg | grep efa; then modprobe -r efa && modprobe efa");
}

static void look(const struct nh_site *site, struct nh_findings *found)
{
    if (!nh_site_has_efa(site))
        return;
    look_at_module(site, found);
    look_at_unbound(site, found);
}

const struct nh_check nh_check_driver = {"driver", "kernel driver of EFA", look};
