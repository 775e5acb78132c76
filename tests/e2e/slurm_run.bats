#!/usr/bin/env bats
# SPDX-License-Identifier: BSD-3-Clause
# bats file_tags=cluster
#
# nodehour run with a real Slurm of three nodes: within an allocation, and submitting itself.

load ../cluster/cluster

setup_file() { hosts_up --slurm; }
teardown_file() { hosts_down; }

setup() {
    [ -x "$NH_BIN/nodehour-mpi" ] || skip 'no nodehour-mpi'
    hosts_setup
}

queue() { # FORMAT
    cluster_docker exec node1 squeue --noheader --format="${1:-%i}"
}

# bats test_tags=mpich
@test "within an allocation: all of its nodes, and some" {
    study 1 "2, 3" "type: slurm"
    host node1 salloc -Q -N 3 "$NH_BIN/nodehour" run study.yaml --new --no-report --no-doctor -q
    assert_complete 2
}

# bats test_tags=mpich
@test "ranks by srun instead of mpirun" {
    study 1 "2, 3" "type: slurm, srun: true"
    host node1 salloc -Q -N 3 "$NH_BIN/nodehour" run study.yaml --new --no-report --no-doctor -q
    assert_complete 2
}

@test "an allocation that is too small is refused" {
    study 1 3 "type: slurm"
    run host node1 salloc -Q -N 2 "$NH_BIN/nodehour" run study.yaml --new --no-report --no-doctor -q
    echo "$output"
    [ "$status" -eq 2 ]
    [[ $output == *"2 nodes can be used in this allocation, and 3 are asked for"* ]]
    [ ! -e results ]
}

@test "outside of one it submits itself: one job for all node counts" {
    study 1 "2, 3" "type: slurm, partition: c5n"
    host node1 "$NH_BIN/nodehour" run study.yaml --new --no-report --no-doctor >out 2>err
    grep -qE '^\[0/2\] Slurm job [0-9]+ (PENDING|CONFIGURING|RUNNING).* so far, about .* left$' err
    assert_complete 2
    [ "$(find results/latest/logs -name 'slurm-*.log' | wc -l)" -eq 1 ]
    [ -z "$(queue)" ]
}

@test "a job for each node count, one after the other" {
    study 1 "2, 3" "type: slurm, partition: c5n, mode: per-nodes"
    host node1 "$NH_BIN/nodehour" run study.yaml --new --no-report --no-doctor -q
    assert_complete 2
    [ "$(find results/latest/logs -name 'slurm-*.log' | wc -l)" -eq 2 ]
}

@test "what Slurm refuses is said" {
    study 1 2 "type: slurm, partition: nowhere"
    run host node1 "$NH_BIN/nodehour" run study.yaml --new --no-report --no-doctor -q
    echo "$output"
    [ "$status" -eq 1 ]
    [[ $output == *"Slurm does not take the job of 2 nodes: "*"invalid partition"* ]]
}

@test "stopped: the job is cancelled, exit 75, and another one goes on" {
    study 3 3 "type: slurm, partition: c5n"
    host node1 "$NH_BIN/nodehour" run study.yaml --new --no-report --no-doctor >out 2>err &
    runner=$!
    for _ in $(seq 300); do
        [ ! -s results/latest/attempts.jsonl ] || break
        sleep 0.1
    done
    cluster_docker exec node1 pkill -TERM -o -x nodehour
    status=0
    wait "$runner" || status=$?
    cat err results/latest/logs/slurm-*.log
    [ "$status" -eq 75 ]
    [[ $(tail -n 1 err) == *"the job of Slurm is cancelled"*"--resume results/"* ]]
    for _ in $(seq 100); do
        [ -n "$(queue)" ] || break
        sleep 0.2
    done
    [ -z "$(queue)" ]
    host node1 "$NH_BIN/nodehour" run --resume results/latest --no-report --no-doctor -q
    assert_complete 3
}

@test "a job that is requeued goes on by itself, and is waited for" {
    local id
    study 3 3 "type: slurm, partition: c5n"
    host node1 "$NH_BIN/nodehour" run study.yaml --new --no-report --no-doctor -q >out 2>err &
    runner=$!
    for _ in $(seq 300); do
        [ ! -s results/latest/attempts.jsonl ] || break
        sleep 0.1
    done
    id=$(queue)
    cluster_docker exec node1 scontrol requeue "$id"
    # Slurm would let it wait for two minutes.
    for _ in $(seq 100); do
        [ "$(queue %T)" != PENDING ] || break
        sleep 0.1
    done
    cluster_docker exec node1 scontrol update "JobId=$id" StartTime=now
    status=0
    wait "$runner" || status=$?
    cat err results/latest/logs/slurm-*.log
    [ "$status" -eq 0 ]
    assert_complete 3
    # one job, begun twice, whose log holds both times
    [ "$(find results/latest/logs -name 'slurm-*.log')" = "results/latest/logs/slurm-$id.log" ]
    [ "$(grep -c 'Going on with\|Measuring' "results/latest/logs/slurm-$id.log")" -eq 2 ]
}
