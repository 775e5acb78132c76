/* SPDX-License-Identifier: BSD-3-Clause */
#include <stdio.h>
#include <string.h>

#include "common/sysinfo.h"
#include "launch/doctor/check.h"
#include "launch/doctor/imds.h"

static void look_at_type(const struct nh_site *site, struct nh_findings *found)
{
    struct nh_finding *f = nh_finding_add(found, "type", NH_GRADE_FAIL);
    nh_finding_where(f, "/sys/devices/virtual/dmi/id, --machine");
    nh_finding_value(f, "%s", *site->machine.name ? site->machine.name : "none");
    if (site->known)
        nh_finding_what(f, "%s", site->machine.name);
    else if (*site->machine.name)
        nh_finding_what(f, "%s, which is not in the catalog: what it should have is not checked",
                        site->machine.name);
    else
        nh_finding_what(f, "not an EC2 instance; --machine says what it should be like");
}

/* Two hosts with the same are one machine: containers on it. */
static void look_at_boot(const struct nh_site *site, struct nh_findings *found)
{
    char id[64];
    nh_sysinfo_boot(site->root, id, sizeof id);
    if (!nh_site_has(site, "/proc/sys/kernel/random/boot_id"))
        return;
    struct nh_finding *f = nh_finding_add(found, "boot", NH_GRADE_OK);
    nh_finding_where(f, "/proc/sys/kernel/random/boot_id");
    nh_finding_value(f, "%s", id);
    nh_finding_what(f, "this start of this kernel is %s (hash of its boot id)", id);
}

static void say_unreachable(const struct nh_site *site, struct nh_findings *found)
{
    static const struct nh_fixes fixes = {
        .host = "aws ec2 modify-instance-metadata-options --instance-id ID --http-endpoint enabled",
        .container = "containers are one hop further: aws ec2 modify-instance-metadata-options "
                     "--instance-id ID --http-put-response-hop-limit 2",
        .batch = "launch template: MetadataOptions {HttpTokens: required, "
                 "HttpPutResponseHopLimit: 2}"};
    struct nh_finding *f = nh_finding_add(found, "metadata", NH_GRADE_WARN);
    nh_finding_where(f, "metadata service, /latest/api/token");
    nh_finding_value(f, "no answer");
    nh_finding_what(f, "the metadata service does not answer");
    nh_finding_bad(f, NH_GRADE_WARN,
                   "placement group and instance are unknown, and a Spot notice is not seen", "%s",
                   nh_site_fix(site, &fixes));
}

static void look_at_value(const struct nh_imds *imds, const char *key, const char *path,
                          enum nh_grade differs, struct nh_findings *found)
{
    char text[128];
    if (nh_imds_get(imds, path, text, sizeof text) != 200)
        return;
    struct nh_finding *f = nh_finding_add(found, key, differs);
    nh_finding_where(f, "metadata service, %s", path);
    nh_finding_value(f, "%s", text);
    nh_finding_what(f, "%s: %s", key, text);
}

/* 404: the instance is in no placement group. */
static void look_at_group(const struct nh_site *site, const struct nh_imds *imds,
                          struct nh_findings *found)
{
    static const struct nh_fixes fixes = {
        .host = "aws ec2 create-placement-group --group-name nh --strategy cluster, and launch the "
                "instances with --placement GroupName=nh",
        .slurm = "ParallelCluster: Networking: PlacementGroup: {Enabled: true} in the queue",
        .batch =
            "compute environment: placementGroup (strategy cluster), or Placement: {GroupName} "
            "in the launch template"};
    char group[128];
    int status = nh_imds_get(imds, "placement/group-name", group, sizeof group);
    if (status != 200 && status != 404)
        return;
    struct nh_finding *f = nh_finding_add(found, "placement_group", NH_GRADE_WARN);
    nh_finding_where(f, "metadata service, placement/group-name");
    nh_finding_value(f, "%s", status == 200 ? group : "none");
    nh_finding_what(f, "placement group: %s", status == 200 ? group : "none");
    if (status == 404 && nh_site_has_efa(site))
        nh_finding_bad(f, NH_GRADE_WARN,
                       "nodes may be far apart: on p4d, 31 instead of 41 GB/s between two nodes "
                       "without one (aws-parallelcluster#3215)",
                       "%s", nh_site_fix(site, &fixes));
}

static void look(const struct nh_site *site, struct nh_findings *found)
{
    struct nh_imds imds;
    look_at_type(site, found);
    look_at_boot(site, found);
    if (!nh_imds_expected(site))
        return;
    if (!nh_imds_open(&imds)) {
        say_unreachable(site, found);
        return;
    }
    look_at_value(&imds, "instance_id", "instance-id", NH_GRADE_OK, found);
    look_at_value(&imds, "availability_zone", "placement/availability-zone", NH_GRADE_WARN, found);
    look_at_value(&imds, "life_cycle", "instance-life-cycle", NH_GRADE_WARN, found);
    look_at_group(site, &imds, found);
}

const struct nh_check nh_check_instance = {"instance", "instance type, identity, placement group",
                                           look};
