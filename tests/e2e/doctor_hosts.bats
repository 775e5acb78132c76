#!/usr/bin/env bats
# SPDX-License-Identifier: BSD-3-Clause
# bats file_tags=cluster
#
# nodehour doctor over three real hosts and in a real Slurm (tests/cluster/up), with real faults.

load ../cluster/cluster

setup_file() { hosts_up --slurm; }
teardown_file() { hosts_down; }

setup() {
    hosts_setup
    nodehour=$NH_BIN/nodehour
}

@test "doctor over hosts: three at once in less than three times the time of one, and alike" {
    local start=$EPOCHREALTIME one all
    host node1 "$nodehour" doctor --here --json >one.json
    one=$((${EPOCHREALTIME/./} - ${start/./}))
    start=$EPOCHREALTIME
    run host node1 "$nodehour" doctor --hosts node1,node2,node3 --json
    all=$((${EPOCHREALTIME/./} - ${start/./}))
    [ "$status" -eq 0 ]
    [ "$(jq -r '.nodes[].hostname' <<<"$output" | paste -sd' ')" = "node1 node2 node3" ]
    [ "$(jq '.differences | length' <<<"$output")" -eq 0 ]
    ((all < 3 * one))
}

@test "doctor over hosts: a full /dev/shm, a refused key and a dead address are named" {
    host node3 mount -o remount,size=2m /dev/shm
    host node2 rm /root/.ssh/authorized_keys
    run host node1 "$nodehour" doctor --hosts node1,node2,node3,10.77.0.99 --only shm --ranks 2
    host_again node3
    host_again node2
    [ "$status" -eq 72 ]
    [[ $output == *"FAIL node2 "*"Permission denied"* ]]
    [[ $output == *"FAIL 10.77.0.99 "*"No route to host"* ]]
    [[ $output == *"FAIL shm"*"2 MiB free; 2 ranks"*"on     node3"* ]]
}

@test "doctor over hosts: one that hangs costs its time-out only" {
    cluster_docker pause node2
    run host node1 "$nodehour" doctor --hosts node1,node2 --only shm --timeout 4
    host_again node2
    [ "$status" -eq 72 ]
    [[ $output == *"FAIL node2 "*"no answer within 4 s"* ]]
    [[ $output == *"1 fail, 0 warn, 1 ok"* ]]
}

@test "doctor in Slurm: all nodes of the allocation, by srun; Slurm's layout is compared" {
    run host node1 salloc --quiet -N 3 -n 3 "$nodehour" doctor --json --only cores,memlock
    [ "$status" -eq 0 ]
    [ "$(sed -n '/^{/,$p' <<<"$output" | jq -r '.nodes[] | .host + " " + .launcher' | paste -sd' ')" = \
        "node1 slurm node2 slurm node3 slurm" ]
    [ "$(sed -n '/^{/,$p' <<<"$output" | jq -r '[.nodes[].findings[] | select(.key == "slurm_topology")] | length')" -eq 3 ]
}
