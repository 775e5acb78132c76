#!/usr/bin/env bats
# SPDX-License-Identifier: BSD-3-Clause
#
# What ends a study early: nothing is lost, exit 75, and the text says how to go on.

setup() {
    command -v python3 >/dev/null || skip "no python3 for the stub of the metadata service"
    [ -x "$NH_BIN/nodehour-mpi" ] || skip "no nodehour-mpi"
    cd "$BATS_TEST_TMPDIR" || return 1
    mkdir -p ec2/spot ec2/events/recommendations
    "$NH_ROOT/tests/e2e/metadata_stub.py" ec2 3>&- &
    stub=$!
    wait_until test -s ec2/port
    AWS_EC2_METADATA_SERVICE_ENDPOINT="http://127.0.0.1:$(cat ec2/port)"
    export AWS_EC2_METADATA_SERVICE_ENDPOINT
}

teardown() {
    [ -z "$stub" ] || kill "$stub"
}

# wait_until COMMAND...: within 40 s.
wait_until() {
    local i
    for ((i = 0; i < 400; i++)); do
        "$@" 2>/dev/null && return 0
        sleep 0.1
    done
    echo "never: $*"
    return 1
}

# One rank: it fits one core, and nothing spins.
halo=(run --kernels halo --cells 8 --no-report --launches 400 --new)

begin() {
    "$NH_BIN/nodehour" "${halo[@]}" >out 2>err 3>&- &
    runner=$!
    wait_until test -s results/latest/records.jsonl
}

assert_stopped() { # WORDS
    status=0
    wait "$runner" || status=$?
    cat err
    [ "$status" -eq 75 ]
    [[ $(tail -n 1 err) == *"stopped: $1"*"are done and kept; go on with: "*" run --resume results/2"* ]]
    # all that is there is whole
    [ "$(jq -s 'map(select(.end == "done")) | length' results/latest/attempts.jsonl)" -eq \
        "$(jq -s 'map([.job, .launch]) | unique | length' results/latest/records.jsonl)" ]
}

# bats test_tags=mpich
@test "a Spot notice ends the launch at once" {
    begin
    echo '{"action": "terminate", "time": "2026-01-01T08:22:00Z"}' >ec2/spot/instance-action
    assert_stopped "EC2 will terminate this Spot instance at 2026-01-01T08:22:00Z"
    rm ec2/spot/instance-action
}

@test "a rebalance recommendation lets the launch end" {
    begin
    echo '{"noticeTime": "2026-01-01T08:22:00Z"}' >ec2/events/recommendations/rebalance
    assert_stopped "EC2 recommends to leave this Spot instance (notice of 2026-01-01T08:22:00Z)"
    [ "$(jq -s 'map(select(.end == "stopped")) | length' results/latest/attempts.jsonl)" -eq 0 ]
}

@test "a service without a notice changes nothing" {
    run "$NH_BIN/nodehour" run --kernels halo --cells 8 --launches 1 -q --no-report
    echo "$output"
    [ "$status" -eq 0 ]
}

@test "a termination signal: what is done stays done" {
    begin
    kill -TERM "$runner"
    assert_stopped "signal 15 (Terminated)"
    jq -c '[.job, .launch]' results/latest/records.jsonl | sort -u >before
    timeout -s INT 8 "$NH_BIN/nodehour" run --resume results/latest -q --no-report 3>&- || [ $? -eq 124 ] || [ $? -eq 75 ]
    jq -c '[.job, .launch]' results/latest/records.jsonl | sort >after
    [ "$(comm -23 before <(sort -u after))" = "" ]
    [ "$(sort -u after | wc -l)" -eq "$(wc -l <after)" ] # nothing measured twice
    [ "$(wc -l <after)" -gt "$(wc -l <before)" ]
}
