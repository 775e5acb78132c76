/* SPDX-License-Identifier: BSD-3-Clause */
#include "launch/emit/parts.h"

/* Launch template, placement group, compute environment, queue. */

/* Drives by id: the root volume is an nvme device as well, and numbers change. */
const char nh_emit_user_data[] =
    "MIME-Version: 1.0\n"
    "Content-Type: multipart/mixed; boundary=\"==B==\"\n"
    "\n"
    "--==B==\n"
    "Content-Type: text/x-shellscript; charset=\"us-ascii\"\n"
    "\n"
    "#!/bin/bash\n"
    "set -u\n"
    "mapfile -t drives < <(find /dev/disk/by-id -name 'nvme-Amazon_EC2_NVMe_Instance_Storage_*' "
    "\\\n"
    "  -not -name '*-part*' -exec readlink -f {} + 2>/dev/null | sort -u)\n"
    "disk=\n"
    "if [ ${#drives[@]} -gt 1 ]; then\n"
    "  command -v mdadm >/dev/null || dnf -y install mdadm xfsprogs\n"
    "  mdadm --create /dev/md0 --level=0 --raid-devices=${#drives[@]} --run \"${drives[@]}\" &&\n"
    "    mkfs.xfs -f -d su=256k,sw=${#drives[@]} /dev/md0 && disk=/dev/md0\n"
    "elif [ ${#drives[@]} = 1 ]; then\n"
    "  mkfs.xfs -f \"${drives[0]}\" && disk=${drives[0]}\n"
    "fi\n"
    "if [ -n \"$disk\" ]; then\n"
    "  mkdir -p /scratch && mount -o noatime \"$disk\" /scratch && chmod 1777 /scratch\n"
    "fi\n"
    "sysctl -w kernel.yama.ptrace_scope=0 || true\n"
    "--==B==--\n";

/* The first card has device 0, further cards device 1, as ParallelCluster has it. */
static json_t *interfaces(const struct nh_machine *m)
{
    json_t *list = json_array();
    for (int card = 0; card < m->network_cards; card++)
        json_array_append_new(
            list, json_pack("{s:i, s:i, s:s, s:[{s:[s,s]}], s:b}", "NetworkCardIndex", card,
                            "DeviceIndex", card > 0, "InterfaceType", "efa", "Groups", "Fn::GetAtt",
                            "SecurityGroup", "GroupId", "DeleteOnTermination", 1));
    return list;
}

static int add_template(json_t *resources, const struct nh_machine *m)
{
    json_t *data = nh_emit_literal(
        "{'MetadataOptions':{'HttpTokens':'required','HttpPutResponseHopLimit':2},"
        "'CapacityReservationSpecification':{'Fn::If':['HaveReservation',{"
        "'CapacityReservationTarget':{'CapacityReservationId':{'Ref':"
        "'CapacityReservationId'}}},{'Ref':'AWS::NoValue'}]},"
        "'Placement':{'Fn::If':['NoReservation',{'GroupName':{'Ref':'PlacementGroup'}},"
        "{'Ref':'AWS::NoValue'}]}}");
    json_object_set_new(data, "NetworkInterfaces", interfaces(m));
    json_object_set_new(data, "UserData", json_pack("{s:s}", "Fn::Base64", nh_emit_user_data));
    json_t *group = nh_emit_literal("{'Type':'AWS::EC2::PlacementGroup','Condition':"
                                    "'NoReservation','Properties':{'Strategy':'cluster'}}");
    return json_object_set_new(resources, "PlacementGroup", group) ||
           json_object_set_new(resources, "LaunchTemplate",
                               json_pack("{s:s, s:{s:o}}", "Type", "AWS::EC2::LaunchTemplate",
                                         "Properties", "LaunchTemplateData", data));
}

/* SecurityGroupIds here are those of the containers' own interfaces; without them these would be
 * in the default group of the VPC, which does not let them talk. */
static const char environment_text[] =
    "{'Type':'AWS::Batch::ComputeEnvironment','Properties':{'Type':'MANAGED','State':'ENABLED',"
    "'ComputeResources':{'Type':'EC2','AllocationStrategy':'BEST_FIT','MinvCpus':0,"
    "'DesiredvCpus':0,'MaxvCpus':{'Ref':'MaxvCpus'},"
    "'Subnets':[{'Fn::If':['OwnNetwork',{'Ref':'PrivateSubnet'},{'Ref':'SubnetId'}]}],"
    "'SecurityGroupIds':[{'Fn::GetAtt':['SecurityGroup','GroupId']}],"
    "'InstanceRole':{'Fn::GetAtt':['InstanceProfile','Arn']},"
    "'PlacementGroup':{'Fn::If':['NoReservation',{'Ref':'PlacementGroup'},"
    "{'Ref':'AWS::NoValue'}]},"
    "'LaunchTemplate':{'LaunchTemplateId':{'Ref':'LaunchTemplate'},'Version':{'Fn::GetAtt':["
    "'LaunchTemplate','LatestVersionNumber']}},"
    "'Tags':{'Name':{'Ref':'AWS::StackName'}}}}}";

static const char queue_text[] =
    "{'JobQueue':{'Type':'AWS::Batch::JobQueue','Properties':{'State':'ENABLED','Priority':1,"
    "'ComputeEnvironmentOrder':[{'Order':1,'ComputeEnvironment':{'Ref':'ComputeEnvironment'}}],"
    "'JobStateTimeLimitActions':["
    "{'Action':'CANCEL','State':'RUNNABLE','MaxTimeSeconds':{'Ref':'QueueSeconds'},"
    "'Reason':'CAPACITY:INSUFFICIENT_INSTANCE_CAPACITY'},"
    "{'Action':'CANCEL','State':'RUNNABLE','MaxTimeSeconds':600,"
    "'Reason':'MISCONFIGURATION:COMPUTE_ENVIRONMENT_MAX_RESOURCE'},"
    "{'Action':'CANCEL','State':'RUNNABLE','MaxTimeSeconds':600,"
    "'Reason':'MISCONFIGURATION:JOB_RESOURCE_REQUIREMENT'}]}}}";

int nh_cfn_compute(json_t *resources, const struct nh_machine *m)
{
    if (add_template(resources, m))
        return -1;
    json_t *environment = nh_emit_literal(environment_text);
    json_t *compute =
        json_object_get(json_object_get(environment, "Properties"), "ComputeResources");
    json_object_set_new(compute, "InstanceTypes", json_pack("[s]", m->name));
    json_object_set_new(compute, "Ec2Configuration",
                        json_pack("[{s:s, s:{s:s}}]", "ImageType",
                                  m->gpus ? "ECS_AL2023_NVIDIA" : "ECS_AL2023", "ImageIdOverride",
                                  "Ref", "ImageId"));
    json_t *queue = nh_emit_literal(queue_text);
    int bad = json_object_set_new(resources, "ComputeEnvironment", environment) || !queue ||
              json_object_update(resources, queue);
    json_decref(queue);
    return bad;
}
