#!/usr/bin/env bats
# SPDX-License-Identifier: BSD-3-Clause
#
# nodehour-mpi algorithms: every algorithm against the library, records, Open MPI's rules file.

setup() {
    cd "$BATS_TEST_TMPDIR" || return
    set -o pipefail
    export OMPI_MCA_rmaps_base_oversubscribe=1
    export PRTE_MCA_rmaps_default_mapping_policy=:oversubscribe
    program=$NH_BIN/nodehour-mpi
    quick=(--max-time 0.02 --max-samples 3)
    rules=(--mca coll_tuned_use_dynamic_rules 1)
}

# on RANKS ARGUMENT...
on() {
    local ranks=$1
    shift
    "${NH_MPIRUN:-mpirun}" -n "$ranks" "$program" algorithms "$@"
}

# algorithms FILE: names in the order of the records of the first size.
algorithms() {
    jq -r .params.algorithm "$1" | awk '!seen[$0]++' | xargs
}

# same_bits RANKS: each record is there only because the result was MPI_Allreduce's, bit for bit.
same_bits() {
    on "$1" --sizes 0,4,2044,100004 --type int32 --max-samples 1 -o out."$1" >/dev/null
    [ "$(jq -s 'all(.[]; .verify == "passed")' out."$1")" = true ]
    [ "$(algorithms out."$1")" = 'library reduce+bcast recursive-doubling ring rabenseifner shm' ]
    [ "$(wc -l <out."$1")" -eq 24 ]
}

# by_levels RANKS: shared memory inside pretended nodes of 2, leaders between.
by_levels() {
    on "$1" --node-ranks 2 --sizes 4,60004 --max-samples 1 -o out."$1" >/dev/null
    [ "$(algorithms out."$1")" = \
        'library reduce+bcast recursive-doubling ring rabenseifner levels-doubling levels-rabenseifner' ]
    [ "$(jq -s 'all(.[]; .verify == "passed" and .params.node_ranks == 2)' out."$1")" = true ]
}

# bats test_tags=mpich
@test "every algorithm gives the library's bits: odd sizes, nothing at all, in place" {
    same_bits 1
    same_bits 2
    same_bits 3
    on 2 --sizes 8,80008 --type double --op max --in-place "${quick[@]}" --json >out
    [ "$(jq -s 'length == 12 and all(.[]; .params.in_place and .verify == "passed")' out)" = true ]
}

# bats test_tags=mpich
@test "hierarchical: shared memory inside nodes, leaders between them" {
    by_levels 3
}

# Not with MPICH, whose ranks do not give their core away while they wait.
@test "the same on more ranks than cores" {
    same_bits 5
    same_bits 8
    by_levels 7
}

# bats test_tags=mpich
@test "rounds are shared: equal counts of samples, and the speedup follows from them" {
    on 2 --sizes 8 -a library,shm --max-time 4 --max-samples 40 --precision 0.001 --json >out
    [ "$(jq -s '.[0].samples_ns | length == 40' out)" = true ]
    [ "$(jq -s '.[0] as $l | .[1] |
        ([range(40) as $i | ($l.samples_ns[$i] / $l.ops_per_sample) / (.samples_ns[$i] / .ops_per_sample)]
         | sort | (.[19] + .[20]) / 2) as $median |
        ($median / .derived.speedup_over_library - 1 | fabs) < 1e-6 and
        .derived.speedup_ci_low <= $median and .derived.speedup_ci_high >= $median' out)" = true ]
}

@test "the table names the best algorithm of each size" {
    on 2 --sizes 8,1K -a library,shm,ring --max-time 0.1 >out
    [ "$(grep -c '^# best at' out)" -eq 2 ]
    grep -qE '^# best at 8 B: [a-z-]+, [0-9.]+ times as fast as the library \([0-9.]+ to [0-9.]+\)' out
}

# --- Open MPI's rules file ---

# as_forced NUMBER FILE: a record file as a run with that algorithm forced would give.
as_forced() {
    "${NH_MPIRUN:-mpirun}" -n 4 "${rules[@]}" --mca coll_tuned_allreduce_algorithm "$1" "$program" \
        algorithms -a library --sizes 4K,64K "${quick[@]}" --max-samples 8 -o "$2" >/dev/null
}

# times FILE MEDIAN_4K MEDIAN_64K: sets them.
times() {
    jq -c "(if .params.size_bytes == 4096 then $2 else $3 end) as \$t |
        .stats.median = \$t | .stats.min = \$t | .stats.max = \$t |
        .stats.ci_low = \$t - 1 | .stats.ci_high = \$t + 1" "$1"
}

# A float sum depends on the order of additions, so its bits tell the algorithms apart.
sums_program() {
    cat >sums.c <<'END'
#include <mpi.h>
#include <stdio.h>
#include <string.h>
static float in[16384], out[16384];
static void sum(int n)
{
    unsigned h = 0, bits;
    MPI_Allreduce(in, out, n, MPI_FLOAT, MPI_SUM, MPI_COMM_WORLD);
    for (int i = 0; i < n; i++) {
        memcpy(&bits, &out[i], sizeof bits);
        h = h * 31 + bits;
    }
    int rank;
    MPI_Comm_rank(MPI_COMM_WORLD, &rank);
    if (rank == 0)
        printf("%08x ", h);
}
int main(void)
{
    int rank;
    MPI_Init(0, 0);
    MPI_Comm_rank(MPI_COMM_WORLD, &rank);
    for (int i = 0; i < 16384; i++)
        in[i] = 1.0f / (float)(1 + (i * 7 + rank * 131) % 1000);
    sum(1024);
    sum(16384);
    MPI_Finalize();
    return 0;
}
END
    mpicc -o sums sums.c
}

sums() {
    mpirun -n 4 "$@" ./sums
}

@test "Open MPI follows the rules file that is made of records" {
    [[ $(on 1 --sizes 4 "${quick[@]}") == *'Open MPI v4.1'* ]] || skip 'no Open MPI 4.1'
    on 4 -a library --sizes 4K,64K "${quick[@]}" --max-samples 8 -o own >/dev/null
    as_forced 3 doubling
    as_forced 4 ring
    [ "$(jq -r .params.library_algorithm ring | xargs)" = '4 4' ]
    [ "$(jq -r .params.library_algorithm own | xargs)" = 'null null' ]
    # With these times: recursive doubling below 64 KiB, the ring from there on.
    times own 9000 90000 >a; times doubling 5000 70000 >b; times ring 8000 60000 >c
    "$program" algorithms --rules rules.conf a b c
    [ "$(grep -v '^#' rules.conf | sed 's/ *#.*//' | paste -sd';')" = '1;2;1;4;2;0 3 0 0;65536 4 0 0' ]
    sums_program
    local doubling ring mixed
    doubling=$(sums "${rules[@]}" --mca coll_tuned_allreduce_algorithm 3)
    ring=$(sums "${rules[@]}" --mca coll_tuned_allreduce_algorithm 4)
    mixed=$(sums "${rules[@]}" --mca coll_tuned_dynamic_rules_filename "$PWD/rules.conf")
    echo "doubling $doubling, ring $ring, rules $mixed"
    [ "${doubling%% *}" != "${ring%% *}" ]
    [ "$(cut -d' ' -f2 <<<"$doubling")" != "$(cut -d' ' -f2 <<<"$ring")" ]
    [ "$mixed" = "${doubling%% *} $(cut -d' ' -f2 <<<"$ring") " ]
}

@test "a forced algorithm that is not clearly better leaves Open MPI its own decision" {
    [[ $(on 1 --sizes 4 "${quick[@]}") == *'Open MPI v4.1'* ]] || skip 'no Open MPI 4.1'
    on 4 -a library --sizes 4K,64K "${quick[@]}" --max-samples 8 -o own >/dev/null
    as_forced 4 ring
    times own 9000 90000 >a; times ring 8999 80000 >b
    "$program" algorithms --rules rules.conf a b
    grep -q '^0 0 0 0' rules.conf
    grep -q '^65536 4 0 0' rules.conf
}

# refused TEXT ARGUMENT...: exit 2 and one line with the text and a remedy.
refused() {
    local text=$1 status=0
    shift
    "$program" algorithms "$@" 2>err || status=$?
    [ "$status" -eq 2 ] || { cat err; return 1; }
    grep '^nodehour-mpi.*;' err | grep -qF -- "$text" || { cat err; return 1; }
}

# bats test_tags=mpich
@test "wrong input is refused" {
    refused "'tree' is unknown" -a tree
    refused 'got none' --rules rules.conf
    refused '--node-ranks' --node-ranks 0
    on 2 --sizes 8 -a library "${quick[@]}" -o own >/dev/null
    refused '' --rules rules.conf own
    [ ! -e rules.conf ]
    sed 's/Open MPI v4.1[^"]*/Foreign 1.0/; s/MPICH Version[^"]*/Foreign 1.0/' own >foreign
    refused 'Foreign 1.0' --rules rules.conf foreign
    refused 'shm needs all ranks in one node' -a levels-doubling --sizes 8
}
