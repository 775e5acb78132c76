#!/usr/bin/env bats
# SPDX-License-Identifier: BSD-3-Clause
#
# nodehour-mpi as a user starts it, by mpirun: tables, records, refusals.

load under_mpirun

setup() {
    under_mpirun
    program=$NH_BIN/nodehour-mpi
    quick=(--max-time 0.05 --max-samples 50)
}

# bats test_tags=mpich
@test "ping-pong prints a table with units and writes the same numbers as records" {
    on 2 pingpong --sizes 0,1,8,1000,65537 "${quick[@]}" -o records.jsonl >out
    grep -q '^# *size_B *median_us *ci_low_us *ci_high_us *p99_us *samples *ops/sample *stop *GB/s' out
    [ "$(grep -cv '^#' out)" -eq 5 ]
    [ "$(wc -l <records.jsonl)" -eq 5 ]
    [ "$(jq -r .params.size_bytes records.jsonl | xargs)" = '0 1 8 1000 65537' ]
    paste <(grep -v '^#' out | awk '{print $2}') <(jq '.stats.median / 1000' records.jsonl) |
        awk '{ d = $1 - $2; if (d > 0.0006 || d < -0.0006) { print; bad = 1 } } END { exit bad }'
}

# bats test_tags=mpich
@test "a record has every field, and its statistics follow from its samples" {
    on 2 pingpong --sizes 8 "${quick[@]}" --run R1 --job J1 --launch 4 --json >out
    holds '.format == "nodehour-record" and .version == 1 and .kernel == "pingpong"'
    holds '.run == "R1" and .job == "J1" and .launch == 4 and .ranks == 2 and .nodes == 1'
    holds '.metric == "one_way_latency" and .unit == "ns" and .timing == "root" and .sync == "none"'
    holds '(.time | test("^20[0-9-]+T[0-9:]+Z$")) and (.program | startswith("nodehour-mpi "))'
    holds '.verify == "passed" and .transport.verdict == "shm" and .clock.cost_ns > 0'
    holds '(.samples_ns | length) == .stats.samples + .stats.warmup_samples'
    holds '.stats.median >= .stats.min and .stats.median <= .stats.max and .first_op_ns > 0'
    holds '((.samples_ns[.stats.warmup_samples:] | min) / .ops_per_sample / .stats.min - 1 | fabs) < 1e-9'
    holds '(.derived.bandwidth_bytes_per_s * .stats.median / 8e9 - 1 | fabs) < 1e-6'
    holds '.system.mpi_thread_level == "single"'
    holds '(.system.mpi_library | length) > 3 and (.system.mpi_standard | test("^[0-9]+\\.[0-9]+$"))'
    holds '(.command | index("pingpong")) != null and (.command | last) == "--json"'
    # a batch is at least 20 clock readings and 10 us, by the median
    holds '(.samples_ns | sort | .[length / 2 | floor]) >= ([10000, 20 * .clock.cost_ns] | max) * 0.7'
}

# bats test_tags=mpich
@test "each rank has a row of placement with what the kernel allows it" {
    on 2 allreduce --sizes 8 "${quick[@]}" --json >out
    holds '(.placement | map(.rank)) == [0, 1]'
    holds ".placement | all(.host == \"$(hostname)\")"
    holds '.placement | all((.boot | length) > 0 and (.cpus | test("^[0-9,-]+$")) and .last_cpu >= 0)'
    holds '[.placement[].boot] | unique | length == 1'
    if [ "$(nproc)" -ge 2 ]; then
        holds '([.placement[].cpus] | unique | length) == 2 and (.placement | all(.oversubscribed | not))'
    fi
}

@test "the binding in force is recorded, whoever made it" {
    local last
    last=$(taskset -cp $$ | sed 's/.*[ ,-]//')
    taskset -c "$last" "$program" allreduce --sizes 8 "${quick[@]}" --json >out
    holds ".placement[0].cpus == \"$last\" and .placement[0].binding == \"inherited\""
    "$program" allreduce --sizes 8 "${quick[@]}" --json --bind none >out
    holds '.placement[0].binding == "none"'
    [ "$(nproc)" -lt 2 ] || holds '.placement[0].cpus | test("[,-]")'
    "$program" allreduce --sizes 8 "${quick[@]}" --json >out
    holds '.placement[0].cpus | test("[,]") | not'
}

# bats test_tags=mpich
@test "more ranks than cores are not bound, and table and record say so" {
    local ranks=$(($(nproc) + 1))
    on "$ranks" allreduce --sizes 8 "${quick[@]}" -o records.jsonl >out
    grep -q '^# OVERSUBSCRIBED' out
    holds '.placement | all(.oversubscribed and .binding != "core")' records.jsonl
}

# bats test_tags=mpich
@test "bandwidth comes from the median time, both directions summed" {
    local way
    for way in one two; do
        on 2 bandwidth --sizes 1,4097 --window 8 --direction $way "${quick[@]}" --json >out
        holds ".params.direction == \"$way\" and .params.window == 8"
        holds '(.derived.bandwidth_bytes_per_s * .stats.median / 1e9 / .params.size_bytes - 1 | fabs) < 1e-6'
        holds '(.derived.messages_per_s * .stats.median / 1e9 - 1 | fabs) < 1e-6'
    done
    holds '.ops_per_sample % 16 == 0'
}

# bats test_tags=mpich
@test "all-reduce is right for every type and operation, in place and not" {
    local type op place
    for type in float double int32 int64; do
        for op in sum min max; do
            for place in '' --in-place; do
                # The place and the operation do not know of each other: one of them is enough.
                [ -z "$place" ] || [ "$op" = max ] || continue
                on 3 allreduce --type $type --op $op $place --sizes 8,1000,40K --json \
                    --max-samples 2 --max-time 0.02 >out
                holds ".verify == \"passed\" and .params.type == \"$type\" and .params.op == \"$op\""
                [ "$(wc -l <out)" -eq 3 ]
            done
        done
    done
    holds '.params.in_place and .timing == "max_over_ranks" and .sync == "barrier"'
}

# bats test_tags=mpich
@test "all-reduce works on 1, 2 and 4 ranks" {
    local ranks
    for ranks in 1 2 4; do
        on $ranks allreduce --sizes 4,64K --max-samples 3 --max-time 0.05 --json >out
        holds ".ranks == $ranks and (.placement | length) == $ranks"
    done
}

# Peak resident memory of each rank, in KiB, the library's own included.
peak() {
    cat >peak.py <<'PY'
import resource, subprocess, sys
subprocess.run(sys.argv[1:], stdout=subprocess.DEVNULL, close_fds=False, check=True)
print(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss)
PY
    "${NH_MPIRUN:-mpirun}" -n 2 python3 peak.py "$program" "$@"
}

# bats test_tags=mpich
@test "a rank takes its buffers and at most 64 MiB, however long it measures" {
    peak pingpong --sizes 4M --max-samples 1000000 --precision 0.001 --max-time 2 >large
    peak pingpong --sizes 8 --max-samples 1000000 --precision 0.001 --max-time 4 --min-time 0 >long
    awk '$1 > 1024 * (64 + 8) { exit 1 }' large
    awk '$1 > 1024 * 64 { exit 1 }' long
    [ "$(cat large long | wc -l)" -eq 4 ]
}

# bats test_tags=mpich
@test "MPI is asked for the level of thread support that was named, and the record says so" {
    on 2 pingpong --sizes 8 "${quick[@]}" --thread-level multiple --json >out
    holds '.system.mpi_thread_level == "multiple"'
    run on 2 pingpong --sizes 8 --thread-level two
    [ "$status" -eq 2 ]
    [[ $output == *--thread-level* && $output == *serialized* ]]
}

# bats test_tags=mpich
@test "a table of one line takes its time, one of many shares it, and --min-time 0 does not wait" {
    on 2 pingpong --sizes 8 --max-time 0.4 --json >out
    holds '.stop.elapsed_s > 0.12 and ([.samples_ns[]] | add) > 0.1e9'
    on 2 pingpong --sizes 8 --max-time 0.4 --precision 50 --min-time 0 --json >out
    holds '.stop.elapsed_s < 0.12'
}

# bats test_tags=mpich
@test "stop rules are named: precision, count, time" {
    on 2 pingpong --sizes 8 --precision 50 --min-time 0 --json >out
    holds '.stop.rule == "precision" and .stop.precision_target == 0.5'
    on 2 pingpong --sizes 8 --precision 0.000001 --max-samples 40 --max-time 10 --json >out
    holds '.stop.rule == "count" and (.samples_ns | length) == 40'
    on 2 pingpong --sizes 8 --precision 0.000001 --max-time 0.2 --max-samples 10000000 --json >out
    holds '.stop.rule == "time" and .stop.elapsed_s >= 0.2 and .stop.elapsed_s < 10'
}

@test "few samples claim nothing: no interval, no percentile" {
    on 2 pingpong --sizes 8 --max-samples 5 -o records.jsonl >out
    holds '.stats.ci_low == null and .stats.ci_high == null and .stats.p99 == null' records.jsonl
    grep -v '^#' out | awk '{ exit !($3 == "-" && $4 == "-" && $5 == "-") }'
}

# Writes shim.so, in which MPI_Recv and MPI_Allreduce of ten elements give one wrong bit.
wrong_library() {
    cat >shim.c <<'END'
#include <mpi.h>
int MPI_Recv(void *buf, int n, MPI_Datatype t, int from, int tag, MPI_Comm c, MPI_Status *s)
{
    int code = PMPI_Recv(buf, n, t, from, tag, c, s);
    if (n == 1000)
        ((char *)buf)[617] ^= 4;
    return code;
}
int MPI_Allreduce(const void *in, void *out, int n, MPI_Datatype t, MPI_Op op, MPI_Comm c)
{
    int rank, code = PMPI_Allreduce(in, out, n, t, op, c);
    MPI_Comm_rank(c, &rank);
    if (n == 10 && rank == 1)
        ((char *)out)[3] ^= 1;
    return code;
}
END
    mpicc -shared -fPIC -o shim.so shim.c
}

@test "a library that changes data is caught on any rank, and what was right is kept" {
    local status=0
    [ -z "${NH_SANITIZED:-}" ] || skip 'a preloaded library cannot come before the sanitizer'
    command -v mpicc >/dev/null || skip 'no mpicc'
    wrong_library
    mpirun -n 2 -x LD_PRELOAD="$PWD/shim.so" "$program" pingpong --sizes 8,1000,2000 "${quick[@]}" \
        -o records.jsonl >out 2>err || status=$?
    [ "$status" -eq 1 ]
    grep -q '^nodehour-mpi pingpong: size_B 1000: verification failed: byte 617 of 1000' err
    [ "$(grep -c '^nodehour-mpi' err)" -eq 1 ]
    [ "$(jq .params.size_bytes records.jsonl)" = 8 ]
    status=0
    mpirun -n 2 -x LD_PRELOAD="$PWD/shim.so" "$program" allreduce --sizes 40 >out 2>err || status=$?
    [ "$status" -eq 1 ]
    grep -q 'verification failed: element 0 of 10' err
    mpirun -n 2 -x LD_PRELOAD="$PWD/shim.so" "$program" pingpong --sizes 1000 --no-verify "${quick[@]}" \
        --json >out
    holds '.verify == "off"'
}

@test "records are appended, never replaced" {
    on 2 pingpong --sizes 8 "${quick[@]}" -q -o records.jsonl >out
    [ ! -s out ]
    on 2 allreduce --sizes 8,16 "${quick[@]}" -q -o records.jsonl
    [ "$(jq -r .kernel records.jsonl | xargs)" = 'pingpong allreduce allreduce' ]
}

# bats test_tags=mpich
@test "kill -9 of a rank leaves whole records" {
    local victim tries=0 status=0
    # shellcheck disable=SC2031
    on 2 pingpong --sizes 8,64,1K-4M --precision 0.0001 --max-time 0.3 -q -o records.jsonl \
        3>&- >out 2>err &
    until [ "$(wc -l 2>/dev/null <records.jsonl)" -ge 3 ] 2>/dev/null; do
        tries=$((tries + 1))
        [ $tries -lt 300 ] || { cat err; return 1; }
        sleep 0.1
    done
    victim=$(pgrep -f "^$program pingpong.*-o records.jsonl" | tail -1)
    kill -9 "$victim"
    wait $! || status=$?
    [ "$status" -ne 0 ]
    [ "$(jq -c .params.size_bytes records.jsonl | wc -l)" -ge 3 ]
    [ "$(wc -l <records.jsonl)" -lt 13 ]
    holds '.verify == "passed" and (.samples_ns | length) > 0' records.jsonl
    # and the next run goes on with the same file
    on 2 pingpong --sizes 8 "${quick[@]}" -q -o records.jsonl
    holds '.kernel == "pingpong"' records.jsonl
}

# bats test_tags=mpich
@test "help, version and wrong options need no mpirun" {
    local verb status
    "$program" --help | grep -q pingpong
    for verb in pingpong bandwidth allreduce halo; do
        "$program" $verb --help | grep -q -- --precision
    done
    status=0
    "$program" pingpong --size 8 >out 2>err || status=$?
    one_refusal "did you mean '--sizes'" "$status"
}

@test "wrong values are refused in one line: exit 2, nothing written" {
    refused "unknown option '--frobnicate'" 2 pingpong --frobnicate
    refused "unknown verb 'pingpng'; did you mean 'pingpong'" 2 pingpng
    refused '--sizes' 2 pingpong --sizes 8,,9
    refused '--sizes' alone pingpong --sizes -5
    refused '--sizes' alone pingpong --sizes 12Q
    refused 'more than MPI 3 can count' alone pingpong --sizes 4G
    refused '--sizes' alone pingpong --sizes 99999999999999999999
    refused '--sizes: 0 is too small' alone bandwidth --sizes 0
    refused '--sizes: 10 is not a multiple of 4 bytes, the size of a float; give 8 or 12' \
        alone allreduce --sizes 10
    refused '--sizes: 3 is too small; give at least 8' alone allreduce --type int64 --sizes 3
    refused '--type' alone allreduce --type complex
    refused '--op' alone allreduce --op xor
    refused '--window' alone bandwidth --window 0
    refused '--window' alone bandwidth --window 100000
    refused '--direction' alone bandwidth --direction three
    refused '--precision' alone pingpong --precision 0
    refused '--precision' alone pingpong --precision nan
    refused '--max-time' alone pingpong --max-time -1
    refused '--max-samples' alone pingpong --max-samples 0
    refused '--max-samples is 5 and --min-samples is 10' alone pingpong --max-samples 5 --min-samples 10
    refused '--bind' alone pingpong --bind tightly
    refused '--launch' alone pingpong --launch x
    refused "unexpected word '8'" alone pingpong 8
    local status=0
    on 2 pingpong -o records.jsonl --precision >out 2>err || status=$?
    one_refusal '--precision: a value is missing' "$status"
}

# bats test_tags=mpich
@test "the wrong number of ranks is refused" {
    refused 'needs 2 ranks and has 1; start it with mpirun -n 2' 1 pingpong
    refused 'needs 2 ranks and has 3; start it with mpirun -n 2' 3 pingpong
    refused 'needs 2 ranks and has 1' 1 bandwidth
    refused 'needs 2 ranks and has 4' 4 bandwidth
}

@test "a size beyond memory is refused before it is allocated" {
    [ "$(awk '/MemAvailable/ { print int($2 / 1048576) }' /proc/meminfo)" -lt 2000 ] || skip 'too much memory'
    refused 'of memory on a host that has' 2 bandwidth --sizes 2147483647 --window 1024
}

@test "an output file that cannot be written is refused before measuring" {
    local status path
    touch file
    for path in missing/records.jsonl . file/records.jsonl; do
        status=0
        on 2 pingpong --sizes 8 -o "$path" >out 2>err || status=$?
        one_refusal "--output: $path cannot be written" "$status"
    done
}

@test "copies that an mpirun of another library started alone are refused" {
    local other status=0
    other=$(command -v mpirun.mpich) || skip 'no second MPI library'
    "$other" -n 2 "$program" allreduce --sizes 8 -o records.jsonl >out 2>err || status=$?
    one_refusal 'each one is alone; use the mpirun of the MPI library' "$status"
}
