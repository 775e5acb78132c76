/* SPDX-License-Identifier: BSD-3-Clause */
#include <string.h>

#include "launch/emit/parts.h"

/* The job definition: multi-node, one container on each instance with all of it. Facts and their
 * reasons: docs/batch.md. */

static json_t *devices(const struct nh_machine *m)
{
    json_t *list = json_array();
    for (int i = 0; i < m->network_cards; i++) {
        char path[64];
        snprintf(path, sizeof path, "/dev/infiniband/uverbs%d", i);
        json_array_append_new(list,
                              json_pack("{s:s, s:s, s:[s,s,s]}", "hostPath", path, "containerPath",
                                        path, "permissions", "READ", "WRITE", "MKNOD"));
    }
    return list;
}

static void add_resource(json_t *list, const char *type, long value)
{
    char text[24];
    snprintf(text, sizeof text, "%ld", value);
    json_array_append_new(list, json_pack("{s:s, s:s}", "type", type, "value", text));
}

static json_t *resources(const struct nh_machine *m)
{
    json_t *list = json_array();
    add_resource(list, "VCPU", m->vcpus);
    add_resource(list, "MEMORY", nh_emit_memory_mib(m));
    if (m->gpus)
        add_resource(list, "GPU", m->gpus);
    return list;
}

static void add_variable(json_t *list, const char *name, json_t *value)
{
    json_array_append_new(list, json_pack("{s:s, s:o}", "name", name, "value", value));
}

static json_t *environment(const struct nh_machine *m, const struct nh_emit_names *names)
{
    json_t *list = json_array();
    add_variable(list, "NODEHOUR_MACHINE", json_string(m->name));
    add_variable(list, "NODEHOUR_RESULTS", names->results);
    add_variable(list, "NODEHOUR_KEY_SECRET", names->key_secret);
    add_variable(list, "FI_PROVIDER", json_string("efa"));
    if (!m->gpus) {
        add_variable(list, "OMPI_MCA_pml", json_string("cm"));
        add_variable(list, "OMPI_MCA_mtl", json_string("ofi"));
        return list;
    }
    /* NCCL carries the data; MPI only starts it. */
    add_variable(list, "OMPI_MCA_pml", json_string("^cm,ucx"));
    add_variable(list, "OMPI_MCA_btl", json_string("tcp,self"));
    add_variable(list, "OMPI_MCA_btl_tcp_if_exclude", json_string("lo,docker0"));
    add_variable(list, "NCCL_SOCKET_IFNAME", json_string("^docker,lo,veth"));
    return list;
}

static json_t *container(const struct nh_machine *m, const struct nh_emit_names *names)
{
    json_t *c =
        json_pack("{s:o, s:[s,s], s:o, s:o}", "image", names->image, "command", "nodehour",
                  "doctor", "jobRoleArn", names->job_role, "resourceRequirements", resources(m));
    json_object_set_new(c, "ulimits",
                        nh_emit_literal("[{'name':'memlock','softLimit':-1,'hardLimit':-1},"
                                        "{'name':'stack','softLimit':67108864,"
                                        "'hardLimit':67108864},"
                                        "{'name':'nofile','softLimit':1024000,"
                                        "'hardLimit':1024000}]"));
    json_object_set_new(c, "linuxParameters",
                        json_pack("{s:i, s:b, s:o}", "sharedMemorySize", nh_emit_shm_mib(m),
                                  "initProcessEnabled", 1, "devices", devices(m)));
    json_object_set_new(c, "environment", environment(m, names));
    if (m->nvme_drives) {
        json_object_set_new(c, "volumes",
                            nh_emit_literal("[{'name':'scratch','host':{'sourcePath':"
                                            "'/scratch'}}]"));
        json_object_set_new(c, "mountPoints",
                            nh_emit_literal("[{'containerPath':'/scratch','sourceVolume':"
                                            "'scratch','readOnly':false}]"));
    }
    json_object_set_new(c, "logConfiguration",
                        json_pack("{s:s, s:{s:o, s:o, s:s}}", "logDriver", "awslogs", "options",
                                  "awslogs-group", names->log_group, "awslogs-region",
                                  names->region, "awslogs-stream-prefix", "nodehour"));
    return c;
}

json_t *nh_emit_job(const struct nh_machine *m, const struct nh_emit_names *names)
{
    return json_pack("{s:o, s:s, s:b, s:{s:o}, s:{s:i}, s:{s:i, s:i, s:[{s:s, s:o}]}}",
                     "jobDefinitionName", names->definition, "type", "multinode", "propagateTags",
                     1, "timeout", "attemptDurationSeconds", names->timeout, "retryStrategy",
                     "attempts", 1, "nodeProperties", "numNodes", 2, "mainNode", 0,
                     "nodeRangeProperties", "targetNodes", "0:", "container", container(m, names));
}

static int make(const struct nh_machine *m, struct nh_emit_files *files, struct nh_error *err)
{
    char name[64] = "nodehour-";
    strncat(name, m->name, sizeof name - sizeof "nodehour-" - 1);
    for (char *at = name; (at = strchr(at, '.'));)
        *at = '-';
    struct nh_emit_names names = {
        .definition = json_string(name),
        .image = json_string("ACCOUNT.dkr.ecr.REGION.amazonaws.com/nodehour@sha256:DIGEST"),
        .job_role = json_string("arn:aws:iam::ACCOUNT:role/nodehour-job"),
        .results = json_string("s3://BUCKET/results"),
        .key_secret = json_string("nodehour-key"),
        .log_group = json_string("/nodehour/batch"),
        .region = json_string("REGION"),
        .timeout = json_integer(3600),
    };
    return nh_emit_add_tree(files, "job-definition.json", "", nh_emit_job(m, &names), err);
}

const struct nh_emit_kind nh_emit_batch = {
    .name = "batch",
    .summary = "AWS Batch multi-node job definition (register-job-definition)",
    .make = make,
};
