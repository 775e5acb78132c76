#!/usr/bin/env bats
# SPDX-License-Identifier: BSD-3-Clause
#
# `nodehour lint FILE...`: exit codes, text and JSON. The rules themselves: tests/unit/test_lint.c.
# bats file_tags=together

setup() {
    cd "$BATS_TEST_TMPDIR" || return
    set -o pipefail
    data=$NH_ROOT/tests/data/lint
}

nodehour() {
    "$NH_BIN/nodehour" "$@"
}

@test "faults: file, line, what, why, fix; exit code 1" {
    run nodehour lint "$data/efa-job.json" "$data/intel-latency.sh"
    [ "$status" = 1 ]
    [[ $output == *"efa-job.json:10: no sharedMemorySize: /dev/shm has 64 MiB [shm]"* ]]
    [[ $output == *'fix: add linuxParameters.sharedMemorySize: 4096'* ]]
    [[ $output == *'intel-latency.sh:3: '*'7 faults'* ]]
}

@test "JSON says the same" {
    run bash -c '"$NH_BIN/nodehour" lint --json "$1" 2>/dev/null' _ "$data/p4-stack.yaml"
    [ "$status" = 1 ]
    jq -e 'map(select(.rule == "inverted"))[0].line == 38' <<<"$output"
}

@test "what nodehour makes has no fault, for every machine" {
    for machine in $(nodehour machines --json | jq -r '.[].name'); do
        nodehour machine "$machine" --emit all -o "$machine" >>list
    done
    [ "$(grep -c parallelcluster list)" -ge 12 ]
    grep -v Dockerfile list | xargs "$NH_BIN/nodehour" lint
}

@test "what cannot be read: exit code 2 and one line" {
    echo 'a: b: c' >broken.yaml
    run nodehour lint broken.yaml
    [ "$status" = 2 ]
    [[ $output == *'broken.yaml:1: '* && ${#lines[@]} = 1 ]]
    run nodehour lint nothere.yaml
    [ "$status" = 2 ]
    [[ $output == *nothere.yaml* ]]
    run nodehour lint
    [ "$status" = 2 ]
    run nodehour lint "$data/nccl.sbatch" --machine c5n.18xlrge
    [ "$status" = 2 ]
    [[ $output == *"did you mean 'c5n.18xlarge'"* ]]
}
