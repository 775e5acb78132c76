/* SPDX-License-Identifier: BSD-3-Clause */
#include <stdbool.h>
#include <string.h>

#include "launch/emit/parts.h"

/* The template around the job definition. What does not depend on the machine is literal text,
 * in the files cfn_*.c a part each. */

static const char head[] =
    "# SPDX-License-Identifier: BSD-3-Clause\n"
    "# Made by nodehour machine NAME --emit cloudformation; docs/batch.md explains it. The job\n"
    "# definition comes with a second update, which gives the digest of the pushed image.\n";

/* Systems Manager's parameters of the ECS-optimised images, Amazon Linux 2023. */
static const char *image_parameter(const struct nh_machine *m)
{
    if (m->gpus)
        return "/aws/service/ecs/optimized-ami/amazon-linux-2023/gpu/recommended/image_id";
    if (m->arm)
        return "/aws/service/ecs/optimized-ami/amazon-linux-2023/arm64/recommended/image_id";
    return "/aws/service/ecs/optimized-ami/amazon-linux-2023/recommended/image_id";
}

static const char parameters_text[] =
    "{'VpcId':{'Type':'String','Default':'',"
    "'Description':'Your VPC, with SubnetId; empty: a new one with a private subnet and a NAT "
    "gateway'},"
    "'SubnetId':{'Type':'String','Default':'',"
    "'Description':'One private subnet of VpcId, with a way out to ECR, S3 and logs'},"
    "'AvailabilityZone':{'Type':'String','Default':'',"
    "'Description':'Zone of the new subnet; empty: the first one'},"
    "'ImageDigest':{'Type':'String','Default':'','AllowedPattern':'^(sha256:[0-9a-f]{64})?$',"
    "'Description':'Digest of the image in the repository of this stack; empty: not pushed yet'},"
    "'CapacityReservationId':{'Type':'String','Default':'',"
    "'AllowedPattern':'^(cr-[0-9a-f]+)?$',"
    "'Description':'Targeted capacity reservation; it then decides on the placement'},"
    "'JobSeconds':{'Type':'Number','Default':3600,'MinValue':60,"
    "'Description':'A job that takes longer is ended'},"
    "'QueueSeconds':{'Type':'Number','Default':14400,'MinValue':600,'MaxValue':86400,"
    "'Description':'A job that waits longer for capacity is cancelled'}}";

static json_t *parameters(const struct nh_machine *m)
{
    json_t *p = nh_emit_literal(parameters_text);
    json_object_set_new(p, "ImageId",
                        json_pack("{s:s, s:s, s:s}", "Type",
                                  "AWS::SSM::Parameter::Value<AWS::EC2::Image::Id>", "Default",
                                  image_parameter(m), "Description",
                                  "Parameter with the machine image; its kernel has the EFA "
                                  "driver"));
    json_object_set_new(p, "MaxvCpus",
                        json_pack("{s:s, s:i, s:i, s:s}", "Type", "Number", "Default", 8 * m->vcpus,
                                  "MinValue", m->vcpus, "Description",
                                  "Nodes times vCPUs of a node; jobs of more nodes never start"));
    return p;
}

static json_t *sub(const char *text)
{
    return json_pack("{s:s}", "Fn::Sub", text);
}

static json_t *ref(const char *name)
{
    return json_pack("{s:s}", "Ref", name);
}

/* The API's names begin with a small letter, CloudFormation's with a capital one, except the
 * options of the log driver, which are its own. */
static json_t *capitals(const json_t *tree)
{
    json_t *out, *value;
    const char *key;
    if (json_is_array(tree)) {
        out = json_array();
        for (size_t i = 0; i < json_array_size(tree); i++)
            json_array_append_new(out, capitals(json_array_get(tree, i)));
        return out;
    }
    if (!json_is_object(tree))
        return json_deep_copy(tree);
    out = json_object();
    json_object_foreach((json_t *)tree, key, value)
    {
        char name[64];
        snprintf(name, sizeof name, "%s", key);
        if (*name >= 'a' && *name <= 'z')
            *name = (char)(*name - 'a' + 'A');
        bool own_names = strcmp(key, "options") == 0;
        json_object_set_new(out, name, own_names ? json_deep_copy(value) : capitals(value));
    }
    return out;
}

static int add_job(json_t *resources, const struct nh_machine *m)
{
    struct nh_emit_names names = {
        .definition = sub("${AWS::StackName}"),
        .image = sub("${AWS::AccountId}.dkr.ecr.${AWS::Region}.${AWS::URLSuffix}/"
                     "${Repository}@${ImageDigest}"),
        .job_role = json_pack("{s:[s,s]}", "Fn::GetAtt", "JobRole", "Arn"),
        .results = sub("s3://${ResultBucket}/results"),
        .key_secret = ref("KeySecret"),
        .log_group = ref("LogGroup"),
        .region = ref("AWS::Region"),
        .timeout = ref("JobSeconds"),
    };
    json_t *request = nh_emit_job(m, &names);
    json_t *job = json_pack("{s:s, s:s, s:o}", "Type", "AWS::Batch::JobDefinition", "Condition",
                            "HaveImage", "Properties", capitals(request));
    json_decref(request);
    return json_object_set_new(resources, "JobDefinition", job);
}

static json_t *all_resources(const struct nh_machine *m)
{
    json_t *resources = json_object();
    if (nh_cfn_network(resources) || nh_cfn_storage(resources) || nh_cfn_roles(resources) ||
        nh_cfn_compute(resources, m) || add_job(resources, m)) {
        json_decref(resources);
        return NULL;
    }
    return resources;
}

static const char conditions_text[] =
    "{'OwnNetwork':{'Fn::Or':[{'Fn::Equals':[{'Ref':'VpcId'},'']},"
    "{'Fn::Equals':[{'Ref':'SubnetId'},'']}]},"
    "'FirstZone':{'Fn::Equals':[{'Ref':'AvailabilityZone'},'']},"
    "'HaveImage':{'Fn::Not':[{'Fn::Equals':[{'Ref':'ImageDigest'},'']}]},"
    "'NoReservation':{'Fn::Equals':[{'Ref':'CapacityReservationId'},'']},"
    "'HaveReservation':{'Fn::Not':[{'Condition':'NoReservation'}]}}";

static const char outputs_text[] =
    "{'Queue':{'Value':{'Ref':'JobQueue'}},"
    "'Definition':{'Condition':'HaveImage','Value':{'Ref':'JobDefinition'}},"
    "'Results':{'Value':{'Fn::Sub':'s3://${ResultBucket}/results'}},"
    "'RepositoryUri':{'Value':{'Fn::GetAtt':['Repository','RepositoryUri']}},"
    "'KeySecret':{'Value':{'Ref':'KeySecret'}},"
    "'LogGroup':{'Value':{'Ref':'LogGroup'}}}";

static int make(const struct nh_machine *m, struct nh_emit_files *files, struct nh_error *err)
{
    char about[128];
    snprintf(about, sizeof about, "nodehour: AWS Batch multi-node jobs with EFA on %s", m->name);
    json_t *tree = json_pack("{s:s, s:s, s:o, s:o, s:o, s:o}", "AWSTemplateFormatVersion",
                             "2010-09-09", "Description", about, "Parameters", parameters(m),
                             "Conditions", nh_emit_literal(conditions_text), "Resources",
                             all_resources(m), "Outputs", nh_emit_literal(outputs_text));
    return nh_emit_add_tree(files, "cloudformation.yaml", head, tree, err);
}

const struct nh_emit_kind nh_emit_cloudformation = {
    .name = "cloudformation",
    .summary = "CloudFormation template: network, queue, job definition, roles, storage",
    .make = make,
};
