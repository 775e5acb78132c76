#!/usr/bin/env bats
# SPDX-License-Identifier: BSD-3-Clause
#
# Point to point beyond the plain ping-pong: several pairs, persistent requests, message
# rate, one-sided operations, the matrix of all pairs, buffer modes, refinement, order.

load under_mpirun

setup() {
    under_mpirun
    program=$NH_BIN/nodehour-mpi
    quick=(--max-time 0.05 --max-samples 30)
}

# bats test_tags=mpich
@test "pairs: the slowest counts, and the record shows every pair" {
    on 4 pingpong --pairs 2 --sizes 8,1000 "${quick[@]}" --json >out
    holds '.params.pairs == 2 and .ranks == 4 and .timing == "max_over_ranks" and .sync == "barrier"'
    holds '.detail.pairs | (.median_ns | length) == 2 and .slowest.median_ns >= .fastest.median_ns'
    holds '.detail.pairs | .slowest.median_ns == (.median_ns | max) and (.slowest.ranks[1] - .slowest.ranks[0]) == 2'
    on 3 pingpong --pairs 1 --sizes 8 "${quick[@]}" --json >out # one rank has no partner
    holds '.params.pairs == 1 and .detail.pairs.slowest.ranks == [0, 1]'
}

# bats test_tags=mpich
@test "more pairs than ranks are refused" {
    refused '3 pairs need 6 ranks and there are 4; give at most 2 pairs' 4 pingpong --pairs 3
    refused 'needs 2 ranks and has 1' 1 rate
    refused 'needs 2 ranks and has 3' 3 rma
}

# bats test_tags=mpich
@test "persistent requests carry the data, in ping-pong and in windows" {
    on 2 pingpong --persistent --sizes 0,8,100K "${quick[@]}" --json >out
    holds '.params.persistent and .verify == "passed"'
    on 2 bandwidth --persistent --direction two --sizes 8,100K --window 8 "${quick[@]}" --json >out
    holds '.params.persistent and .verify == "passed" and .ops_per_sample % 16 == 0'
    on 4 rate --persistent --sizes 8 --window 8 "${quick[@]}" --json >out
    holds '.params.persistent and .params.pairs == 2'
    refused 'a persistent request keeps to one place' 2 pingpong --persistent --buffers rotating
}

# bats test_tags=mpich
@test "the rate counts the messages of all pairs" {
    on 4 rate --sizes 1,4097 --window 16 "${quick[@]}" --json >out
    holds '.kernel == "rate" and .params.pairs == 2 and .ops_per_sample % 32 == 0'
    holds '(.derived.messages_per_s * .stats.median / 1e9 - 1 | fabs) < 1e-6'
    holds '(.derived.bandwidth_bytes_per_s / .derived.messages_per_s / .params.size_bytes - 1 | fabs) < 1e-6'
    on 4 rate --direction two --sizes 8 --window 16 "${quick[@]}" --json >out
    holds '.ops_per_sample % 64 == 0'
}

# bats test_tags=mpich
@test "put, get and accumulate arrive, by flush and by fence, one and many at a time" {
    local op epoch
    for op in put get accumulate; do
        for epoch in flush fence; do
            on 2 rma --op $op --epoch $epoch --window 8 --sizes 8,40000 --max-samples 5 --json >out
            holds ".params.op == \"$op\" and .params.epoch == \"$epoch\" and .params.window == 8"
            holds '.verify == "passed" and .kernel == "rma"'
            [ "$(wc -l <out)" -eq 2 ]
        done
    done
    on 2 rma --sizes 8 "${quick[@]}" --json >out
    holds '.params.op == "put" and .params.window == 1'
    on 2 rma --op put --sizes 1,7,1001 --unaligned 3 "${quick[@]}" --json >out
    holds '.params.unaligned_bytes == 3'
    refused '--sizes: 12 is not a multiple of 8 bytes' 2 rma --op accumulate --sizes 12
    refused '--epoch' 2 rma --epoch pscw
}

# bats test_tags=mpich
@test "buffer modes and offsets are verified and recorded; the plain ones add nothing" {
    local kernel mode
    for kernel in pingpong bandwidth; do
        for mode in rotating flushed; do
            on 2 $kernel --buffers $mode --unaligned 5 --sizes 1,70001 --max-samples 3 \
                --max-time 0.05 --json >out
            holds ".params.buffers == \"$mode\" and .params.unaligned_bytes == 5 and .verify == \"passed\""
        done
        holds '.sync == "barrier"' # flushed: nobody begins while another one still evicts
        on 2 $kernel --sizes 8 "${quick[@]}" --json >out
        holds '.params | has("buffers") or has("unaligned_bytes") or has("pairs") | not'
    done
    refused '--buffers' 2 pingpong --buffers cold
    refused '--unaligned' 2 pingpong --unaligned -1
}

# bats test_tags=mpich
@test "the order is that of the seed, and the record tells position and seed" {
    on 2 pingpong --sizes 1-512 --order random --seed 7 "${quick[@]}" --json >first
    on 2 pingpong --sizes 1-512 --order random --seed 7 "${quick[@]}" --json >second
    on 2 pingpong --sizes 1-512 --order random --seed 8 "${quick[@]}" --json >third
    holds '.detail.sweep | .order == "random" and .seed == 7 and .added == false' first
    [ "$(jq -c .detail.sweep.position first | xargs)" = '0 1 2 3 4 5 6 7 8 9' ]
    [ "$(jq .params.size_bytes first | sort -n | xargs)" = '1 2 4 8 16 32 64 128 256 512' ]
    [ "$(jq .params.size_bytes first | xargs)" != '1 2 4 8 16 32 64 128 256 512' ]
    [ "$(jq .params.size_bytes first | xargs)" = "$(jq .params.size_bytes second | xargs)" ]
    [ "$(jq .params.size_bytes first | xargs)" != "$(jq .params.size_bytes third | xargs)" ]
    refused '--order' 2 pingpong --order descending
}

# shim.so: from 5000 bytes on MPI_Send takes 20 ms more; on rank 2 always.
slow_library() {
    cat >shim.c <<'END'
#include <mpi.h>
#include <unistd.h>
int MPI_Send(const void *buf, int n, MPI_Datatype t, int to, int tag, MPI_Comm c)
{
    int rank;
    MPI_Comm_rank(c, &rank);
    if (n >= 5000 || rank == 2)
        usleep(20000);
    return PMPI_Send(buf, n, t, to, tag, c);
}
END
    mpicc -shared -fPIC -o shim.so shim.c
}

can_preload() {
    [ -z "${NH_SANITIZED:-}" ] || skip 'a preloaded library cannot come before the sanitizer'
    command -v mpicc >/dev/null || skip 'no mpicc'
    slow_library
}

@test "refinement closes in on a size at which the library changes its way" {
    can_preload
    mpirun -n 2 -x LD_PRELOAD="$PWD/shim.so" "$program" pingpong --sizes 1K-64K --refine 5 \
        --max-samples 3 --max-time 0.5 --json >out
    # 4096 and 8192 enclose it; five halvings leave a gap of at most an eighth.
    jq -s -e 'map(select(.params.size_bytes < 5000).params.size_bytes) | max > 4600' out
    jq -s -e 'map(select(.params.size_bytes >= 5000).params.size_bytes) | min < 5500' out
    jq -s -e 'map(select(.detail.sweep.added)) | length == 5' out
}

@test "the matrix names the slow rank" {
    can_preload
    mpirun -n 4 -x LD_PRELOAD="$PWD/shim.so" "$program" matrix --max-time 0.5 --max-samples 4 -o records.jsonl >out
    holds '.detail.worst_ranks[0].rank == 2 and .detail.worst_ranks[0].score > 3.5' records.jsonl
    holds '[.detail.worst_links[:6][] | .from == 2 or .to == 2] | all' records.jsonl
    grep -q '^# rank 2 on ' out
    [ "$(grep -c '^# *[0-9]*  [ .+xX#-]*$' out)" -eq 4 ] # the heat map
}

# bats test_tags=mpich
@test "the matrix has every pair both ways, of an even and an odd number of ranks" {
    local ranks
    for ranks in 2 5; do
        on $ranks matrix --max-time 0.2 --json >out
        holds ".detail.matrix | length == $ranks and all(length == $ranks)"
        holds '.detail.matrix | to_entries | all(.key as $i | .value | to_entries | all((.key == $i) == (.value == null)))'
        holds '.params.measure == "latency" and .params.schedule == "concurrent" and .detail.unit == "ns"'
        holds '([.detail.matrix[][] | numbers] | max) == .derived.link_worst_ns'
    done
    on 3 matrix --measure bandwidth --serial --size 100K --window 4 --max-time 0.2 --json >out
    holds '.params.schedule == "serial" and .params.window == 4 and .detail.unit == "bytes_per_s"'
    holds '([.detail.matrix[][] | numbers] | min) == .derived.link_worst_bytes_per_s'
    refused '--size: 0 bytes cannot be sent' 3 matrix --measure bandwidth --size 0
    refused '--window is for --measure bandwidth' 3 matrix --window 4
}
