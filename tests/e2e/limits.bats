#!/usr/bin/env bats
# SPDX-License-Identifier: BSD-3-Clause
#
# The distance to the limit: the verb that measures the limits of two cores, and what the
# records of other kernels say about them.

load under_mpirun

setup() {
    under_mpirun
    quick=(--max-time 0.1 --max-samples 60)
}

two_cores() {
    [ "$(nproc)" -ge 2 ] || skip 'needs two cores'
}

# bats test_tags=mpich
@test "limits measures hand-over and every way to copy, with verified data" {
    two_cores
    on 2 limits --sizes 100,64K,3M "${quick[@]}" -o records.jsonl >out
    holds '.kernel == "limits" and .verify == "passed" and .limits == null' records.jsonl
    [ "$(jq -r .params.limit records.jsonl | grep -c .)" -ge 7 ]
    [ "$(jq -r .params.limit records.jsonl | head -1)" = hand-over ]
    jq -s -e 'map(select(.params.limit == "memcpy")) | length == 3' records.jsonl
    jq -s -e 'map(select(.params.limit == "shm")) | length == 3' records.jsonl
    # Refused or measured: never left out in silence.
    jq -s -e '(map(select(.params.limit == "cma")) | length) as $n |
        if .[0].detail.cma_allowed then $n == 3
        else $n == 0 and (.[0].detail.cma_refused | contains(";")) end' records.jsonl
    holds 'if .params.limit == "hand-over" then .metric == "one_way_latency"
        else (.derived.bandwidth_bytes_per_s * .stats.median / 1e9 / .params.size_bytes - 1 | fabs) < 1e-6
        end' records.jsonl
    # No upper bound: a busy machine takes the cores away. No core hands over in a cycle or two.
    jq -s -e '.[0].stats.min > 1' records.jsonl
}

# bats test_tags=mpich
@test "small messages are held against the hand-over, large ones against memcpy" {
    two_cores
    on 2 pingpong --sizes 8,64K "${quick[@]}" --json >out
    holds '.limits.handover_ns > 1 and .limits.handover_before_ns > 1 and .limits.handover_after_ns > 1'
    holds '.limits.copy_bytes == .params.size_bytes and .limits.copy_bytes_per_s > 1e6'
    holds '.limits | has("handover_modes")'
    jq -s -e '.[0] | .limits.ratio_of == "time over hand-over" and
        (.limits.ratio * .limits.handover_ns / .stats.median - 1 | fabs) < 1e-6' out
    jq -s -e '.[1] | .limits.ratio_of == "bandwidth over copy bandwidth" and
        (.limits.ratio * .limits.copy_bytes_per_s / .derived.bandwidth_bytes_per_s - 1 | fabs) < 1e-6' out
}

# bats test_tags=mpich
@test "bandwidth and all-reduce of two ranks carry their limits; the table names the hand-over" {
    two_cores
    on 2 bandwidth --sizes 64K --window 8 "${quick[@]}" -o records.jsonl >out
    on 2 allreduce --sizes 8,256K "${quick[@]}" -o records.jsonl >>out
    holds '.limits.handover_ns > 1 and .limits.ratio > 0' records.jsonl
    [ "$(grep -c '^# limit: a cache line goes from core to core in [0-9]* ns' out)" -ge 2 ]
}

@test "both directions are held against two cores' copies" {
    two_cores
    on 2 bandwidth --direction two --sizes 64K --window 8 "${quick[@]}" --json >out
    holds '(.limits.ratio * 2 * .limits.copy_bytes_per_s / .derived.bandwidth_bytes_per_s - 1 | fabs) < 1e-6'
}

# bats test_tags=mpich
@test "without two ranks on cores of their own there is no such limit" {
    local ranks
    for ranks in 1 3; do
        on $ranks allreduce --sizes 8 "${quick[@]}" --json >out
        holds '.limits == null'
    done
}


# bats test_tags=mpich
@test "limits refuses other than two ranks" {
    local status=0
    on 3 limits >out 2>err || status=$?
    [ "$status" -eq 2 ]
    grep -q '^nodehour-mpi limits: .*needs 2 ranks' err
    [ ! -s out ]
}
