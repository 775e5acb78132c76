#!/usr/bin/env bats
# SPDX-License-Identifier: BSD-3-Clause
#
# `nodehour machine NAME --emit KIND`: files for AWS Batch, ParallelCluster and Slurm, checked by
# AWS's own tools where these are installed (build/venv-aws, by .ci/install-deps test).
# bats file_tags=together

setup() {
    cd "$BATS_TEST_TMPDIR" || return
    set -o pipefail
    aws=$NH_ROOT/build/venv-aws/bin
}

nodehour() {
    "$NH_BIN/nodehour" "$@"
}

need_aws_tools() {
    if [ -n "${NH_SANITIZED:-}" ]; then
        skip 'the same files as without sanitizers'
    fi
    if [ ! -x "$aws/cfn-lint" ]; then
        skip "no AWS tools in build/venv-aws (make deps-test makes it, with network)"
    fi
}

@test "a machine says which files there are; one is printed, many need a folder" {
    run nodehour machine c5n.18xlarge
    [ "$status" = 0 ]
    [[ $output == *cloudformation* && $output == *sbatch* ]]
    nodehour machine c5n.18xlarge --emit batch | jq -e '.type == "multinode"'
    run nodehour machine c5n.18xlarge --emit all
    [ "$status" = 2 ]
    [[ $output == *'--output DIR'* ]]
    run nodehour machine c5n.18xlrge --emit all
    [ "$status" = 2 ]
    [[ $output == *"did you mean 'c5n.18xlarge'"* ]]
}

@test "scripts pass shellcheck, those within the template as well" {
    nodehour machine c5n.18xlarge --emit all -o c5n >list
    [ "$(wc -l <list)" -ge 10 ]
    shellcheck c5n/sbatch/*.sbatch
    sed -n '/Fn::Base64/,/--==B==--/p' c5n/cloudformation.yaml | sed -n '/#!/,$p' |
        sed 's/^            //; /^--==B==/d' >userdata.sh
    grep -q mdadm userdata.sh
    shellcheck userdata.sh
}

# One call, since its start is what takes long. The same tool does refuse what is wrong.
@test "cfn-lint takes the templates" {
    need_aws_tools
    nodehour machine c5n.18xlarge --emit cloudformation >c5n.yaml
    nodehour machine p4d.24xlarge --emit cloudformation >p4d.yaml
    sed 's/InterfaceType: efa/InterfaceTyp: efa/' c5n.yaml >wrong.yaml
    run "$aws/cfn-lint" --format parseable ./*.yaml
    [ "$status" != 0 ]
    [[ $output == *wrong.yaml*InterfaceTyp* ]]
    [[ $output != *c5n.yaml* && $output != *p4d.yaml* ]]
}

@test "the schema of ParallelCluster and the service model of Batch take the others" {
    need_aws_tools
    for machine in c5n.18xlarge p4d.24xlarge hpc7g.16xlarge p5.48xlarge; do
        nodehour machine "$machine" --emit all -o "$machine" >>list
    done
    "$aws/python" "$NH_ROOT/tests/aws/check.py" ./*/parallelcluster.yaml ./*/job-definition.json
    sed -i 's/Efa:/Eva:/' c5n.18xlarge/parallelcluster.yaml
    sed -i 's/"sharedMemorySize": 4096/"sharedMemorySize": "4096"/' c5n.18xlarge/job-definition.json
    run "$aws/python" "$NH_ROOT/tests/aws/check.py" c5n.18xlarge/{parallelcluster.yaml,job-definition.json}
    [ "$status" = 1 ]
    [[ $output == *Eva* && $output == *sharedMemorySize* ]]
}
