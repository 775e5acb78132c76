/* SPDX-License-Identifier: BSD-3-Clause */
#include "launch/emit/parts.h"

/* A ParallelCluster 3 configuration with one queue for the machine. */

static const char head[] =
    "# SPDX-License-Identifier: BSD-3-Clause\n"
    "# Made by nodehour machine NAME --emit parallelcluster. Put in your own subnets and key:\n"
    "# the head node's subnet is public, the other one private, in one zone. Then\n"
    "#   pcluster create-cluster -n bench -c parallelcluster.yaml\n";

static json_t *compute_resource(const struct nh_machine *m)
{
    char name[40];
    snprintf(name, sizeof name, "%s", m->name);
    for (char *at = name; *at; at++)
        *at = *at == '.' ? '-' : *at;
    json_t *c =
        json_pack("{s:s, s:[{s:s}], s:i, s:i, s:{s:b}}", "Name", name, "Instances", "InstanceType",
                  m->name, "MinCount", 0, "MaxCount", m->gpus ? 2 : 32, "Efa", "Enabled", 1);
    if (m->vcpus > m->cores) /* a rank for every core; siblings would only be in the way */
        json_object_set_new(c, "DisableSimultaneousMultithreading", json_true());
    if (m->gpus)
        json_object_set_new(c, "HealthChecks", nh_emit_literal("{'Gpu':{'Enabled':true}}"));
    if (m->sockets) /* else Slurm is told of as many sockets as cores */
        json_object_set_new(c, "CustomSlurmSettings",
                            json_pack("{s:i, s:i}", "Sockets", m->sockets, "CoresPerSocket",
                                      m->cores / m->sockets));
    return c;
}

static json_t *queue(const struct nh_machine *m)
{
    char family[32];
    nh_emit_family(m, family, sizeof family);
    json_t *q = json_pack("{s:s, s:s, s:{s:[s], s:{s:b}}}", "Name", family, "CapacityType",
                          "ONDEMAND", "Networking", "SubnetIds", "subnet-00000000000000001",
                          "PlacementGroup", "Enabled", 1);
    if (m->nvme_drives)
        json_object_set_new(q, "ComputeSettings",
                            nh_emit_literal("{'LocalStorage':{'EphemeralVolume':{'MountDir':"
                                            "'/scratch'}}}"));
    json_object_set_new(q, "ComputeResources", json_pack("[o]", compute_resource(m)));
    return q;
}

static int make(const struct nh_machine *m, struct nh_emit_files *files, struct nh_error *err)
{
    json_t *tree = json_pack(
        "{s:s, s:{s:s}, s:{s:s, s:{s:s}, s:{s:s}, s:{s:b}}}", "Region", "us-east-1", "Image", "Os",
        "alinux2023", "HeadNode", "InstanceType", m->arm ? "c6g.xlarge" : "c5.xlarge", "Networking",
        "SubnetId", "subnet-00000000000000000", "Ssh", "KeyName", "KEY", "Imds", "Secured", 1);
    json_object_set_new(tree, "Scheduling",
                        json_pack("{s:s, s:{s:i, s:s}, s:[o]}", "Scheduler", "slurm",
                                  "SlurmSettings", "ScaledownIdletime", 5, "QueueUpdateStrategy",
                                  "DRAIN", "SlurmQueues", queue(m)));
    json_object_set_new(tree, "SharedStorage",
                        nh_emit_literal("[{'Name':'shared','MountDir':'/shared','StorageType':"
                                        "'Ebs'}]"));
    return nh_emit_add_tree(files, "parallelcluster.yaml", head, tree, err);
}

const struct nh_emit_kind nh_emit_parallelcluster = {
    .name = "parallelcluster",
    .summary = "ParallelCluster 3 configuration (Slurm)",
    .make = make,
};
