#!/usr/bin/env bats
# SPDX-License-Identifier: BSD-3-Clause
#
# Study files: `nodehour plan STUDY` and `nodehour run STUDY` with the real mpirun.

setup() {
    cd "$BATS_TEST_TMPDIR" || return
    set -o pipefail
    export NODEHOUR_MPIRUN=${NH_MPIRUN:-mpirun}
}

teardown() {
    if [ -n "${runner:-}" ]; then
        kill -9 "$runner" 2>/dev/null || true
    fi
}

nodehour() {
    "$NH_BIN/nodehour" "$@"
}

# One rank each: runs on every machine.
small_study() {
    cat >study.yaml <<'EOF'
study: small
launches: 2
measure:
  - {kernel: halo, max_time: 0.1}
over:
  ranks_per_node: [1]
  cells: [8, 12]
EOF
}

# refused TEXT PART...: what is in study.yaml is refused with exit code 2 and one line that holds
# the parts; nothing is started or written.
refused() {
    printf '%b' "$1" >study.yaml
    shift
    local verb part
    for verb in plan run; do
        run nodehour "$verb" study.yaml
        echo "$output"
        [ "$status" -eq 2 ]
        [ "${#lines[@]}" -eq 1 ]
        for part in "$@"; do
            [[ $output == *"$part"* ]]
        done
        [ ! -e results ]
    done
}

@test "plan without a study lists those that come with nodehour, and each can be planned" {
    nodehour plan | tee list
    local names
    mapfile -t names < <(awk '{ print $1 }' list)
    [ "${#names[@]}" -ge 6 ]
    local name
    for name in "${names[@]}"; do
        # c5n-osu is for 2 and 32 nodes: one machine alone has no such plan
        run nodehour plan "$name" --launcher slurm --json
        [ "$status" -eq 0 ]
        jq -e '.runs > 0 and .expected_s > 0 and (.assumptions | length) == 4' <<<"$output"
    done
}

@test "plan prints the runs, time, cost with their assumptions, and starts nothing" {
    run nodehour plan osu-shm-vs-efa
    echo "$output"
    [ "$status" -eq 0 ]
    [[ $output == *"pingpong.1x2.shm "* ]]
    [[ $output == *"pingpong.1x2.efa-only "* ]]
    [[ $output == *"launch (s)"*"cost (USD)"* ]]
    [[ $output == *"at most"*"on-demand"*"node-hours at 3.888 USD"* ]]
    [[ $output == *"assumed, not measured"* ]]
    [[ $output == *"us-east-1 as of 2026-07-20"* ]]
    [[ $output == *"Compare with: aws-parallelcluster-osu/c5n.18xlarge.csv"* ]]
    [ -z "$(ls)" ]
}

@test "plan --json: time and cost follow from the jobs" {
    nodehour plan c5n-turnaround-cost --launcher slurm --json >plan.json
    jq -e '
        (.jobs | map(.expected_s) | add * 6) as $s |
        (.jobs | map(.nodes) | max) as $nodes |
        ($s * $nodes / 3600) as $hours |
        (.costs[0].at_most.amount | tonumber) as $cost |
        ((.expected_s - $s) | fabs) < 1e-6 and ((.node_hours - $hours) | fabs) < 1e-6 and
        (($cost - 3.888 * $hours) | fabs) < 1e-5 and .costs[0].model == "on-demand" and
        .costs[1].model == "reserved-3y-all-upfront"' plan.json
}

@test "a limit that would be crossed: exit 2 with the figure, and nothing starts" {
    small_study
    run nodehour plan study.yaml --max-time 2s
    [ "$status" -eq 2 ]
    [[ $output == *"halo.1x1.c8"* ]]
    [[ $output == *"--max-time: 2 s would be crossed: 4 launches may take"* ]]
    run nodehour run study.yaml --max-time 2s
    [ "$status" -eq 2 ]
    [[ $output == *"--max-time: 2 s would be crossed"* ]]
    run nodehour run study.yaml --machine c5n.18xlarge --max-cost 0.0001
    [ "$status" -eq 2 ]
    [[ $output == *"--max-cost: \$0.0001 would be crossed: "*"node-hours may cost"* ]]
    [ ! -e results ]
}

@test "run measures what plan says, and keeps the study and the expanded plan" {
    small_study
    nodehour run study.yaml --seed 5 --no-report -q
    nodehour plan study.yaml --seed 5 --json >plan.json
    diff <(jq -S '.jobs' plan.json) <(jq -S '.plan.jobs' results/latest/run.json)
    jq -r '.plan.jobs[].name as $j | range(2) | "\($j) \(.)"' results/latest/run.json | sort >planned
    jq -r '"\(.job) \(.launch)"' results/latest/records.jsonl | sort -u >measured
    diff planned measured
    [ "$(jq -r .study.text results/latest/run.json)" = "$(cat study.yaml)" ]
    [ "$(jq -r .study.digest results/latest/run.json | wc -c)" -eq 17 ]
    [ "$(jq -r .plan.seed results/latest/run.json)" = 5 ]
}

@test "a study that comes with nodehour runs by its name" {
    [ "$(nodehour plan laptop | grep -c halo.1x1)" -eq 2 ]
    # with one rank there is no ping-pong: named, with its line
    run nodehour run laptop --launches 1 --ranks-per-node 1 --dry-run
    [ "$status" -eq 2 ]
    [[ $output == *"laptop.yaml:8: measure[0]: none of 2 combinations fits pingpong: it needs 2 ranks"* ]]
    # on a machine of one core there is no such run
    [ "$(nproc)" -gt 1 ] || skip "one core"
    nodehour run laptop --launches 1 --no-report -q
    [ "$(jq -r .kernel results/latest/records.jsonl | sort -u | tr '\n' ' ')" = "allreduce halo pingpong " ]
}

@test "options override keys of the study" {
    small_study
    nodehour run study.yaml --launches 1 --machine c5n.9xlarge --no-report -q
    [ "$(wc -l <results/latest/records.jsonl)" -eq 2 ]
    [ "$(jq -r .machine results/latest/records.jsonl | sort -u)" = c5n.9xlarge ]
    run nodehour run study.yaml --kernels halo
    [ "$status" -eq 2 ]
    [[ $output == *"--kernels is for runs without a study"* ]]
    run nodehour run --nodes 2
    [ "$status" -eq 2 ]
    [[ $output == *"--nodes needs a study"* ]]
}

@test "--dry-run shows the commands of a study" {
    small_study
    run nodehour run study.yaml --dry-run
    [ "$status" -eq 0 ]
    [[ $output == *"nodehour-mpi halo --max-time 0.1 --cells 12"* ]]
    [ ! -e results ]
}

# wait_until COMMAND...: within 20 s.
wait_until() {
    local i
    for ((i = 0; i < 200; i++)); do
        "$@" 2>/dev/null && return 0
        sleep 0.1
    done
    return 1
}

@test "an interrupted study goes on; one that has changed since is refused with the difference" {
    small_study
    sed -i 's/max_time: 0.1/max_time: 2, min_samples: 100000, max_samples: 100000/' study.yaml
    cp study.yaml before.yaml
    "$NH_BIN/nodehour" run study.yaml --no-report >out 2>err 3>&- &
    runner=$!
    wait_until test -s results/latest/records.jsonl
    kill -TERM "$runner"
    wait "$runner" || true
    runner=
    sed -i 's/\[8, 12\]/[8, 16]/' study.yaml
    local arguments
    for arguments in 'study.yaml' '--resume results/latest' 'study.yaml --resume results/latest'; do
        # shellcheck disable=SC2086 # words
        run nodehour run $arguments
        echo "$output"
        [ "$status" -eq 2 ]
        [[ $output == *"study.yaml has changed since results/"*"was '  cells: [8, 12]' and is now '  cells: [8, 16]'"* ]]
    done
    [ "$(find results -mindepth 1 -maxdepth 1 -type d | wc -l)" -eq 1 ]
    mv before.yaml study.yaml
    cp results/latest/records.jsonl before
    nodehour run study.yaml --no-report -q
    cmp -n "$(stat -c %s before)" before results/latest/records.jsonl
    [ "$(find results -mindepth 1 -maxdepth 1 -type d | wc -l)" -eq 1 ]
    [ "$(jq -r '"\(.job) \(.launch)"' results/latest/records.jsonl | sort -u | wc -l)" -eq 4 ]
}

@test "unknown keys: the line, and the nearest key" {
    refused 'study: s\nmeasure:\n  - kernel: halo\n    cels: 8\n' \
        'study.yaml:4: measure[0].cels: unknown key' "did you mean 'cells'?"
    refused 'study: s\nlimit: {max_time: 1h}\nmeasure: [{kernel: halo}]\n' \
        'study.yaml:2: limit: unknown key' "'limits'"
}

@test "wrong types" {
    refused 'study: s\nlaunches: many\nmeasure: [{kernel: halo}]\n' \
        "study.yaml:2: launches: wrong type: 'many' where a whole number is expected"
    refused 'study: s\nmeasure: [{kernel: halo}]\nover:\n  nodes: 2\n' \
        "study.yaml:4: over.nodes: wrong type: '2' where a list"
    refused 'study: [1, 2\n' 'study.yaml:2: no YAML'
}

@test "empty sweeps" {
    refused 'study: s\nmeasure: [{kernel: halo}]\nover:\n  cells: []\n' \
        'study.yaml:4: over.cells: empty'
    refused 'study: s\nmeasure: [{kernel: halo}]\nover:\n  where: nodes > 1\n' \
        'study.yaml:2: measure[0]: no combination is left for halo'
}

@test "more nodes than the host file has" {
    printf 'localhost\n' >hosts.txt
    refused 'study: s\nlauncher: {type: ssh, hosts: hosts.txt}\nmeasure: [{kernel: halo}]\nover:\n  nodes: [1, 2]\n' \
        'study.yaml:5: over.nodes: 2 nodes, but hosts.txt has 1'
    refused 'study: s\nlauncher: {type: ssh, hosts: no.txt}\nmeasure: [{kernel: halo}]\n' \
        'study.yaml:2: launcher.hosts: no.txt'
    refused 'study: s\nmeasure: [{kernel: halo}]\nover: {nodes: [2]}\n' \
        'study.yaml:3: over.nodes: 2 nodes, but the local launcher'
}

@test "contradictory limits" {
    refused 'study: s\nlimits: {max_time: 1h, launch_time: 2h}\nmeasure: [{kernel: halo}]\n' \
        'study.yaml:2: limits.launch_time: 2 h 00 min for one launch contradicts max_time'
    refused 'study: s\nlimits: {launch_time: 1s}\nmeasure: [{kernel: halo, max_time: 30}]\n' \
        'study.yaml:2: limits.launch_time: 1 s, but a launch of halo'
    refused 'study: s\nlimits: {max_cost: 5 USD}\nmeasure: [{kernel: halo}]\n' \
        'study.yaml:2: limits.max_cost: no price of the machine is known'
}

@test "unknown kernel, machine, price model" {
    refused 'study: s\nmeasure:\n  - kernel: pingpnog\n' \
        "study.yaml:3: measure[0].kernel: unknown kernel 'pingpnog'; did you mean 'pingpong'?"
    refused 'study: s\nmachine: c5n.18xlarg\nmeasure: [{kernel: halo}]\n' \
        "study.yaml:2: machine: unknown machine" "did you mean 'c5n.18xlarge'?"
    refused 'study: s\nmachine: c5n.18xlarge\nprices: [ondemand]\nmeasure: [{kernel: halo}]\n' \
        'study.yaml:3: prices: ' "did you mean 'on-demand'?"
}

@test "conditions that cannot be read" {
    refused 'study: s\nmeasure: [{kernel: halo}]\nover:\n  where: node < 3\n' \
        "study.yaml:4: over.where: unknown name 'node'; did you mean 'nodes'?"
    refused 'study: s\nmeasure: [{kernel: halo}]\nover:\n  where: nodes < < 3\n' \
        'study.yaml:4: over.where: ' 'at character 9'
}

@test "a study that is not there: the nearest name" {
    run nodehour plan lapto
    [ "$status" -eq 2 ]
    [[ $output == *"no such file; did you mean 'laptop'?"* ]]
    run nodehour run ./lapto
    [ "$status" -eq 2 ]
    [ ! -e results ]
}

# An mpirun that takes a second longer than was assumed.
slow_mpirun() {
    printf '#!/bin/sh\ncase $1 in --version) ;; *) sleep 1 ;; esac\nexec %s "$@"\n' \
        "$(command -v "$NODEHOUR_MPIRUN")" >mpirun-slow
    chmod +x mpirun-slow
    export NODEHOUR_MPIRUN=$PWD/mpirun-slow
}

@test "a running study stops before its limit, with all of it kept" {
    small_study
    slow_mpirun
    # assumed: 4 launches of 0.71 s
    run nodehour run study.yaml --max-time 4s --no-report -q
    echo "$output"
    [ "$status" -eq 75 ]
    [[ $output == *limit*" of the study"*"go on with: "*"run --resume results/"* ]]
    jq -se 'map(.seconds) | add < 4.5' results/latest/attempts.jsonl
    local complete
    complete=$(jq -r '"\(.job) \(.launch)"' results/latest/records.jsonl | sort -u | wc -l)
    [ "$complete" -ge 1 ] && [ "$complete" -lt 4 ]
}
