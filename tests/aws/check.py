# SPDX-License-Identifier: BSD-3-Clause
"""tests/aws/check.py FILE...

Checks files that nodehour made, each by AWS's own tool: cluster files by the schema of
aws-parallelcluster, job definitions by the service model of botocore. Nothing is sent.
(Templates: cfn-lint, a command of its own.)
"""
import json
import os
import sys

os.environ.setdefault("AWS_DEFAULT_REGION", "us-east-1")


def check_cluster(path):
    import yaml
    from pcluster.schemas.cluster_schema import ClusterSchema

    with open(path, encoding="utf-8") as file:
        source = yaml.safe_load(file)
    ClusterSchema(cluster_name="bench").load(source)


def check_job(path):
    import botocore.session
    from botocore.validate import ParamValidator

    with open(path, encoding="utf-8") as file:
        request = json.load(file)
    model = botocore.session.Session().get_service_model("batch")
    shape = model.operation_model("RegisterJobDefinition").input_shape
    report = ParamValidator().validate(request, shape)
    if report.has_errors():
        raise ValueError(report.generate_report())


CHECKS = {"parallelcluster.yaml": check_cluster, "job-definition.json": check_job}


def main():
    failed = 0
    for path in sys.argv[1:]:
        try:
            CHECKS[os.path.basename(path)](path)
            print(f"{path}: good")
        except Exception as error:  # whatever the tools throw is their verdict
            failed = 1
            print(f"{path}: {error}")
    return failed


sys.exit(main())
