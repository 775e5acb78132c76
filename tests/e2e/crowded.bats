#!/usr/bin/env bats
# SPDX-License-Identifier: BSD-3-Clause
#
# 64 ranks on however few cores: every kernel comes to an end, with right data. The slowest few.

load under_mpirun

setup() {
    under_mpirun
    [ -z "${NH_SANITIZED:-}" ] || skip '64 sanitized ranks take more memory than there may be'
    ranks=64
    [ "$(nproc)" -lt "$ranks" ] || ranks=$((2 * $(nproc)))
}

# crowd ARGUMENT...: comes to an end (a minute, on a machine for itself), its records are verified, and say what they are.
crowd() {
    timeout 120 "${NH_MPIRUN:-mpirun}" -n "$ranks" "$NH_BIN/nodehour-mpi" "$@" --max-time 0.1 \
        --timeout 0 -o records.jsonl >out </dev/null || { cat out; return 1; }
    grep -q '^# OVERSUBSCRIBED' out
    jq -se "length > 0 and all(.[]; .ranks == $ranks and (.verify == \"passed\" or .kernel == \"barrier\")
        and (.placement | all(.oversubscribed))
        and (.system | .time_slice_us == (if .mpi_library | startswith(\"Open MPI\") then null else 50 end)))" \
        records.jsonl >/dev/null
}

# bats test_tags=mpich
@test "64 ranks: pairs" {
    crowd pingpong --pairs $((ranks / 2)) --sizes 8
    holds ".detail.pairs.median_ns | length == $((ranks / 2))" records.jsonl
}

# bats test_tags=mpich
@test "64 ranks: the matrix of all of them" {
    crowd matrix --size 8
    holds ".detail.matrix | length == $ranks" records.jsonl
}

# bats test_tags=mpich
@test "64 ranks: each sends to each" {
    crowd alltoall --sizes 8
}

# bats test_tags=mpich
@test "64 ranks: our own all-reduce algorithms, which wait in shared memory" {
    crowd algorithms --sizes 8
}

# bats test_tags=mpich
@test "64 ranks: the proxy application" {
    crowd halo --cells 16
}
