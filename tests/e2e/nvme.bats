#!/usr/bin/env bats
# SPDX-License-Identifier: BSD-3-Clause
#
# nodehour nvme: list on a tree of a p4d.24xlarge, bench with the real fio in a folder here.
# Nothing here looks at how fast anything was.
#
# bats file_tags=together

setup() {
    cd "$BATS_TEST_TMPDIR"
    nodehour=$NH_BIN/nodehour
    mkdir disk
    export TMPDIR=$PWD/tmp
    mkdir tmp
}

bench() {
    "$nodehour" nvme bench --directory disk --size 4M --time 1 --launches 1 --threads 2 "$@"
}

# Nothing of ours is left, neither where it measured nor where fio's own files were.
nothing_left() {
    [ -z "$(find disk tmp -mindepth 1)" ]
}

@test "nvme list: drives of a p4d, as a table and as JSON" {
    "$NH_ROOT/tests/nvme-tree" tree
    run "$nodehour" nvme list --root tree
    [ "$status" -eq 0 ]
    [ "$(grep -c 'instance store.*yes  free' <<<"$output")" -eq 8 ]
    [[ $output == *"an EBS volume; partitioned (1); mounted at /"* ]]
    run "$nodehour" nvme list --root tree --json
    [ "$(jq -c '[.drives[] | select(.may_touch) | .serial] | [length, .[7]]' <<<"$output")" = '[8,"AWS10000000000000008"]' ]
    run "$nodehour" nvme list --depth 3
    [ "$status" -eq 2 ]
    [[ $output == *"--depth has no meaning for nvme list"* ]]
}

@test "nvme bench: four tests and the latency, with records; own files are removed" {
    echo keep >disk/mine
    run bench -o r.jsonl
    [ "$status" -eq 0 ]
    [[ $output == *"fio 3"*"2 files of 4 MiB"*"sequential read"*"random write"*"4 KiB read, alone"* ]]
    [ "$(jq -r '.params.rw' r.jsonl | sort | paste -sd' ')" = "randread randread randwrite read write" ]
    # bandwidth is bytes over the time of the last thread; the histogram has all percentiles in order
    jq -se 'all(.[]; (.derived.bandwidth_bytes_per_s - .detail.bytes / .detail.last_done_s | fabs) < 1
        and .detail.operations * .params.size_bytes == .detail.bytes
        and .detail.latency_ns.min <= .detail.latency_ns.p50
        and .detail.latency_ns.p50 <= .detail.latency_ns.p90
        and .detail.last_done_s >= 1 and .stats.samples >= 5)' r.jsonl
    run "$nodehour" report r.jsonl -o page.html
    [ "$status" -eq 0 ]
    [[ $output == *Storage*"random write"*" on "* ]]
    [[ $output != *"no chart shows"* ]]
    grep -q '<section id="storage">' page.html
    [ "$(ls -A disk tmp)" = "$(printf 'disk:\nmine\n\ntmp:')" ]
}

@test "nvme bench: Ctrl-C and a fio that is cut leave nothing behind and keep what was measured" {
    "$nodehour" nvme bench --directory disk --size 4M --time 2 --launches 9 --tests latency -q \
        -o r.jsonl 2>err &
    pid=$!
    for _ in $(seq 100); do
        [ ! -s r.jsonl ] || break
        sleep 0.1
    done
    kill -INT $pid
    status=0
    wait $pid || status=$?
    [ "$status" -eq 75 ]
    grep -q 'stopped by signal 2; [1-8] of 9 tests were measured and kept, scratch files are removed' err
    [ "$(wc -l <r.jsonl)" -ge 1 ]
    nothing_left

    mkdir bin
    cat >bin/fio <<END
#!/bin/bash
# after the files and one test, the result is cut as by a full disk or a kill
$(command -v fio) "\$@" || exit
case "\$*" in *--output=*)
    echo x >>runs
    [ "\$(wc -l <runs)" -lt 3 ] || for a in "\$@"; do
        case \$a in --output=*) truncate -s 700 "\${a#--output=}" ;; esac
    done ;;
esac
END
    chmod +x bin/fio
    rm r.jsonl
    PATH=$PWD/bin:$PATH run bench --tests latency,read -q -o r.jsonl
    [ "$status" -eq 74 ]
    [[ $output == *"the JSON is cut"*"1 of 2 tests were measured and kept"* ]]
    [ "$(wc -l <r.jsonl)" -eq 1 ]
    nothing_left
}

@test "nvme bench: what cannot be measured is said before anything is written" {
    check() { # TEXT OPTION...
        local text=$1
        shift
        run "$nodehour" nvme bench "$@"
        [ "$status" -eq 2 ]
        [[ $output == *"$text"* ]]
        nothing_left
    }
    check "--directory DIR"
    check "no folder can be made in it" --directory missing
    check "more than 10 % of the free space" --directory disk --size 100G
    check "at most 90" --directory disk --share 100
    check "not known" --directory disk --tests reads
    check "choose one of libaio" --directory disk --engine sync
    check "from 1 to 86400 seconds" --directory disk --time 0.5
    PATH=/nowhere run "$nodehour" nvme bench --directory disk
    [ "$status" -eq 2 ]
    [[ $output == *"no fio on PATH; fio 3.0 or newer is needed"* ]]
}
