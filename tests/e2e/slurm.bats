#!/usr/bin/env bats
# SPDX-License-Identifier: BSD-3-Clause
# bats file_tags=cluster
#
# nodehour-mpi inside real Slurm allocations of three nodes (tests/cluster/up --slurm), started
# the plain ways: sbatch with mpirun, and srun for what needs no MPI library's own launcher.

load ../cluster/cluster

setup_file() {
    hosts_up --slurm
}

teardown_file() {
    hosts_down
}

setup() {
    hosts_setup
    program=$NH_BIN/nodehour-mpi
}

holds() {
    [ "$(jq -s "length > 0 and all(.[]; $1)" records.jsonl)" = true ] ||
        { echo "not so: $1"; jq -c 'del(.samples_ns, .system, .env)' records.jsonl; return 1; }
}

@test "sbatch, and mpirun inside the allocation: a rank on each of the three nodes" {
    printf '#!/bin/sh\nexec mpirun --mca mpi_yield_when_idle 1 "$@"\n' >job
    host node1 sbatch --wait -N 3 --ntasks-per-node 1 -o job.log job "$program" allreduce \
        --sizes 8,64K --max-time 0.1 --inter-node -q -o records.jsonl || { cat job.log; return 1; }
    holds '.nodes == 3 and ([.placement[].host] | sort == ["node1", "node2", "node3"])'
    holds '.verify == "passed" and .transport.verdict != "shm"'
}

@test "salloc of two nodes: mpirun takes them from Slurm" {
    host node1 salloc -N 2 --ntasks-per-node 1 mpirun "$program" pingpong --sizes 64K \
        --max-time 0.1 --require-transport tcp -q -o records.jsonl
    holds '.nodes == 2 and .transport.verdict == "tcp"'
}

@test "scancel of a job that measures leaves whole records" {
    local id
    printf '#!/bin/sh\nexec mpirun "$@"\n' >job
    id=$(host node1 sbatch --parsable -N 2 --ntasks-per-node 1 -o job.log job "$program" pingpong \
        --sizes 8,64,1K,4K,16K,64K --precision 0.00001 --max-time 1 --max-samples 10000000 -q -o records.jsonl)
    for _ in $(seq 200); do
        [ ! -s records.jsonl ] || break
        sleep 0.1
    done
    host node1 scancel "$id"
    for _ in $(seq 150); do
        [ -n "$(host node1 squeue -h -j "$id" 2>/dev/null)" ] || break
        sleep 0.1
    done
    [ -z "$(host node1 squeue -h -j "$id" 2>/dev/null)" ]
    holds '.verify == "passed" and (.samples_ns | length) > 0'
    [ "$(wc -l <records.jsonl)" -lt 6 ]
}
