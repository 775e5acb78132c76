#!/usr/bin/env bash
# SPDX-License-Identifier: BSD-3-Clause
#
# What the tests of nodehour-mpi share: `load under_mpirun`, and call it in setup().

under_mpirun() {
    cd "$BATS_TEST_TMPDIR" || return
    set -o pipefail
    # More ranks than cores are meant here (Open MPI 4 and 5; others do not mind).
    export OMPI_MCA_rmaps_base_oversubscribe=1
    export PRTE_MCA_rmaps_default_mapping_policy=:oversubscribe
}

# on RANKS ARGUMENT... RANKS `alone`: without mpirun, for what is found before MPI starts.
on() {
    local ranks=$1
    shift
    [ "$ranks" != alone ] || { "$NH_BIN/nodehour-mpi" "$@"; return; }
    "${NH_MPIRUN:-mpirun}" -n "$ranks" "$NH_BIN/nodehour-mpi" "$@"
}

# refused TEXT RANKS ARGUMENT...: exit 2, one line of ours that says TEXT and a remedy,
# nothing on standard output, no record.
refused() {
    local text=$1 status=0
    shift
    rm -f out err records.jsonl
    on "$@" -o records.jsonl >out 2>err </dev/null || status=$?
    one_refusal "$text" "$status"
}

# one_refusal TEXT STATUS: checks out and err.
one_refusal() {
    [ "$2" -eq 2 ] || { echo "exit $2"; cat err; return 1; }
    [ "$(grep -c '^nodehour-mpi' err)" -eq 1 ] || { cat err; return 1; }
    grep '^nodehour-mpi.*[;?]' err | grep -qF -- "$1" || { cat err; return 1; }
    [ ! -s out ] || { cat out; return 1; }
    [ ! -e records.jsonl ]
}

# holds FILTER [FILE]: every record in it (out) makes the filter true, and there are some.
holds() {
    local file=${2:-out}
    [ "$(jq -s "length > 0 and all(.[]; $1)" "$file")" = true ] ||
        { echo "not so: $1"; jq -c 'del(.samples_ns, .system, .env)' "$file"; return 1; }
}
