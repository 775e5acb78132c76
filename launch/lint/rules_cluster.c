/* SPDX-License-Identifier: BSD-3-Clause */
#include <string.h>

#include "launch/lint/rule.h"

/* Rules for ParallelCluster 3. */

static const yaml_node_t *get(struct nh_lint *l, const char *path)
{
    return nh_doc_get(l->doc, l->node, path);
}

static void scheduler(struct nh_lint *l)
{
    const char *name = nh_doc_text(l->doc, get(l, "Scheduler"));
    if (name && strcmp(name, "awsbatch") == 0)
        nh_lint_add(l, nh_doc_line(get(l, "Scheduler")),
                    "scheduler awsbatch | use slurm, or Batch itself ('nodehour machine NAME "
                    "--emit cloudformation')");
}

/* ---- compute resources of a queue ---- */

/* NULL where the catalog does not have it, or there are several types. */
static const struct nh_machine *machine_of(struct nh_lint *l, const yaml_node_t *resource)
{
    const yaml_node_t *list = nh_doc_get(l->doc, resource, "Instances"),
                      *type = nh_doc_get(l->doc, resource, "InstanceType");
    if (!type)
        type = nh_doc_get(l->doc, nh_doc_at(l->doc, list, 0), "InstanceType");
    const char *name = nh_doc_text(l->doc, type);
    return name && !nh_doc_at(l->doc, list, 1) ? nh_catalog_machine(l->catalog, name, NULL) : NULL;
}

static bool has_efa(struct nh_lint *l, const yaml_node_t *resource)
{
    return nh_doc_is_true(l->doc, nh_doc_get(l->doc, resource, "Efa.Enabled"));
}

/* The first compute resource of the queue with EFA. */
static const yaml_node_t *with_efa(struct nh_lint *l)
{
    const yaml_node_t *list = get(l, "ComputeResources"), *one;
    for (size_t i = 0; (one = nh_doc_at(l->doc, list, i)); i++)
        if (has_efa(l, one))
            return one;
    return NULL;
}

static void each_resource(struct nh_lint *l,
                          void (*see)(struct nh_lint *l, const yaml_node_t *resource,
                                      const struct nh_machine *m))
{
    const yaml_node_t *list = get(l, "ComputeResources"), *one;
    for (size_t i = 0; (one = nh_doc_at(l->doc, list, i)); i++) {
        const struct nh_machine *m = machine_of(l, one);
        if (m && m->efa_interfaces)
            see(l, one, m);
    }
}

static void see_efa(struct nh_lint *l, const yaml_node_t *resource, const struct nh_machine *m)
{
    if (!has_efa(l, resource))
        nh_lint_add(l, nh_doc_line(resource), "no EFA on %s | add Efa: {Enabled: true}", m->name);
}

static void efa(struct nh_lint *l)
{
    each_resource(l, see_efa);
}

static void see_threads(struct nh_lint *l, const yaml_node_t *resource, const struct nh_machine *m)
{
    const yaml_node_t *given = nh_doc_get(l->doc, resource, "DisableSimultaneousMultithreading");
    if (m->vcpus > m->cores && !nh_doc_is_true(l->doc, given))
        nh_lint_add(l, nh_doc_line(given ? given : resource),
                    "hyper-threads are on: Slurm sees %d CPUs, %s has %d cores | set "
                    "DisableSimultaneousMultithreading: true",
                    m->vcpus, m->name, m->cores);
}

static void threads(struct nh_lint *l)
{
    each_resource(l, see_threads);
}

static void see_sockets(struct nh_lint *l, const yaml_node_t *resource, const struct nh_machine *m)
{
    const yaml_node_t *settings = nh_doc_get(l->doc, resource, "CustomSlurmSettings");
    long sockets = nh_doc_number(l->doc, nh_doc_get(l->doc, settings, "Sockets"));
    long cores = nh_doc_number(l->doc, nh_doc_get(l->doc, settings, "CoresPerSocket"));
    if (m->sockets && (sockets != m->sockets || cores != m->cores / m->sockets))
        nh_lint_add(l, nh_doc_line(settings ? settings : resource),
                    "Slurm is not told of %d sockets with %d cores each | set "
                    "CustomSlurmSettings: {Sockets: %d, CoresPerSocket: %d}",
                    m->sockets, m->cores / m->sockets, m->sockets, m->cores / m->sockets);
}

static void sockets(struct nh_lint *l)
{
    each_resource(l, see_sockets);
}

static void placement(struct nh_lint *l)
{
    const yaml_node_t *efa_one = with_efa(l), *group = get(l, "Networking.PlacementGroup");
    const yaml_node_t *enabled = nh_doc_get(l->doc, group, "Enabled");
    bool named = nh_doc_get(l->doc, group, "Id") || nh_doc_get(l->doc, group, "Name") ||
                 nh_doc_get(l->doc, efa_one, "Networking.PlacementGroup");
    if (!efa_one || named || nh_doc_is_true(l->doc, enabled) ||
        nh_doc_get(l->doc, efa_one, "CapacityReservationTarget"))
        return;
    nh_lint_add(l, nh_doc_line(enabled ? enabled : l->node),
                "EFA without a placement group | set Networking: PlacementGroup: {Enabled: true}");
}

static void one_zone(struct nh_lint *l)
{
    const yaml_node_t *second = nh_doc_at(l->doc, get(l, "Networking.SubnetIds"), 1);
    if (second && with_efa(l))
        nh_lint_add(l, nh_doc_line(second), "several subnets with EFA | name one");
}

static const struct nh_rule rules[] = {
    {"scheduler", NH_SUBJECT_CLUSTER,
     "its containers have no EFA and 64 MiB of shared memory, and ranks are counted by "
     "hyper-threads",
     scheduler},
    {"efa", NH_SUBJECT_PARTITION, "all messages between nodes go over TCP", efa},
    {"hyper-threads", NH_SUBJECT_PARTITION,
     "two ranks share a core, and every number is of another machine", threads},
    {"sockets", NH_SUBJECT_PARTITION,
     "ParallelCluster tells Slurm of as many sockets as cores: binding by socket goes wrong",
     sockets},
    {"placement-group", NH_SUBJECT_PARTITION,
     "unset, ParallelCluster refuses the file; off, latency grows and varies", placement},
    {"one-subnet", NH_SUBJECT_PARTITION, "ParallelCluster refuses it: EFA is within one zone",
     one_zone},
};

const struct nh_rules nh_rules_cluster = {rules, sizeof rules / sizeof *rules};
