#!/usr/bin/env bats
# SPDX-License-Identifier: BSD-3-Clause
#
# nodehour screen over stand-ins of ssh and mpirun: what is done with figures and with launches that
# fail, and not how fast anything is. The figures of the stand-in are made up; screen_hosts.bats has
# real hosts.

setup_file() { # a record to put figures into
    [ ! -x "$NH_BIN/nodehour-mpi" ] ||
        "${NH_MPIRUN:-mpirun}" -n 2 --oversubscribe "$NH_BIN/nodehour-mpi" matrix --max-time 0.01 --json \
            >"$BATS_FILE_TMPDIR/template"
}

setup() {
    cd "$BATS_TEST_TMPDIR" || return
    set -o pipefail
    [ -x "$NH_BIN/nodehour-mpi" ] || skip 'no nodehour-mpi'
    nodehour=$NH_BIN/nodehour
    unset SLURM_JOB_ID
    stand_ins
}

# ssh: hosts called gone* refuse, the others run the line here. mpirun: a tournament of the hosts gets
# a record of 20 us and 10 GB/s, in which hosts called slow* have 3 times the latency; slow-once* in
# its first tournament only. Launches over hangs* or named* end with a line that names them, over
# crash* without any. Anything else is started here for real, by the real mpirun.
stand_ins() {
    mkdir -p bin
    cat >bin/ssh <<'END'
#!/bin/bash
while [[ $1 == -o ]]; do shift 2; done
case $1 in gone*) echo "ssh: connect to host $1 port 22: Connection refused" >&2; exit 255 ;; esac
eval "$2"
END
    cat >bin/mpirun <<'END'
#!/bin/bash
[ "$1" != --version ] || { echo 'mpirun (Open MPI) 4.1.4'; exit; }
here=$(dirname "$0")
for ((i = 1; i < $#; i++)); do
    next=$((i + 1))
    case ${!i} in
    --host) hosts=${!next//:1/} ;;
    --measure) measure=${!next} ;;
    --size | --max-time) more+=" ${!i} ${!next}" ;;
    --serial) more+=" ${!i}" ;;
    esac
done
if [ -z "${measure:-}" ]; then
    while [ "$1" != -n ]; do shift; done
    exec "$REAL_MPIRUN" --oversubscribe "$@"
fi
echo "$measure $hosts$more" >>"$here/launches"
case ,$hosts in
*,hangs*) echo 'nodehour-mpi matrix: no rank of host a has come on for 20 s: host hangs (rank 1) does not answer; records are kept' >&2
    kill -9 $$ ;;
*,named*) name=${hosts#*named}; echo "nodehour-mpi matrix: host named${name%%,*}: no memory; add some" >&2; exit 2 ;;
*,crash*) kill -9 $$ ;;
esac
jq -c --arg hosts "$hosts" --arg measure "$measure" --argjson round "$(wc -l <"$here/launches")" '
    ($hosts | split(",")) as $h | ($h | map(
        if startswith("slow-once") then (if $round <= 2 then 3 else 1 end)
        elif startswith("slow") then 3 else 1 end)) as $f
    | .params.measure = $measure
    | .placement = [$h | to_entries[] | {rank: .key, host: .value, cpus: "0"}]
    | .detail.matrix = [range($h | length) as $i | [range($h | length) as $j
        | if $i == $j then null
          elif $measure == "latency" then 20000 * ([$f[$i], $f[$j]] | max)
          else 1e10 end]]' "$BATS_FILE_TMPDIR/template"
END
    chmod +x bin/ssh bin/mpirun
    export REAL_MPIRUN
    REAL_MPIRUN=$(command -v "${NH_MPIRUN:-mpirun}")
    mpirun_here=(--mpirun "$PWD/bin/mpirun")
    PATH=$PWD/bin:$PATH
}

screen() { # HOST,... OPTION...
    local hosts=$1
    shift
    "$nodehour" screen --hosts "$hosts" "${mpirun_here[@]}" "$@"
}

verdicts() {
    jq -r '.nodes | map("\(.host) \(.verdict)") | join(", ")' "$1"
}

@test "screen: one host has nothing to be compared with, two cannot be told apart" {
    run "$nodehour" screen --launcher local
    [ "$status" -eq 0 ]
    [ "$output" = 'note: one host: there is nothing to screen' ]
    [ ! -s nodehour-exclude.txt ]
    printf 'study: here\nscreen: true\nlaunches: 1\nmeasure:\n  - {kernel: limits, max_time: 0.01}\n' >here.yaml
    "$nodehour" run here.yaml --no-doctor --no-report -q --mpirun "$REAL_MPIRUN"
    jq -e '.hosts == 1 and .launches == 0 and .exclude == []' results/latest/screen.json
    run screen a,slow
    [ "$status" -eq 0 ]
    [[ $output == *'unknown     slow: two hosts cannot be told apart; screen three or more'* ]]
    [[ $output == *'0 ok, 0 slow, 0 failed, 0 unconfirmed, 2 unknown'* ]]
}

@test "screen: a slow host is confirmed beside good ones, and ends in the list" {
    screen a,b,slow,c,d --json >report 2>err || status=$?
    [ "$status" -eq 72 ]
    grep -q '^nodehour screen: 1 of 5 hosts are bad: slow (slow: latency 60.0 us.*; leave them out by --exclude$' err
    jq -e '.exclude == ["slow"] and .measured == 5 and .launches == 4' report
    jq -e '.nodes[2].findings | length == 1 and .[0].aspect == "latency" and .[0].confirmed
        and .[0].times_worse == 3 and .[0].again.value == 60000 and .[0].z >= 99' report
    [ "$(cat nodehour-exclude.txt)" = slow ]
    run screen a,b,slow,c,d -o bad
    [[ $output == *'slow        slow: latency 60.0 us, 3.00 times worse than the median 20.0 us (z 100.0); again 60.0 us, 3.00 times (z 100.0)'* ]]
    [[ $output == *'--exclude=slow'*'a host a line: bad'* ]]
    # as it is, for the next command
    screen a,b,slow,c,d --exclude ./bad --serial --size 64K --max-time 0.1
    [ "$(tail -n 1 bin/launches)" = 'bandwidth a,b,c,d --size 65536 --max-time 0.1 --serial' ]
}

@test "screen: what is slow at first sight only is not excluded" {
    screen a,b,c,slow-once --json >report
    [ "$(verdicts report)" = 'a ok, b ok, c ok, slow-once unconfirmed' ]
    jq -e '.exclude == [] and (.nodes[3].findings[0] | .confirmed == false and .again.times_worse == 1)' report
    [ -e nodehour-exclude.txt ] && [ ! -s nodehour-exclude.txt ]
}

@test "screen: hosts that break launches are found by reach, by name and by halves; the rest is judged" {
    run screen a,gone,b,named,c,hangs,crash,slow,d,e --json
    [ "$status" -eq 72 ]
    sed -n '/^{/,/^}/p' <<<"$output" >report
    [ "$(verdicts report)" = 'a ok, gone failed, b ok, named failed, c ok, hangs failed, crash failed, slow slow, d ok, e ok' ]
    jq -e '.nodes[1].what | contains("Connection refused")' report
    jq -e '.nodes[3].what | contains("host named: no memory")' report
    jq -e '.nodes[5].what | contains("host hangs (rank 1) does not answer")' report
    jq -e '.nodes[6].what | contains("killed by signal 9")' report
    # reached: all but one; then without those that were named, one after the other
    awk '{ print split($2, hosts, ",") }' bin/launches | head -n 3 | paste -sd' ' | grep -x '9 8 7'
    [ "$(paste -sd' ' nodehour-exclude.txt)" = 'gone named hangs crash slow' ]
}

@test "screen: more hosts than a record has room for are measured in groups and judged together" {
    local hosts
    hosts=$(seq -f 'h%g' -s, 80)
    run screen "$hosts,slow" --json
    [ "$status" -eq 72 ]
    sed -n '/^{/,/^}/p' <<<"$output" >report
    jq -e '.measured == 81 and .exclude == ["slow"] and .launches == 6' report
    awk '{ print split($2, hosts, ",") }' bin/launches | paste -sd' ' | grep -x '40 40 41 41 6 6'
}

@test "screen: three hosts of which one breaks launches: pairs tell which; all of them: no culprit is made up" {
    run screen crash,a,b --json
    [ "$status" -eq 72 ]
    [ "$(verdicts <(sed -n '/^{/,/^}/p' <<<"$output"))" = 'crash failed, a unknown, b unknown' ]
    run screen a,crash1,b --json
    [ "$(verdicts <(sed -n '/^{/,/^}/p' <<<"$output"))" = 'a unknown, crash1 failed, b unknown' ]
    run screen crash1,crash2,crash3,crash4,crash5,crash6,crash7,crash8,crash9
    [ "$status" -eq 1 ]
    [[ $output == *'none ended well (killed by signal 9'*'; repair what they have in common'* ]]
}

@test "screen: wrong input is one line and exit 2" {
    local words
    while IFS='|' read -r words text; do
        # shellcheck disable=SC2086 # several words
        run "$nodehour" screen $words
        [ "$status" -eq 2 ]
        [ "${#lines[@]}" -eq 1 ]
        [[ $output == *"$text"* ]] || { echo "$output"; return 1; }
    done <<'END'
--launcher ssh|launcher ssh needs hosts; give
--launcher slurm|launcher slurm needs an allocation; start
--launcher mpi|is unknown; choose local, ssh or slurm
--hosts a,a|host a is there twice; leave
--hosts a,b --exclude c|host 'c' is not among the 2 hosts
--hosts a,b --exclude a,b|leaves no hosts; leave out fewer
--hosts a,b --size 0|--size: 0 bytes
--hosts a,b --max-time x|--max-time
more|'more' is too much; options only
END
}

study() { # HOST... : nodes 2 and 4
    printf '%s\n' "$@" >hosts
    cat >study.yaml <<END
study: test
launcher: {type: ssh, hosts: hosts}
launches: 2
measure:
  - {kernel: allreduce, sizes: 8, max_time: 0.02}
over:
  nodes: [2, 4]
  ranks_per_node: [1]
END
}

run_study() {
    "$nodehour" run "${mpirun_here[@]}" --no-doctor --no-report -q "$@"
}

@test "run --screen: goes on without the slow host and without the runs that need it, and says so" {
    study a slow b c
    run_study study.yaml --screen 2>err
    cat err
    grep -qx 'Left out: host slow, slow: latency 60.0 us, 3.00 times worse.*' err
    grep -qx 'Left out: allreduce.4x1, which needs 4 nodes; 3 are good' err
    # on 2 nodes: both launches, never the slow one; on 4: none
    jq -es 'length == 2 and all(.nodes == 2 and .end == "done" and (.hosts | index("slow") | not))' results/latest/attempts.jsonl
    jq -e '.screened | .healthy == 3 and .excluded[0].host == "slow" and (.left_out | length) == 1' results/latest/run.json
    jq -e '.format == "nodehour-screen" and .exclude == ["slow"]' results/latest/screen.json
    # a reader of the report sees it too
    "$nodehour" run --resume results/latest "${mpirun_here[@]}" --no-doctor -q --json >report.json 2>err
    grep -q 'Left out: host slow' err
    grep -q 'host slow was left out after screening' results/latest/report.html
    jq -es 'length == 2' results/latest/attempts.jsonl
    # another run measures: it must not be disturbed
    rm bin/launches
    run flock results/latest/lock "$nodehour" run study.yaml --screen "${mpirun_here[@]}"
    [ "$status" -eq 2 ]
    [[ $output == *'measures there now; wait for it'* ]]
    [ ! -e bin/launches ]
}

@test "run --screen: a repaired host is in again after another screening, with the runs that it lacked" {
    study a slow-once b c
    sed -i 's/round <= 2/round <= 4/' bin/mpirun # slow in both passes
    echo 'screen: true' >>study.yaml
    run_study study.yaml
    jq -e '.exclude == ["slow-once"]' results/latest/screen.json
    run_study --resume results/latest
    jq -e '.exclude == [] and .healthy == 4' results/latest/screen.json
    jq -e '.exclude == ["slow-once"]' results/latest/screen.json.1
    jq -es 'map(select(.end == "done") | .nodes) | sort == [2, 2, 4, 4]' results/latest/attempts.jsonl
}

@test "run --screen: fewer good hosts than any run needs: exit 72, nothing started" {
    study a b c gone
    sed -i 's/nodes: \[2, 4\]/nodes: [4]/' study.yaml
    run run_study study.yaml --screen
    [ "$status" -eq 72 ]
    [ "${#lines[@]}" -eq 1 ]
    [[ $output == *'3 good hosts are left, and every job of the study needs more; nothing is started'*'gone (failed: ssh: connect'* ]]
    [ ! -e results ]
    study crash1 crash2
    run run_study study.yaml --screen --nodes 2
    [ "$status" -eq 72 ]
    [[ $output == *'no two of 2 hosts could be launched on together ('*'killed by signal 9'* ]]
    [ ! -e results ]
    run "$nodehour" run --screen
    [ "$status" -eq 2 ]
    [[ $output == *'--screen needs a study'* ]]
}
