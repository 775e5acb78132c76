#!/usr/bin/env bats
# SPDX-License-Identifier: BSD-3-Clause
#
# The collective operations of nodehour-mpi, under mpirun.

load under_mpirun

# shellcheck disable=SC2153
setup() {
    under_mpirun
    program=$NH_BIN/nodehour-mpi
    quick=(--max-time 0.02 --max-samples 9 --json)
    moves=(bcast allgather alltoall gather scatter)
    sums=(allreduce reduce reducescatter)
    rooted=(reduce bcast gather scatter)
}

# bats test_tags=mpich
@test "every operation is right on 1 and 3 ranks, also at odd sizes" {
    local verb ranks
    for ranks in 1 3; do
        for verb in "${moves[@]}"; do
            on $ranks "$verb" --sizes 1,7,1000,40001 "${quick[@]}" >out
            [ "$(jq -r '.params.size_bytes' out | xargs)" = '1 7 1000 40001' ]
            holds ".kernel == \"$verb\" and .verify == \"passed\" and .ranks == $ranks"
        done
        for verb in "${sums[@]}"; do
            on $ranks "$verb" --sizes 4,1000,40004 "${quick[@]}" >out
            holds ".kernel == \"$verb\" and .verify == \"passed\" and .ranks == $ranks"
            holds '.timing == "max_over_ranks" and .sync == "barrier" and .params.type == "float"'
        done
        on $ranks barrier "${quick[@]}" >out
        holds '.kernel == "barrier" and .verify == "off" and .stats.median > 0'
    done
}

# bats test_tags=mpich
@test "in place, non-blocking and at a fixed root the data are right too" {
    local verb
    for verb in "${moves[@]}" "${sums[@]}"; do
        on 3 "$verb" --nonblocking --sizes 8,10000 "${quick[@]}" >out
        holds '.verify == "passed" and .params.nonblocking and .params.in_place != true'
        [ "$verb" != bcast ] || continue
        on 3 "$verb" --in-place --sizes 8,10000 "${quick[@]}" >out
        holds '.verify == "passed" and .params.in_place and (.params.nonblocking | not)'
    done
    for verb in "${rooted[@]}"; do
        on 3 "$verb" --root fixed:2 --sizes 8,1000 "${quick[@]}" >out
        holds '.verify == "passed" and .params.root == "root 2"'
        on 3 "$verb" --root rotate --sizes 8 "${quick[@]}" >out
        holds '.params.root == "rotating root"'
    done
}

# bats test_tags=mpich
@test "a vector that ranks share unevenly is right in every type" {
    local type op
    while read -r type op; do
        on 3 reducescatter --type "$type" --op "$op" --sizes 8,1000 "${quick[@]}" >out </dev/null
        holds ".verify == \"passed\" and .params.type == \"$type\" and .params.op == \"$op\""
    done <<'END'
float sum
double min
int32 max
int64 sum
END
}

# bats test_tags=mpich
@test "reduce-scatter of equal blocks is right, and wants sizes that can be shared" {
    local way
    for way in '' --in-place --nonblocking '--in-place --nonblocking'; do
        # shellcheck disable=SC2086
        on 3 reducescatterblock $way --type int64 --sizes 24,2400,120K "${quick[@]}" >out
        holds '.kernel == "reducescatterblock" and .verify == "passed"'
        [ "$(jq .params.size_bytes out | xargs)" = '24 2400 122880' ]
    done
    holds '(.derived.bus_bytes_per_s / .derived.algorithm_bytes_per_s - 2 / 3 | fabs) < 1e-6'
    on 3 reducescatterblock --max-time 0.01 --max-samples 3 --json >out
    holds '.params.size_bytes % 12 == 0 and .verify == "passed"'
    refused '--sizes: 3 ranks cannot have equal shares of 8 bytes; give multiples of 12' \
        3 reducescatterblock --sizes 8
}

@test "rates follow from sizes and the median time" {
    on 3 alltoall --sizes 1000 "${quick[@]}" >out
    holds '.params.total_bytes == 3000 and (.derived.algorithm_bytes_per_s * .stats.median / 3e12 - 1 | fabs) < 1e-6'
    holds '(.derived.bus_bytes_per_s / .derived.algorithm_bytes_per_s - 2 / 3 | fabs) < 1e-6'
    on 3 allreduce --sizes 1000 "${quick[@]}" >out
    holds '.params.total_bytes == 1000'
    holds '(.derived.bus_bytes_per_s / .derived.algorithm_bytes_per_s - 4 / 3 | fabs) < 1e-6'
}

# bats test_tags=mpich
@test "overlap is what its definition says of the rounds in the record" {
    local verb
    for verb in allreduce gather barrier; do
        sizes=(--sizes '8,64K')
        [ $verb != barrier ] || sizes=()
        on 2 $verb --overlap --max-time 2 --max-samples 45 "${sizes[@]}" --json >out
        holds '.params.overlap and .params.nonblocking and (.detail.overlap.pure_ns | length) == 9'
        holds '.detail.overlap.low_percent <= .derived.overlap_percent'
        holds '.detail.overlap.high_percent >= .derived.overlap_percent'
        # shellcheck disable=SC2016
        holds '[.detail.overlap | range(9) as $i | 100 * (1 - (.total_ns[$i] - .compute_ns[$i]) / .pure_ns[$i])] as $p
            | ($p | sort | .[4]) as $median | (.derived.overlap_percent - $median | fabs) < 1e-6'
        holds '.derived.overlap_percent < 120 and .derived.compute_ns > 0'
    done
}

# shimmed_overlap WORKS CONDITION: on a machine that others use too, one of a few tries is
# undisturbed; by the least times of the rounds.
shimmed_overlap() {
    local least='[.pure_ns, .compute_ns, .total_ns | min] | 100 * (1 - (.[2] - .[1]) / .[0])'
    for _ in 1 2 3 4 5 6 7 8; do
        mpirun -n 2 -x WORKS="$1" -x LD_PRELOAD="$PWD/shim.so" "$program" allgather --sizes 8 --overlap \
            --max-time 0.3 --json >out
        holds '.derived.pure_ns > 1.9e6'
        ! holds "(.detail.overlap | $least) $2" >why || return 0
    done
    cat why
    return 1
}

# An operation that is done at the start overlaps with nothing that follows: the wait is
# free, but the computation comes on top. One that is done elsewhere overlaps fully.
@test "overlap is near 0 % for a library that works at the start, near 100 % beside a sleeper" {
    [ -z "${NH_SANITIZED:-}" ] || skip 'a preloaded library cannot come before the sanitizer'
    command -v mpicc >/dev/null || skip 'no mpicc'
    cat >shim.c <<'END'
#define _GNU_SOURCE
#include <mpi.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
static double end;
static double now(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return t.tv_sec * 1e3 + t.tv_nsec * 1e-6;
}
static void until(double ms)
{
    while (now() < ms)
        ;
}
int MPI_Iallgather(const void *s, int n, MPI_Datatype t, void *r, int m, MPI_Datatype u, MPI_Comm c,
                   MPI_Request *q)
{
    end = now() + 2;
    if (strcmp(getenv("WORKS"), "start") == 0)
        until(end);
    return PMPI_Iallgather(s, n, t, r, m, u, c, q);
}
int MPI_Wait(MPI_Request *q, MPI_Status *s)
{
    until(end);
    return PMPI_Wait(q, s);
}
END
    mpicc -shared -fPIC -o shim.so shim.c
    shimmed_overlap start '< 30'
    shimmed_overlap elsewhere '> 70'
}

# A library whose every operation damages the result of rank 1 at 1000 bytes.
@test "damaged data are caught in every operation: rank, size, offset" {
    local verb status
    [ -z "${NH_SANITIZED:-}" ] || skip 'a preloaded library cannot come before the sanitizer'
    command -v mpicc >/dev/null || skip 'no mpicc'
    cat >shim.c <<'END'
#include <mpi.h>
static int spoil(void *buf, int n, MPI_Comm c, int code)
{
    int rank;
    MPI_Comm_rank(c, &rank);
    if (rank == 1 && (n == 1000 || n == 250))
        ((char *)buf)[400] ^= 1;
    return code;
}
#define T MPI_Datatype
int MPI_Allreduce(const void *s, void *r, int n, T t, MPI_Op o, MPI_Comm c)
{ return spoil(r, n, c, PMPI_Allreduce(s, r, n, t, o, c)); }
int MPI_Reduce(const void *s, void *r, int n, T t, MPI_Op o, int root, MPI_Comm c)
{ return spoil(r, n, c, PMPI_Reduce(s, r, n, t, o, root, c)); }
int MPI_Reduce_scatter(const void *s, void *r, const int n[], T t, MPI_Op o, MPI_Comm c)
{ return spoil(r, n[0] + n[1], c, PMPI_Reduce_scatter(s, r, n, t, o, c)); }
int MPI_Bcast(void *r, int n, T t, int root, MPI_Comm c)
{ return spoil(r, n, c, PMPI_Bcast(r, n, t, root, c)); }
int MPI_Allgather(const void *s, int n, T t, void *r, int m, T u, MPI_Comm c)
{ return spoil(r, n, c, PMPI_Allgather(s, n, t, r, m, u, c)); }
int MPI_Alltoall(const void *s, int n, T t, void *r, int m, T u, MPI_Comm c)
{ return spoil(r, n, c, PMPI_Alltoall(s, n, t, r, m, u, c)); }
int MPI_Gather(const void *s, int n, T t, void *r, int m, T u, int root, MPI_Comm c)
{ return spoil(r, n, c, PMPI_Gather(s, n, t, r, m, u, root, c)); }
int MPI_Scatter(const void *s, int n, T t, void *r, int m, T u, int root, MPI_Comm c)
{ return spoil(r, n, c, PMPI_Scatter(s, n, t, r, m, u, root, c)); }
END
    mpicc -shared -fPIC -o shim.so shim.c
    for verb in "${moves[@]}" "${sums[@]}"; do
        status=0
        mpirun -n 2 -x LD_PRELOAD="$PWD/shim.so" "$program" "$verb" --sizes 8,1000 "${quick[@]}" \
            >out 2>err || status=$?
        [ "$status" -eq 1 ] || { echo "$verb: exit $status"; cat err; return 1; }
        grep -Eq "^nodehour-mpi $verb: size_B 1000: rank 1.*verification failed: (byte|element) [0-9]+ of" err ||
            { cat err; return 1; }
        grep -Eq '(offset 400|byte 400)' err || { cat err; return 1; }
        [ "$(jq .params.size_bytes out)" = 8 ]
    done
}

# bats test_tags=mpich
@test "help of each verb shows its own options only" {
    local verb
    for verb in "${moves[@]}" "${sums[@]}" barrier; do
        "$program" "$verb" --help >out
        grep -q -- --overlap out
    done
    "$program" bcast --help >out
    grep -q -- --root out
    [ "$(grep -cE -- '--(in-place|type|op)[ =,]' out)" -eq 0 ]
    [ "$("$program" barrier --help | grep -c -- --sizes)" -eq 0 ]
    [ "$("$program" allreduce --help | grep -c -- --root)" -eq 0 ]
    "$program" allreduce --help >out
    [ "$(grep -cE -- '--(in-place|type|op)[ =,]' out)" -ge 3 ]
}

@test "wrong values are refused: exit 2" {
    refused "--root: there is no rank 2; give one from 0 to 1" 2 bcast --root fixed:2
    refused "--root: 'first' is neither rotate nor fixed:R" 2 gather --root first
    refused '--root' 2 gather --root fixed:x
    refused '--sizes: 10 is not a multiple of 4 bytes' 2 reducescatter --sizes 10
    refused '--sizes: 0 is too small' 2 alltoall --sizes 0
    refused '--type' 2 reduce --type byte
}

@test "blocks of all ranks beyond memory are refused" {
    [ "$(awk '/MemAvailable/ { print int($2 / 1048576) }' /proc/meminfo)" -lt 250 ] || skip 'too much memory'
    refused 'of memory on a host that has' 8 alltoall --sizes 2047M
}

@test "more than an int can count is refused where the library has MPI 3" {
    on 1 barrier "${quick[@]}" >out
    [ "$(jq -r .system.mpi_standard out | cut -d. -f1)" -lt 4 ] || skip 'this library has MPI 4'
    refused 'more than MPI 3 can count' 2 bcast --sizes 3G
}

# bats test_tags=mpich
@test "blocks beyond 2 GiB arrive whole where the library has MPI 4" {
    [ -n "${NH_BIG:-}" ] || skip 'takes 5 GiB of memory; set NH_BIG=1'
    [ "$(awk '/MemAvailable/ { print int($2 / 1048576) }' /proc/meminfo)" -ge 7 ] || skip 'memory is short'
    on 1 barrier "${quick[@]}" >out
    [ "$(jq -r .system.mpi_standard out | cut -d. -f1)" -ge 4 ] || skip 'this library has MPI 3'
    on 2 bcast --sizes 2200000000 --root fixed:0 --max-samples 1 --json >out
    holds '.params.size_bytes == 2200000000 and .verify == "passed"'
}
