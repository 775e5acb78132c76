#!/usr/bin/env bats
# SPDX-License-Identifier: BSD-3-Clause
# bats file_tags=cluster
#
# nodehour run over real hosts: containers with own addresses, reached by ssh, and faults that
# are made to happen to them. Times say nothing here: two cores are shared by all.

load ../cluster/cluster

setup_file() { hosts_up --slurm; }
teardown_file() { hosts_down; }

setup() {
    [ -x "$NH_BIN/nodehour-mpi" ] || skip 'no nodehour-mpi'
    hosts_setup
    printf 'node1 slots=1\nnode2 slots=1 # the second\n\nnode3 slots=1\n' >hosts
}

run_there() { # NODE OPTION...
    local node=$1
    shift
    host "$node" "$NH_BIN/nodehour" run study.yaml --no-report --no-doctor -q "$@"
}

# In the background; the first launch is running when it returns: launch 0 of two nodes is on node1
# and node2.
begin() {
    run_there node1 --new >out 2>err &
    runner=$!
    for _ in $(seq 200); do
        ! compgen -G 'results/latest/logs/allreduce*' >/dev/null || break
        sleep 0.1
    done
    sleep 1
}

ended() {
    status=0
    wait "$runner" || status=$?
    cat out err
}

attempts() { # END: how many launches ended so
    jq -s "map(select(.end == \"$1\")) | length" results/latest/attempts.jsonl
}

# bats test_tags=mpich
@test "a study over ssh: every node count, launches walk round the hosts" {
    study 2 "2, 3" "type: ssh, hosts: hosts"
    run_there node1 --new
    assert_complete 4
    # launches on two of the three hosts: not always the same two
    [ "$(jq -r 'select(.nodes == 2) | [.placement[].host] | sort | join("+")' results/latest/records.jsonl | sort -u | wc -l)" -eq 2 ]
    # which hosts is recorded too, in the order of ranks
    jq -es 'map(select(.end == "done")) | length == 4 and all((.hosts | length) == .nodes)' results/latest/attempts.jsonl
}

@test "a wrong key: exit 72, the host and the words of ssh, nothing started" {
    study 1 2 "type: ssh, hosts: hosts"
    cluster_docker exec node2 mv /root/.ssh/authorized_keys /root/.ssh/off
    run run_there node1 --new
    cluster_docker exec node2 mv /root/.ssh/off /root/.ssh/authorized_keys
    echo "$output"
    [ "$status" -eq 72 ]
    [ "${#lines[@]}" -eq 1 ]
    [[ $output == *"1 of 3 hosts cannot be used: node2: "*"Permission denied"* ]]
    [ ! -e results ]
    run_there node1 --new --exclude node2
    assert_complete 1
}

@test "a host that stops mid-run: exit 75 names it, the rest goes on without it" {
    LIMIT=8s CAP=0.6 study 2 2 "type: ssh, hosts: hosts"
    begin
    cluster_docker stop --time 0 node2 >/dev/null
    ended
    [ "$status" -eq 75 ]
    [[ $(tail -n 1 err) == *"stopped: 1 of 3 hosts cannot be used: node2: "*"--resume results/"* ]]
    [ "$(attempts failed)" -ge 1 ]
    host node1 "$NH_BIN/nodehour" run --resume results/latest --exclude node2 --no-report --no-doctor -q
    assert_complete 2
    host_again node2
}

@test "a host that hangs: its launch is ended at the limit, exit 75 names it" {
    LIMIT=5s CAP=1 study 1 2 "type: ssh, hosts: hosts"
    begin
    cluster_docker pause node2 >/dev/null
    ended
    cluster_docker unpause node2 >/dev/null
    [ "$status" -eq 75 ]
    [[ $(tail -n 1 err) == *"node2: "* ]]
    jq -es 'any(.end == "failed" and (.reason | startswith("hung")))' results/latest/attempts.jsonl
}

@test "a network that is cut: exit 75, and the study is completed when it is back" {
    LIMIT=8s CAP=0.6 study 1 2 "type: ssh, hosts: hosts"
    begin
    cluster_docker network disconnect nodehour node2
    ended
    cluster_docker network connect --ip 10.77.0.12 nodehour node2
    [ "$status" -eq 75 ]
    [[ $(tail -n 1 err) == *"node2: "* ]]
    host node1 "$NH_BIN/nodehour" run --resume results/latest --no-report --no-doctor -q
    assert_complete 1
}

@test "a rank that is killed on another host: its launch is noted, and made again" {
    CAP=1 study 1 2 "type: ssh, hosts: hosts"
    begin
    for _ in $(seq 100); do
        ! cluster_docker exec node2 pkill -9 -x nodehour-mpi || break
    done
    ended
    [ "$status" -eq 0 ]
    assert_complete 1
    [ "$(attempts failed)" -eq 1 ]
    [[ $(<err) == *"Trying once more what failed: 1 of 1 launches"* ]]
}

@test "the head process killed by -9: nothing stays behind, and the study goes on" {
    CAP=1 study 2 2 "type: ssh, hosts: hosts"
    begin
    cluster_docker exec node1 pkill -9 -x nodehour
    ended
    [ "$status" -ne 0 ]
    for _ in $(seq 100); do
        cluster_docker exec node2 pgrep -x nodehour-mpi >/dev/null || break
        sleep 0.1
    done
    run ! cluster_docker exec node2 pgrep -x nodehour-mpi
    host node1 "$NH_BIN/nodehour" run --resume results/latest --no-report --no-doctor -q
    assert_complete 2
}

@test "the head node restarted: its ranks elsewhere end, and the study goes on" {
    CAP=1 study 1 2 "type: ssh, hosts: hosts"
    begin
    host_again node1
    ended
    [ "$status" -ne 0 ]
    for _ in $(seq 100); do
        cluster_docker exec node2 pgrep -x nodehour-mpi >/dev/null || break
        sleep 0.1
    done
    run ! cluster_docker exec node2 pgrep -x nodehour-mpi
    host node1 "$NH_BIN/nodehour" run --resume results/latest --no-report --no-doctor -q
    assert_complete 1
}

@test "a full result disk: one line says so, and with more room the study goes on" {
    study 3 2 "type: ssh, hosts: hosts"
    mkdir results
    host node1 mount -t tmpfs -o size=40k tmpfs results
    run run_there node1 --new
    echo "$output"
    host node1 mount -o remount,size=4m results
    [ "$status" -eq 1 ]
    [[ ${lines[-1]} == *"disk is full"* || ${lines[-1]} == *"No space left"* ]]
    host node1 sh -c 'cd results/latest/ && wc -l <records.jsonl' >before
    host node1 "$NH_BIN/nodehour" run --resume results/latest --no-report --no-doctor -q
    mkdir kept && host node1 sh -c 'cp -r results/. kept && umount results'
    rm -r results && mv kept results
    assert_complete 3
    [ "$(cat before)" -ge 2 ] && [ "$(cat before)" -lt 6 ]
}

@test "a /dev/shm of 64 MB: exit 72 names the host and the fix, nothing started" {
    study 1 2 "type: ssh, hosts: hosts"
    sed -i 's/ranks_per_node: .*/ranks_per_node: [17]/' study.yaml
    host node2 mount -o remount,size=64m /dev/shm
    run host node1 "$NH_BIN/nodehour" run study.yaml --new --no-report -q
    echo "$output"
    host node2 mount -o remount,size=1g /dev/shm
    [ "$status" -eq 72 ]
    [[ $output == *node2*"/dev/shm has 64 MiB free"*"17 ranks"* ]]
    [ ! -e results/latest/records.jsonl ] && [ ! -e results/latest/attempts.jsonl ]
}
