#!/usr/bin/env bats
# SPDX-License-Identifier: BSD-3-Clause
#
# 64 ranks on however few cores: every kernel comes to an end, with right data. The slowest few.

setup() {
    cd "$BATS_TEST_TMPDIR" || return
    export OMPI_MCA_rmaps_base_oversubscribe=1
    export PRTE_MCA_rmaps_default_mapping_policy=:oversubscribe
    ranks=64
    [ "$(nproc)" -lt "$ranks" ] || ranks=$((2 * $(nproc)))
}

# crowd ARGUMENT...: ends within a minute, its records are verified, and say what they are.
crowd() {
    timeout 60 "${NH_MPIRUN:-mpirun}" -n "$ranks" "$NH_BIN/nodehour-mpi" "$@" --max-time 0.1 \
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
}

# bats test_tags=mpich
@test "64 ranks: the matrix of all of them" {
    crowd matrix --size 8
}

# bats test_tags=mpich
@test "64 ranks: our own all-reduce algorithms, which wait in shared memory" {
    crowd algorithms --sizes 8
}

# bats test_tags=mpich
@test "64 ranks: the proxy application" {
    crowd halo --cells 32
}
