#!/usr/bin/env bats
# SPDX-License-Identifier: BSD-3-Clause
#
# How ranks start together (--sync), and the same samples by other definitions of time.
# On a busy machine a rank may be late for every start: then window and round_time give
# way to a barrier, and the record must say so.

bats_require_minimum_version 1.5.0

setup() {
    cd "$BATS_TEST_TMPDIR" || return
    set -o pipefail
    export OMPI_MCA_rmaps_base_oversubscribe=1
    export PRTE_MCA_rmaps_default_mapping_policy=:oversubscribe
    program=$NH_BIN/nodehour-mpi
    quick=(--sizes 8 --max-time 0.1 --max-samples 60)
    fell_back='(.times.flags | index("fell_back_to_barrier"))'
}

# on RANKS ARGUMENT...
on() {
    local ranks=$1
    shift
    timeout 60 "${NH_MPIRUN:-mpirun}" -n "$ranks" "$program" "$@"
}

# holds FILTER: every record in out makes the filter true, and there are some.
holds() {
    [ "$(jq -s "length > 0 and all(.[]; $1)" out)" = true ] ||
        { echo "not so: $1"; jq -c '{sync, stats, times}' out; return 1; }
}

# method NAME RANKS ARGUMENT...: measures, and checks what holds for every method.
method() {
    local name=$1
    shift
    on "$@" --sync "$name" "${quick[@]}" --json >out
    holds "(.sync == \"$name\" and ($fell_back | not)) or (.sync == \"barrier\" and $fell_back)"
    holds '.verify == "passed" and .timing == "max_over_ranks"'
    # min over ranks <= mean <= max, which is the result itself
    holds '.times.bracket_low.median <= .times.osu_avg.median'
    holds '.times.osu_avg.median <= .times.local_max.median'
    holds '.times.local_max.median == .stats.median'
    holds '.times.local_max.ci_low == .stats.ci_low'
    holds '.times.valid == (.samples_ns | length) and .times.invalid >= 0'
    holds '.times.straggler.rank < .ranks and .times.straggler.share > 0 and .times.straggler.share <= 1'
    holds ".times.straggler.host == \"$(hostname)\""
}

# bats test_tags=mpich
@test "barriers of three kinds, and none, start two ranks" {
    local name
    for name in none barrier double_barrier dissemination; do
        method $name 2 allreduce
        holds '.times.global == null and .times.skew == null and .times.clock == null'
        holds '.times.invalid == 0 and .times.flags == []'
    done
}

# bats test_tags=mpich
@test "window and round_time start at an instant of the clock that a host shares" {
    local name
    for name in window round_time; do
        method $name 2 allreduce
        holds '.times.clock.method == "shared" and .times.clock.clocks == 1'
        holds '.times.clock.consistent and .times.clock.spread_ns == 0'
        # first entry to last exit is no shorter than the slowest rank's part of it
        holds '.times.global.median >= .times.local_max.median * 0.99'
        holds "$fell_back or .times.from_start.median >= .times.global.median * 0.99"
    done
}

# bats test_tags=mpich
@test "clocks are compared across ranks as they would be across hosts" {
    method round_time 2 allreduce --own-clocks
    holds '.times.clock.method == "jk" and .times.clock.clocks == 2 and .times.clock.consistent'
    holds '.times.clock.bound_ns > 10 and .times.clock.disagreement_ns <= .times.clock.bound_ns'
    # the truth is known here: both ranks read one clock, so that no start can be early
    holds "$fell_back or .times.from_start.median * .ops_per_sample >=
           .times.global.median * .ops_per_sample - 2 * .times.clock.bound_ns"
}

# bats test_tags=mpich
@test "a common clock measures the skew of the library's barrier" {
    method barrier 2 allreduce --common-clock
    holds '.times.skew.median >= 0 and .times.global.median > 0 and .times.from_start == null'
    on 2 halo --cells 16 --sync none --common-clock --max-time 0.1 --json >out
    holds '.sync == "none" and .times.skew.median >= 0'
}

# bats test_tags=mpich
@test "three and four ranks, more than cores or not, finish by every method" {
    local name
    for name in none barrier double_barrier dissemination window round_time; do
        method $name 3 allreduce
        method $name 4 allreduce
    done
}

@test "one rank alone needs nobody" {
    local name
    for name in dissemination window round_time; do
        method $name 1 allreduce
        holds '.times.straggler == {rank: 0, host: .placement[0].host, share: 1}'
    done
}

@test "kernels that rank 0 times can start by a barrier too, and have no other times" {
    on 2 pingpong --sync barrier "${quick[@]}" --json >out
    holds '.sync == "barrier" and .timing == "root" and .times == null'
    on 2 pingpong "${quick[@]}" --json >out
    holds '.sync == "none" and .times == null'
}

@test "--times prints a second block, and the table stays as it is" {
    on 2 allreduce --sizes 8,64 --max-time 0.1 >plain
    on 2 allreduce --sizes 8,64 --max-time 0.1 --times >out
    [ "$(grep -cv '^#' plain)" -eq 2 ]
    run ! grep -q local_max plain
    [ "$(grep -cv '^#' out)" -eq 4 ]
    grep -qE '^# +size_B +local_max +osu_avg +bracket_low +global +from_start +skew +late' out
    grep -v '^#' out | sed -n '3,4p' | grep -cE '^ +(8|64) .* 0/[0-9]+ +rank [01] on .*%\)$' | grep -qx 2
    # the first column of both blocks is the same median
    paste <(grep -v '^#' out | sed -n 1,2p | awk '{print $2}') \
        <(grep -v '^#' out | sed -n 3,4p | awk '{print $2}') | awk '$1 != $2 { exit 1 }'
}

@test "an unknown method is wrong input and names those that there are" {
    local status=0
    on 2 allreduce --sync telepathy -o records.jsonl >out 2>err || status=$?
    [ "$status" -eq 2 ]
    [ ! -s out ] && [ ! -e records.jsonl ]
    grep -q '^nodehour-mpi.*--sync.*telepathy.*dissemination.*round_time' err
}
