/* SPDX-License-Identifier: BSD-3-Clause */
#include "launch/emit/parts.h"

/* Resources that are the same for every machine. */

static int add_literal(json_t *resources, const char *text)
{
    json_t *more = nh_emit_literal(text);
    int bad = !more || json_object_update(resources, more);
    json_decref(more);
    return bad;
}

/* A new network, unless one is given: instances in a private subnet, whose way out is a NAT
 * gateway, and to S3 an endpoint that costs nothing. */
static const char network[] =
    "{'Vpc':{'Type':'AWS::EC2::VPC','Condition':'OwnNetwork','Properties':{"
    "'CidrBlock':'10.0.0.0/16','EnableDnsSupport':true,'EnableDnsHostnames':true}},"
    "'Gateway':{'Type':'AWS::EC2::InternetGateway','Condition':'OwnNetwork'},"
    "'GatewayAttachment':{'Type':'AWS::EC2::VPCGatewayAttachment','Condition':'OwnNetwork',"
    "'Properties':{'VpcId':{'Ref':'Vpc'},'InternetGatewayId':{'Ref':'Gateway'}}},"
    "'PublicSubnet':{'Type':'AWS::EC2::Subnet','Condition':'OwnNetwork','Properties':{"
    "'VpcId':{'Ref':'Vpc'},'CidrBlock':'10.0.0.0/24','AvailabilityZone':{'Fn::If':["
    "'FirstZone',{'Fn::Select':[0,{'Fn::GetAZs':''}]},{'Ref':'AvailabilityZone'}]}}},"
    "'PrivateSubnet':{'Type':'AWS::EC2::Subnet','Condition':'OwnNetwork','Properties':{"
    "'VpcId':{'Ref':'Vpc'},'CidrBlock':'10.0.16.0/20','AvailabilityZone':{'Fn::GetAtt':["
    "'PublicSubnet','AvailabilityZone']}}},"
    "'NatAddress':{'Type':'AWS::EC2::EIP','Condition':'OwnNetwork',"
    "'DependsOn':'GatewayAttachment','Properties':{'Domain':'vpc'}},"
    "'NatGateway':{'Type':'AWS::EC2::NatGateway','Condition':'OwnNetwork','Properties':{"
    "'SubnetId':{'Ref':'PublicSubnet'},'AllocationId':{'Fn::GetAtt':["
    "'NatAddress','AllocationId']}}},"
    "'PublicRoutes':{'Type':'AWS::EC2::RouteTable','Condition':'OwnNetwork',"
    "'Properties':{'VpcId':{'Ref':'Vpc'}}},"
    "'PublicRoute':{'Type':'AWS::EC2::Route','Condition':'OwnNetwork',"
    "'DependsOn':'GatewayAttachment','Properties':{'RouteTableId':{'Ref':'PublicRoutes'},"
    "'DestinationCidrBlock':'0.0.0.0/0','GatewayId':{'Ref':'Gateway'}}},"
    "'PublicRouteUse':{'Type':'AWS::EC2::SubnetRouteTableAssociation',"
    "'Condition':'OwnNetwork','Properties':{'SubnetId':{'Ref':'PublicSubnet'},"
    "'RouteTableId':{'Ref':'PublicRoutes'}}},"
    "'PrivateRoutes':{'Type':'AWS::EC2::RouteTable','Condition':'OwnNetwork',"
    "'Properties':{'VpcId':{'Ref':'Vpc'}}},"
    "'PrivateRoute':{'Type':'AWS::EC2::Route','Condition':'OwnNetwork','Properties':{"
    "'RouteTableId':{'Ref':'PrivateRoutes'},'DestinationCidrBlock':'0.0.0.0/0',"
    "'NatGatewayId':{'Ref':'NatGateway'}}},"
    "'PrivateRouteUse':{'Type':'AWS::EC2::SubnetRouteTableAssociation',"
    "'Condition':'OwnNetwork','Properties':{'SubnetId':{'Ref':'PrivateSubnet'},"
    "'RouteTableId':{'Ref':'PrivateRoutes'}}},"
    "'S3Endpoint':{'Type':'AWS::EC2::VPCEndpoint','Condition':'OwnNetwork','Properties':{"
    "'VpcId':{'Ref':'Vpc'},'VpcEndpointType':'Gateway','ServiceName':{'Fn::Sub':"
    "'com.amazonaws.${AWS::Region}.s3'},'RouteTableIds':[{'Ref':'PrivateRoutes'}]}}}";

/* EFA wants all traffic from the group to itself, in and out: a way out to 0.0.0.0/0 is not the
 * same rule. Besides, HTTPS out: ECR, S3, logs, packages. */
static const char security[] =
    "{'SecurityGroup':{'Type':'AWS::EC2::SecurityGroup','Properties':{"
    "'GroupDescription':'nodehour: nodes among themselves, and HTTPS out',"
    "'VpcId':{'Fn::If':['OwnNetwork',{'Ref':'Vpc'},{'Ref':'VpcId'}]},"
    "'SecurityGroupEgress':[{'IpProtocol':'tcp','FromPort':443,'ToPort':443,"
    "'CidrIp':'0.0.0.0/0','Description':'ECR, S3, logs, packages'}]}},"
    "'FromItself':{'Type':'AWS::EC2::SecurityGroupIngress','Properties':{"
    "'GroupId':{'Fn::GetAtt':['SecurityGroup','GroupId']},'IpProtocol':'-1',"
    "'SourceSecurityGroupId':{'Fn::GetAtt':['SecurityGroup','GroupId']}}},"
    "'ToItself':{'Type':'AWS::EC2::SecurityGroupEgress','Properties':{"
    "'GroupId':{'Fn::GetAtt':['SecurityGroup','GroupId']},'IpProtocol':'-1',"
    "'DestinationSecurityGroupId':{'Fn::GetAtt':['SecurityGroup','GroupId']}}}}";

/* Results outlive the stack. */
static const char storage[] =
    "{'ResultBucket':{'Type':'AWS::S3::Bucket','DeletionPolicy':'Retain',"
    "'UpdateReplacePolicy':'Retain','Properties':{"
    "'PublicAccessBlockConfiguration':{'BlockPublicAcls':true,'BlockPublicPolicy':true,"
    "'IgnorePublicAcls':true,'RestrictPublicBuckets':true},"
    "'OwnershipControls':{'Rules':[{'ObjectOwnership':'BucketOwnerEnforced'}]},"
    "'BucketEncryption':{'ServerSideEncryptionConfiguration':[{"
    "'ServerSideEncryptionByDefault':{'SSEAlgorithm':'AES256'}}]},"
    "'LifecycleConfiguration':{'Rules':[{'Id':'parts','Status':'Enabled',"
    "'AbortIncompleteMultipartUpload':{'DaysAfterInitiation':1}}]}}},"
    "'ResultBucketPolicy':{'Type':'AWS::S3::BucketPolicy','Properties':{"
    "'Bucket':{'Ref':'ResultBucket'},'PolicyDocument':{'Version':'2012-10-17','Statement':[{"
    "'Sid':'EncryptedOnly','Effect':'Deny','Principal':'*','Action':'s3:*',"
    "'Resource':[{'Fn::GetAtt':['ResultBucket','Arn']},"
    "{'Fn::Sub':'${ResultBucket.Arn}/*'}],"
    "'Condition':{'Bool':{'aws:SecureTransport':'false'}}}]}}},"
    "'Repository':{'Type':'AWS::ECR::Repository','DeletionPolicy':'Delete',"
    "'UpdateReplacePolicy':'Retain','Properties':{"
    "'ImageTagMutability':'IMMUTABLE','EmptyOnDelete':true,"
    "'ImageScanningConfiguration':{'ScanOnPush':true}}},"
    "'LogGroup':{'Type':'AWS::Logs::LogGroup','DeletionPolicy':'Delete',"
    "'UpdateReplacePolicy':'Delete','Properties':{'RetentionInDays':30}},"
    "'KeySecret':{'Type':'AWS::SecretsManager::Secret','DeletionPolicy':'Delete',"
    "'UpdateReplacePolicy':'Delete','Properties':{"
    "'Description':'Key pair of a job; empty until a job is submitted'}}}";

/* The instance joins ECS and pulls images; the job writes results and reads its key. */
static const char roles[] =
    "{'InstanceRole':{'Type':'AWS::IAM::Role','Properties':{'AssumeRolePolicyDocument':{"
    "'Version':'2012-10-17','Statement':[{'Effect':'Allow','Principal':{'Service':"
    "{'Fn::Sub':'ec2.${AWS::URLSuffix}'}},'Action':'sts:AssumeRole'}]},"
    "'ManagedPolicyArns':[{'Fn::Sub':'arn:${AWS::Partition}:iam::aws:policy/service-role/"
    "AmazonEC2ContainerServiceforEC2Role'}]}},"
    "'InstanceProfile':{'Type':'AWS::IAM::InstanceProfile','Properties':{"
    "'Roles':[{'Ref':'InstanceRole'}]}},"
    "'JobRole':{'Type':'AWS::IAM::Role','Properties':{'AssumeRolePolicyDocument':{"
    "'Version':'2012-10-17','Statement':[{'Effect':'Allow','Principal':{'Service':"
    "'ecs-tasks.amazonaws.com'},'Action':'sts:AssumeRole','Condition':{'StringEquals':{"
    "'aws:SourceAccount':{'Ref':'AWS::AccountId'}}}}]},"
    "'Policies':[{'PolicyName':'results-and-key','PolicyDocument':{'Version':'2012-10-17',"
    "'Statement':[{'Sid':'Results','Effect':'Allow','Action':['s3:PutObject','s3:GetObject',"
    "'s3:AbortMultipartUpload'],'Resource':{'Fn::Sub':'${ResultBucket.Arn}/results/*'}},"
    "{'Sid':'Key','Effect':'Allow','Action':'secretsmanager:GetSecretValue',"
    "'Resource':{'Ref':'KeySecret'}}]}}]}}}";

int nh_cfn_network(json_t *resources)
{
    return add_literal(resources, network) || add_literal(resources, security);
}

int nh_cfn_storage(json_t *resources)
{
    return add_literal(resources, storage);
}

int nh_cfn_roles(json_t *resources)
{
    return add_literal(resources, roles);
}
