#!/usr/bin/env bats
# SPDX-License-Identifier: BSD-3-Clause
#
# `nodehour run` with the real mpirun and nodehour-mpi: complete runs, and runs of which
# some process is killed.

setup() {
    cd "$BATS_TEST_TMPDIR" || return
    set -o pipefail
    export NODEHOUR_MPIRUN=${NH_MPIRUN:-mpirun}
    # Two ranks are needed; a machine with one core leaves ping-pong out.
    two_cores=yes
    "$NH_BIN/nodehour" run --dry-run --kernels pingpong >/dev/null 2>&1 || two_cores=no
}

teardown() {
    if [ -n "${runner:-}" ]; then
        kill -9 "$runner" 2>/dev/null || true
    fi
}

nodehour() {
    "$NH_BIN/nodehour" "$@"
}

# Launches of some tenths of a second each.
slow=(run --kernels pingpong --launches 3 --sizes 1K-4M --seed 1)

begin_slow_run() {
    "$NH_BIN/nodehour" "${slow[@]}" --no-report >out 2>err 3>&- &
    runner=$!
    wait_until test -s results/latest/records.jsonl
}

# wait_until COMMAND...: within 20 s.
wait_until() {
    local i
    for ((i = 0; i < 200; i++)); do
        "$@" 2>/dev/null && return 0
        sleep 0.1
    done
    echo "never: $*"
    return 1
}

child_of() { # PID: a child of it that runs
    pgrep -P "$1" | tail -n 1
}

a_child_of() { # PID: waits for one and prints it
    wait_until child_exists "$1" && child_of "$1"
}

child_exists() {
    [ -n "$(child_of "$1")" ]
}

a_rank() { # a nodehour-mpi of the latest run
    ps -eo pid=,comm=,args= | awk -v id="--run $(readlink results/latest) " \
        '$2 == "nodehour-mpi" && index($0, id) { print $1; exit }'
}

rank_exists() {
    [ -n "$(a_rank)" ]
}

no_rank_left() {
    ! pgrep -f -- "--run $(readlink results/latest)" >/dev/null
}

# Every line is a record, and LAUNCHES launches hold 13 sizes each, once.
assert_records() {
    local launches=$1
    run jq -r 'select(.format == "nodehour-record") | "\(.job) \(.launch) \(.params.size_bytes)"' \
        results/latest/records.jsonl
    [ "$status" -eq 0 ]
    [ "${#lines[@]}" -eq $((13 * launches)) ]
    [ "$(sort -u <<<"$output" | wc -l)" -eq $((13 * launches)) ]
}

# What was in records.jsonl before (copy in `before`) is there still, unchanged.
assert_nothing_redone() {
    cmp -n "$(stat -c %s before)" before results/latest/records.jsonl
}

@test "a complete run: folder, records, page, summary" {
    [ "$two_cores" = yes ] || skip "one core"
    run nodehour run --quick --sizes 8,1K --cells 16 --machine c5n.18xlarge
    echo "$output"
    [ "$status" -eq 0 ]
    [ -s results/latest/report.html ]
    [ "$(jq -r .run results/latest/run.json)" = "$(readlink results/latest)" ]
    [[ $output == *"Report: results/$(readlink results/latest)/report.html"* ]]
    # every launch of the plan has its records, and the seed gives the order
    jq -r '.plan | .jobs[].name as $j | range(.launches) | "\($j) \(.)"' \
        results/latest/run.json | sort >planned
    jq -r '"\(.job) \(.launch)"' results/latest/records.jsonl | sort -u >measured
    diff planned measured
    [ "$(jq -r .machine results/latest/records.jsonl | sort -u)" = c5n.18xlarge ]
    # two launches are too few for a 95 % interval, and it says so
    [[ $output == *"95 %"* ]]
}

@test "a finished run is not repeated in its folder: the next one begins another" {
    for _ in 1 2; do
        nodehour run --kernels halo --launches 1 --cells 8 -q --no-report
    done
    [ "$(find results -mindepth 1 -maxdepth 1 -type d | wc -l)" -eq 2 ]
}

@test "--json prints one JSON value and nothing else on stdout" {
    nodehour run --kernels halo --launches 1 --cells 8 --json 2>err | jq -e 'type == "object"'
}

@test "nodehour killed by -9: its launch ends, and the next run finishes the rest" {
    [ "$two_cores" = yes ] || skip "one core"
    begin_slow_run
    a_child_of "$runner"
    kill -9 "$runner"
    wait "$runner" || true
    cp results/latest/records.jsonl before
    first=$(readlink results/latest)
    run nodehour "${slow[@]}"
    echo "$output"
    [ "$status" -eq 0 ]
    [[ $output == *"Going on with results/$first"* ]]
    no_rank_left
    [ "$(readlink results/latest)" = "$first" ]
    assert_nothing_redone
    assert_records 3
}

@test "mpirun killed by -9: the launch is noted and made again" {
    [ "$two_cores" = yes ] || skip "one core"
    begin_slow_run
    kill -9 "$(a_child_of "$runner")"
    cp results/latest/records.jsonl before
    wait "$runner"
    grep 'failed: killed by signal 9' err
    assert_nothing_redone
    assert_records 3
    no_rank_left
}

@test "a rank killed by -9: the launch is noted and made again" {
    [ "$two_cores" = yes ] || skip "one core"
    begin_slow_run
    wait_until rank_exists
    kill -9 "$(a_rank)"
    cp results/latest/records.jsonl before
    wait "$runner"
    grep 'failed: ' err
    assert_nothing_redone
    assert_records 3
    # what the killed launch left is kept
    compgen -G 'results/latest/logs/pingpong.n2.*.log.1'
}

@test "Ctrl-C: exit 75, and the text says how to go on" {
    [ "$two_cores" = yes ] || skip "one core"
    set -m # a background job of a shell without job control ignores SIGINT
    begin_slow_run
    set +m
    kill -INT "$runner"
    status=0
    wait "$runner" || status=$?
    [ "$status" -eq 75 ]
    cp results/latest/records.jsonl before
    tail -n 1 err
    [ "$(jq -s 'map(select(.end == "stopped")) | length' results/latest/attempts.jsonl)" -eq 1 ]
    [[ $(tail -n 1 err) == *"run --resume results/$(readlink results/latest)" ]]
    no_rank_left
    nodehour run --resume results/latest/ -q --no-report
    assert_nothing_redone
    assert_records 3
}

@test "a second run is refused while one measures" {
    [ "$two_cores" = yes ] || skip "one core"
    begin_slow_run
    for options in "--new" "--resume results/latest"; do
        # shellcheck disable=SC2086
        run nodehour run $options
        echo "$output"
        [ "$status" -eq 2 ]
        [ "${#lines[@]}" -eq 1 ]
        [[ $output == *"process $runner measures there now"* ]]
    done
    kill -TERM "$runner"
    status=0
    wait "$runner" || status=$?
    [ "$status" -eq 75 ]
}

@test "a damaged last line is reported, and its launch is measured again" {
    nodehour run --kernels halo --launches 2 --cells 8 -q --no-report --seed 3
    records=results/latest/records.jsonl
    size=$(stat -c %s "$records")
    cp "$records" before
    truncate -s $((size - 40)) "$records" before
    run nodehour run --kernels halo --launches 2 --cells 8 -q --seed 3
    echo "$output"
    [ "$status" -eq 0 ]
    [[ ${lines[0]} == results/*/records.jsonl:*"measured again"* ]]
    jq -es 'length == (map([.job, .launch]) | unique | length)' "$records"
    [ "$(jq -s length "$records")" -eq "$(jq '.plan | (.jobs | length) * .launches' results/latest/run.json)" ]
    [ -s "$records.damaged.1" ]
}

@test "a launch that always fails: exit 75, the rest is reported with its gap" {
    [ "$two_cores" = yes ] || skip "one core"
    mkdir -p prefix/bin
    cp "$NH_BIN/nodehour" prefix/bin/
    cp -r "$(dirname "$NH_BIN")/share" prefix/
    # a rank of allreduce dies; everything else is the real program
    # shellcheck disable=SC2016 # for the script that is written
    printf '#!/bin/sh\n[ "$1" != allreduce ] || exit 7\nexec "%s" "$@"\n' "$NH_BIN/nodehour-mpi" \
        >prefix/bin/nodehour-mpi
    chmod +x prefix/bin/nodehour-mpi
    run prefix/bin/nodehour run --launches 1 --kernels pingpong,allreduce --sizes 8
    echo "$output"
    [ "$status" -eq 75 ]
    # tried twice, kept with its reason, and no part of the records
    [ "$(jq -s 'map(select(.end == "failed")) | length' results/latest/attempts.jsonl)" -eq 2 ]
    jq -es 'map(select(.end == "failed")) | all(.reason | startswith("exit status"))' results/latest/attempts.jsonl
    [[ ${lines[-1]} == *"1 of 2 launches are missing (allreduce.n2: 1)"*"--resume results/"* ]]
    [[ $output == *"missing (allreduce.n2: 1)"*Report* ]] # in the summary too
    grep -q 'allreduce.n2: 1' results/latest/report.html
    # with the repaired program it can be completed
    cp "$NH_BIN/nodehour-mpi" prefix/bin/
    prefix/bin/nodehour run --resume results/latest -q
    [ "$(jq -s 'length' results/latest/records.jsonl)" -eq 2 ]
}

@test "when nothing works, it gives up early and names the reason" {
    mkdir -p prefix/bin
    cp "$NH_BIN/nodehour" prefix/bin/
    printf '#!/bin/sh\necho "nodehour-mpi: no network" >&2\nexit 3\n' >prefix/bin/nodehour-mpi
    chmod +x prefix/bin/nodehour-mpi
    run prefix/bin/nodehour run --kernels halo --launches 9 -q
    echo "$output"
    [ "$status" -eq 1 ]
    [[ ${lines[-1]} == *"the first 3 launches failed (nodehour-mpi: no network)"* ]]
}

@test "a dry run prints the commands and writes nothing" {
    run nodehour run --dry-run --kernels halo --seed 9
    [ "$status" -eq 0 ]
    [[ $output == *"$NH_BIN/nodehour-mpi halo --cells 128"* ]]
    [[ $output == *"seed 9"* ]]
    [ -z "$(ls -A)" ]
    nodehour run --dry-run --json --kernels halo | jq -e '.order | length >= 6'
    [ -z "$(ls -A)" ]
}

@test "wrong options: exit 2, one line, no folder" {
    while read -r part options; do
        # shellcheck disable=SC2086
        run nodehour run $options
        echo "$options -> $output"
        [ "$status" -eq 2 ]
        [ "${#lines[@]}" -eq 1 ]
        [[ $output == "nodehour run: "*"$part"* ]]
        [ -z "$(ls -A)" ]
    done <<'END'
--quikc --quikc
--launches --launches 0
--launches --launches six
--launches --launches 1001
'pong' --kernels pong
--sizes --sizes 8,,16
1 --sizes 2G
--ranks --ranks 1
--cells --cells 0
--seed --seed -1
c5n.18xlarge --machine c5n.18xlarg
--license-per-hour --license-per-hour -3
gratis --price-model gratis
--mpirun --mpirun /no/such/mpirun
run.json --resume .
--quick --resume . --quick
file extra
END
}

@test "results that cannot be written: one line, nothing left" {
    touch file
    run nodehour run --kernels halo --results file/below
    echo "$output"
    [ "$status" -ne 0 ]
    [ "${#lines[@]}" -eq 1 ]
    [[ $output == *"file"*"--results"* ]]
}

@test "a full disk: one clear line, and what was measured is kept" {
    mkdir disk
    mount -t tmpfs -o size=48k tmpfs disk 2>/dev/null || skip "cannot mount"
    run nodehour run --kernels halo --launches 30 --cells 8 --results disk/r -q
    jq -s length disk/r/latest/records.jsonl >kept || true
    umount disk
    echo "$output"
    cat kept
    [ "$status" -eq 1 ]
    [[ ${lines[-1]} == *"disk is full"* || ${lines[-1]} == *"No space left"* ]]
    [ "$(cat kept)" -ge 1 ]
}
