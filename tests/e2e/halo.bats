#!/usr/bin/env bats
# SPDX-License-Identifier: BSD-3-Clause
#
# The proxy application: the same bits on every rank count and decomposition, the contents
# of its record, and what it refuses.

setup() {
    cd "$BATS_TEST_TMPDIR" || return
    set -o pipefail
    # More ranks than cores are meant here (Open MPI 4 and 5; others do not mind).
    export OMPI_MCA_rmaps_base_oversubscribe=1
    export PRTE_MCA_rmaps_default_mapping_policy=:oversubscribe
}

halo() {
    local ranks=$1
    shift
    "${NH_MPIRUN:-mpirun}" -n "$ranks" "$NH_BIN/nodehour-mpi" halo --max-time 0.05 "$@"
}

# check RANKS OPTION...: iterations and residual bits of the verified solve.
check() {
    local line
    halo "$@" --json >out 2>err || { cat err; return 1; }
    line=$(jq -r '.detail.check | "\(.iterations) \(.relative_residual_bits)"' out) || return
    [[ $line =~ ^[1-9][0-9]*\ 0x1\. ]] || { echo "no check in: $(cat out)"; return 1; }
    echo "$line"
}

# refused TEXT RANKS OPTION...: exit 2, one line of ours that says TEXT, no record.
refused() {
    local text=$1
    shift
    run halo "$@" -o records.jsonl
    [ "$status" -eq 2 ] || { echo "exit $status: $output"; return 1; }
    [ "$(grep -c '^nodehour-mpi halo: ' <<<"$output")" -eq 1 ] || { echo "$output"; return 1; }
    grep '^nodehour-mpi halo: .*;' <<<"$output" | grep -qF -- "$text" || { echo "$output"; return 1; }
    [ ! -e records.jsonl ]
}

# bats test_tags=mpich
@test "iterations and residual bits are the same for 1, 2, 3, 4, 6 and 8 ranks" {
    local one ranks
    one=$(check 1 --cells 20x17x24)
    for ranks in 2 3 4 6 8; do
        run check "$ranks" --cells 20x17x24
        [ "$output" = "$one" ] || { echo "$ranks ranks: $output, one rank: $one"; return 1; }
    done
}

@test "iterations and residual bits are the same for every shape of the rank grid" {
    local one grid
    one=$(check 1 --cells 12)
    for grid in 4x1x1 1x4x1 1x1x4 2x2x1 2x1x2; do
        run check 4 --cells 12 --grid "$grid"
        [ "$output" = "$one" ] || { echo "$grid: $output, one rank: $one"; return 1; }
    done
}

@test "another box gives other bits, so equality means something" {
    local one other
    one=$(check 1 --cells 12)
    other=$(check 1 --cells 12x12x13)
    [ "$one" != "$other" ]
}

# bats test_tags=mpich
@test "the record holds parameters, shares, balance and memory traffic" {
    halo 2 --cells 24x20x16 -o records.jsonl --quiet
    run jq -e '.kernel == "halo" and .metric == "time_per_iteration" and .ranks == 2
        and .verify == "passed" and .timing == "max_over_ranks"
        and .params == {scaling: "strong", cells: 7680, cells_x: 24, cells_y: 20, cells_z: 16,
                        grid: "2x1x1"}
        and .derived.cells == 7680 and .derived.cells_per_rank == 3840
        and .derived.halo_bytes == 2 * 20 * 16 * 8
        and .derived.modelled_traffic_bytes == 7680 * 80
        and .derived.copy_bandwidth_bytes_per_s > 1e8 and .derived.fraction_of_copy_bound > 0
        and .derived.load_balance > 0 and .derived.load_balance <= 1
        and .derived.max_error < 1e-8 and .derived.iterations > 10
        and (.derived.cells_per_s * .stats.median / 7680e9 - 1 | fabs) < 1e-6
        and (.derived | .compute_share + .halo_share + .allreduce_share - 1 | fabs) < 1e-9
        and [.detail.ranks[].rank] == [0, 1]
        and all(.detail.ranks[]; .compute_s > 0 and .halo_s > 0 and .allreduce_s > 0)' records.jsonl
    [ "$status" -eq 0 ] || { cat records.jsonl; return 1; }
}

@test "weak scaling keeps the cells of a rank" {
    halo 4 --cells-per-rank 10x12x14 -o records.jsonl --quiet
    jq -e '.params.scaling == "weak" and .params.cells == 4 * 10 * 12 * 14
        and .derived.cells_per_rank == 10 * 12 * 14' records.jsonl
}

@test "lines for people follow the table" {
    run halo 2 --cells 16
    [ "$status" -eq 0 ]
    local word
    for word in grid speed compute halo all-reduce balance memory check; do
        [[ $output == *"# $word"* || $output == *"#   $word"* ]] || { echo "$output"; return 1; }
    done
}

@test "--no-verify leaves the check out and says so" {
    halo 1 --cells 16 --no-verify -o records.jsonl --quiet
    jq -e '.verify == "off" and .detail.check == null and .derived.iterations == null' records.jsonl
}

@test "rank counts that do not fit are refused" {
    refused "rank count does not fit the grid" 3 --cells 2
    refused "--grid 2x2x2 does not fit 3 ranks" 3 --cells 16 --grid 2x2x2
    refused "rank count does not fit the grid" 3 --cells 2 --grid 3x1x1
}

@test "impossible sizes are refused" {
    refused "--cells" 1 --cells 0
    refused "--cells" 1 --cells 64x
    refused "--cells" 1 --cells 1e3
    refused "--grid" 1 --cells 8 --grid 1x1
    refused "of memory" 1 --cells 65536
    refused "exclude each other" 1 --cells 8 --cells-per-rank 8
    refused "is not expected" 1 --cells 8 extra
}
