/* SPDX-License-Identifier: BSD-3-Clause */
#include <stdio.h>
#include <string.h>

#include "launch/doctor/check.h"

static const char why_missing[] =
    "without EFA, MPI and NCCL fall back to TCP without a word: other latencies, other bandwidth";

static const struct nh_fixes attach = {
    .host = "launch the instance with a network interface of InterfaceType efa for each network "
            "card (aws ec2 run-instances --network-interfaces ...,InterfaceType=efa)",
    .slurm = "ParallelCluster: Efa: {Enabled: true} in the compute resource, then pcluster "
             "update-cluster; else launch the node with InterfaceType efa on each network card",
    .batch = "launch template of the compute environment: NetworkInterfaces with InterfaceType "
             "efa, one for each network card"};

static void count_devices(const struct nh_site *site, struct nh_findings *found)
{
    struct nh_finding *f = nh_finding_add(found, "devices", NH_GRADE_FAIL);
    int wanted = site->known ? site->machine.efa_interfaces : 0;
    nh_finding_where(f, "/sys/class/infiniband");
    nh_finding_value(f, "%d", site->efa_devices);
    if (wanted)
        nh_finding_what(f, "%d of %d EFA devices of a %s%s%s", site->efa_devices, wanted,
                        site->machine.name, site->efa_devices ? ":" : "", site->efa_names);
    else if (site->efa_devices)
        nh_finding_what(f, "%d EFA device%s:%s", site->efa_devices,
                        site->efa_devices == 1 ? "" : "s", site->efa_names);
    else
        nh_finding_what(f, "no EFA device, and nothing says that there should be one");
    /* a device on the bus without a driver is the driver's finding */
    if (site->efa_devices < wanted && site->efa_on_bus < wanted)
        nh_finding_bad(f, NH_GRADE_FAIL, why_missing, "%s", nh_site_fix(site, &attach));
    else if (site->efa_devices < wanted)
        nh_finding_bad(f, NH_GRADE_FAIL, why_missing, "load the driver, see driver");
}

struct look {
    const struct nh_site *site;
    struct nh_findings *found;
};

/* "4: ACTIVE" (kernel: ib_port_state). */
static void look_at_port(const char *device, void *context)
{
    const struct look *look = context;
    char path[600], state[64];
    snprintf(path, sizeof path, "/sys/class/infiniband/%s/ports/1/state", device);
    if (!nh_site_line(look->site, path, state, sizeof state) || strncmp(state, "4:", 2) == 0)
        return;
    struct nh_finding *f = nh_finding_add(look->found, "port", NH_GRADE_OK);
    nh_finding_where(f, "%s", path);
    nh_finding_value(f, "%s", state);
    nh_finding_what(f, "port 1 of %.60s is %s", device, state);
    nh_finding_bad(f, NH_GRADE_FAIL, "nothing can be sent through this device",
                   "stop and start the instance; when it stays so, report the instance to AWS");
}

static void look(const struct nh_site *site, struct nh_findings *found)
{
    struct look context = {site, found};
    count_devices(site, found);
    nh_site_each(site, "/sys/class/infiniband", look_at_port, &context);
}

const struct nh_check nh_check_efa = {"efa", "EFA devices against the instance type", look};
