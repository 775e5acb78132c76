/* SPDX-License-Identifier: BSD-3-Clause */
#include <string.h>

#include "launch/lint/rule.h"

/* Rules for compute environments, queues and launch templates of Batch, and the template around. */

static const yaml_node_t *get(struct nh_lint *l, const char *path)
{
    return nh_doc_get(l->doc, l->node, path);
}

static const char *text(struct nh_lint *l, const char *path)
{
    return nh_doc_text(l->doc, get(l, path));
}

/* ---- compute environment ---- */

static void kind(struct nh_lint *l)
{
    const char *outer = text(l, "type"), *inner = text(l, "computeResources.type");
    if (outer && strcmp(outer, "UNMANAGED") == 0)
        nh_lint_add(l, nh_doc_line(get(l, "type")), "type UNMANAGED | use MANAGED");
    if (inner && strcmp(inner, "EC2") != 0)
        nh_lint_add(l, nh_doc_line(get(l, "computeResources.type")),
                    "compute resources of type %.20s | use EC2; Spot is for Slurm, where a "
                    "stopped study goes on",
                    inner);
}

static void security_group(struct nh_lint *l)
{
    const yaml_node_t *resources = get(l, "computeResources");
    if (resources && !get(l, "computeResources.securityGroupIds"))
        nh_lint_add(l, nh_doc_line(resources),
                    "no securityGroupIds | add the group that allows all traffic from and to "
                    "itself, also when the launch template has it");
}

/* A launch template in the same file that has a placement. */
static bool template_places(struct nh_lint *l)
{
    const yaml_node_t *resources = nh_doc_get(l->doc, nh_doc_root(l->doc), "Resources"), *one;
    const char *name;
    for (size_t i = 0; nh_doc_pair(l->doc, resources, i, &name, &one); i++)
        if (nh_doc_get(l->doc, one, "Properties.LaunchTemplateData.Placement"))
            return true;
    return false;
}

static void placement(struct nh_lint *l)
{
    const yaml_node_t *resources = get(l, "computeResources");
    if (resources && !get(l, "computeResources.placementGroup") && !template_places(l))
        nh_lint_add(l, nh_doc_line(resources),
                    "no placement group | make one with strategy cluster and name it in "
                    "placementGroup");
}

/* vCPUs that the job definitions of the file ask for; 0: none there. */
static long wanted_vcpus(struct nh_lint *l)
{
    const yaml_node_t *resources = nh_doc_get(l->doc, nh_doc_root(l->doc), "Resources"), *one;
    const char *name;
    long most = 0;
    for (size_t i = 0; nh_doc_pair(l->doc, resources, i, &name, &one); i++) {
        long nodes =
            nh_doc_number(l->doc, nh_doc_get(l->doc, one, "Properties.NodeProperties.NumNodes"));
        if (l->machine && nodes > 0 && nodes <= 1000 && nodes * l->machine->vcpus > most)
            most = nodes * l->machine->vcpus;
    }
    return most;
}

static void vcpus(struct nh_lint *l)
{
    const yaml_node_t *given = get(l, "computeResources.maxvCpus");
    long most = nh_doc_number(l->doc, given), wanted = wanted_vcpus(l);
    if (!wanted && l->machine)
        wanted = 2L * l->machine->vcpus;
    if (given && most >= 0 && most < wanted)
        nh_lint_add(l, nh_doc_line(given),
                    "maxvCpus %ld, the nodes have %ld | give at least nodes times the vCPUs of one",
                    most, wanted);
}

static void one_zone(struct nh_lint *l)
{
    const yaml_node_t *subnets = get(l, "computeResources.subnets"),
                      *second = nh_doc_at(l->doc, subnets, 1);
    if (second)
        nh_lint_add(l, nh_doc_line(second),
                    "several subnets | name one: a cluster placement group is in one zone");
}

static void one_type(struct nh_lint *l)
{
    const yaml_node_t *types = get(l, "computeResources.instanceTypes"),
                      *first = nh_doc_at(l->doc, types, 0);
    const char *name = nh_doc_text(l->doc, first);
    if (nh_doc_at(l->doc, types, 1) || (name && !strchr(name, '.')))
        nh_lint_add(l, nh_doc_line(first), "more than one instance type | name one, with its size");
}

static void image_path(struct nh_lint *l)
{
    const yaml_node_t *list = get(l, "computeResources.ec2Configuration"), *one;
    for (size_t i = 0; (one = nh_doc_at(l->doc, list, i)); i++) {
        const yaml_node_t *image = nh_doc_get(l->doc, one, "imageIdOverride");
        const char *id = nh_doc_ref(l->doc, image) ? NULL : nh_doc_text(l->doc, image);
        if (id && strncmp(id, "/aws/", 5) == 0)
            nh_lint_add(l, nh_doc_line(image),
                        "imageIdOverride is the name of a parameter | take a template parameter "
                        "of type AWS::SSM::Parameter::Value<AWS::EC2::Image::Id>");
    }
}

/* ---- queue ---- */

static void queue_limit(struct nh_lint *l)
{
    if (!get(l, "jobStateTimeLimitActions"))
        nh_lint_add(l, nh_doc_line(l->node),
                    "no jobStateTimeLimitActions | add one for RUNNABLE with reason "
                    "CAPACITY:INSUFFICIENT_INSTANCE_CAPACITY, maxTimeSeconds 14400, action CANCEL");
}

/* ---- launch template ---- */

static void interfaces(struct nh_lint *l)
{
    const yaml_node_t *list = get(l, "NetworkInterfaces"), *nic;
    size_t n = 0, efa = 0;
    for (; (nic = nh_doc_at(l->doc, list, n)); n++) {
        const char *type = nh_doc_text(l->doc, nh_doc_get(l->doc, nic, "InterfaceType"));
        bool is_efa = type && strncmp(type, "efa", 3) == 0;
        efa += is_efa;
        if (is_efa && !nh_doc_get(l->doc, nic, "Groups"))
            nh_lint_add(l, nh_doc_line(nic),
                        "an EFA interface without Groups | name the security "
                        "group that allows all from and to itself");
    }
    if (l->machine && efa != (size_t)l->machine->efa_interfaces)
        nh_lint_add(l, nh_doc_line(list ? list : l->node),
                    "%zu EFA interfaces, %s has %d | add one for each network card "
                    "(NetworkCardIndex 0 to %d)",
                    efa, l->machine->name, l->machine->efa_interfaces,
                    l->machine->efa_interfaces - 1);
    if (list && get(l, "SecurityGroupIds"))
        nh_lint_add(l, nh_doc_line(get(l, "SecurityGroupIds")),
                    "SecurityGroupIds beside NetworkInterfaces | move them into Groups of each");
}

static void template_image(struct nh_lint *l)
{
    const yaml_node_t *image = get(l, "ImageId"), *chosen = nh_doc_call(l->doc, image, "If");
    for (size_t i = 0; i < 3; i++) {
        const yaml_node_t *one = chosen ? nh_doc_at(l->doc, chosen, i) : image;
        const char *id = nh_doc_ref(l->doc, one) ? NULL : nh_doc_text(l->doc, one);
        if (id && strncmp(id, "/aws/", 5) == 0) {
            nh_lint_add(l, nh_doc_line(one),
                        "ImageId is the name of a parameter | write resolve:ssm:%.100s", id);
            return;
        }
    }
}

static void mime(struct nh_lint *l)
{
    const yaml_node_t *coded = nh_doc_call(l->doc, get(l, "UserData"), "Base64"),
                      *filled = nh_doc_call(l->doc, coded, "Sub"), *node = filled ? filled : coded;
    if (node && node->type == YAML_SCALAR_NODE &&
        !strstr((const char *)node->data.scalar.value, "MIME-Version:"))
        nh_lint_add(l, nh_doc_line(node),
                    "user data is no MIME multi-part | begin with MIME-Version: 1.0 and "
                    "Content-Type: multipart/mixed");
}

/* ---- the whole template ---- */

/* If [C, NoValue, Ref G], where G exists only with condition C: just when it is not used. */
static void inverted_at(struct nh_lint *l, const yaml_node_t *value)
{
    const yaml_node_t *parts = nh_doc_call(l->doc, value, "If");
    const char *condition = nh_doc_text(l->doc, nh_doc_at(l->doc, parts, 0));
    const char *group = nh_doc_ref(l->doc, nh_doc_at(l->doc, parts, 2));
    char path[160];
    if (!condition || !group || strchr(group, '.'))
        return;
    snprintf(path, sizeof path, "Resources.%.100s.Condition", group);
    const char *exists = nh_doc_text(l->doc, nh_doc_get(l->doc, nh_doc_root(l->doc), path));
    if (exists && strcmp(exists, condition) == 0)
        nh_lint_add(l, nh_doc_line(value),
                    "%.60s is used only when it does not exist | swap the two values of If", group);
}

static void inverted(struct nh_lint *l)
{
    static const char *const places[] = {"Properties.ComputeResources.PlacementGroup",
                                         "Properties.LaunchTemplateData.Placement.GroupName"};
    const yaml_node_t *resources = get(l, "Resources"), *one;
    const char *name;
    for (size_t i = 0; nh_doc_pair(l->doc, resources, i, &name, &one); i++)
        for (size_t k = 0; k < sizeof places / sizeof *places; k++)
            inverted_at(l, nh_doc_get(l->doc, one, places[k]));
}

static const char *type_of(struct nh_lint *l, const yaml_node_t *resource)
{
    const char *type = nh_doc_text(l->doc, nh_doc_get(l->doc, resource, "Type"));
    return type ? type : "";
}

/* Rules as resources of their own, which alone can name the group itself. */
static void own_traffic(struct nh_lint *l)
{
    const yaml_node_t *resources = get(l, "Resources"), *one, *group = NULL;
    bool in = false, out = false;
    const char *name;
    for (size_t i = 0; nh_doc_pair(l->doc, resources, i, &name, &one); i++) {
        const char *type = type_of(l, one);
        if (strcmp(type, "AWS::EC2::SecurityGroup") == 0)
            group = one;
        in = in || nh_doc_get(l->doc, one, "Properties.SourceSecurityGroupId");
        out = out || nh_doc_get(l->doc, one, "Properties.DestinationSecurityGroupId");
    }
    if (group && (!in || !out))
        nh_lint_add(l, nh_doc_line(group),
                    "the security group has no rule for %s itself | add SecurityGroupIngress and "
                    "SecurityGroupEgress with IpProtocol -1 and the group as source and "
                    "destination",
                    in    ? "traffic to"
                    : out ? "traffic from"
                          : "traffic from and to");
}

static const struct nh_rule rules[] = {
    {"compute-type", NH_SUBJECT_COMPUTE,
     "multi-node jobs run neither on Spot, nor Fargate, nor unmanaged: they stay RUNNABLE", kind},
    {"security-group", NH_SUBJECT_COMPUTE,
     "the containers' own interfaces are then in the default group of the VPC, whatever the "
     "launch template says: they do not reach each other",
     security_group},
    {"placement-group", NH_SUBJECT_COMPUTE,
     "EFA needs all instances in one cluster placement group; else latency grows and varies",
     placement},
    {"max-vcpus", NH_SUBJECT_COMPUTE, "the job stays RUNNABLE for ever", vcpus},
    {"one-subnet", NH_SUBJECT_COMPUTE, "nodes in two zones have no EFA between them", one_zone},
    {"one-type", NH_SUBJECT_COMPUTE,
     "nodes that differ cannot be in one multi-node job, and their numbers not in one table",
     one_type},
    {"image-parameter", NH_SUBJECT_COMPUTE, "EC2 does not know an image of that name", image_path},
    {"queue-limit", NH_SUBJECT_QUEUE,
     "a job without capacity waits for ever, and begins when nobody expects it any more",
     queue_limit},
    {"interfaces", NH_SUBJECT_TEMPLATE,
     "the instance does not start, or starts with fewer network cards than are paid for",
     interfaces},
    {"image-parameter", NH_SUBJECT_TEMPLATE, "EC2 does not know an image of that name",
     template_image},
    {"mime", NH_SUBJECT_TEMPLATE, "Batch adds its own part to the user data and needs MIME for it",
     mime},
    {"inverted", NH_SUBJECT_STACK, "instances are placed anywhere", inverted},
    {"own-traffic", NH_SUBJECT_STACK,
     "EFA carries nothing without both rules; a way out to 0.0.0.0/0 is not the same rule",
     own_traffic},
};

const struct nh_rules nh_rules_compute = {rules, sizeof rules / sizeof *rules};
