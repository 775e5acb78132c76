#!/usr/bin/env bats
# SPDX-License-Identifier: BSD-3-Clause
# bats file_tags=cluster
#
# nodehour screen and run --screen over three real hosts (tests/cluster/up), one of which is made slow,
# stopped or hung. Two cores carry all of them, so node1 and node3 share one: the delay of a slow host
# is far beyond what that costs.

load ../cluster/cluster

setup_file() { hosts_up --slurm; }
teardown_file() { hosts_down; }

setup() {
    [ -x "$NH_BIN/nodehour-mpi" ] || skip 'no nodehour-mpi'
    hosts_setup
    printf 'node1\nnode2\nnode3\n' >hosts
}

device() { # NODE: it has another name after its network was cut
    host "$1" ip -o -4 addr show to 10.77.0.0/24 | awk '{ print $2 }'
}

slow() { # NODE: all that it sends waits
    local device
    device=$(device "$1")
    host "$1" tc qdisc add dev "$device" root netem delay 50ms 2>tc.err && return
    host "$1" tc qdisc add dev "$device" root tbf rate 20mbit burst 32k latency 200ms 2>>tc.err ||
        skip "this kernel delays no packets: $(tail -n 1 tc.err)"
}

# Ranks that wait let others have the core: node3 shares that of node1.
nodehour() { # VERB OPTION...
    host node1 env OMPI_MCA_mpi_yield_when_idle=1 "$NH_BIN/nodehour" "$@"
}

screen() { # OPTION...
    nodehour screen --max-time 0.5 --size 64K --json "$@" >report 2>err
}

verdicts() {
    jq -r '.nodes | map("\(.host) \(.verdict)") | join(", ")' report
}

@test "screen over hosts: the one whose packets wait is confirmed as slow" {
    slow node2
    run -72 screen --hosts hosts
    host node2 tc qdisc del dev "$(device node2)" root
    cat report err
    [ "$(verdicts)" = 'node1 ok, node2 slow, node3 ok' ]
    jq -e '.nodes[1].findings | any(.confirmed and .times_worse > 2)' report
    [ "$(cat nodehour-exclude.txt)" = node2 ]
}

@test "screen over hosts: a stopped one is left out with the words of ssh, the other two go on" {
    cluster_docker stop --time 0 node3 >/dev/null
    run -72 screen --hosts hosts
    host_again node3
    cat report err
    [ "$(verdicts)" = 'node1 unknown, node2 unknown, node3 failed' ]
    jq -e '.nodes[2].what | test("node3|no answer")' report
    jq -e '.measured == 2 and .exclude == ["node3"]' report
}

study() { # LAUNCHER...
    cat >study.yaml <<END
study: test
launcher: {$1}
limits: {launch_time: 12s}
launches: 1
measure:
  - {kernel: allreduce, sizes: 8, max_time: 0.2}
over:
  nodes: [2, 3]
  ranks_per_node: [1]
END
}

@test "run --screen over hosts: one that hangs is left out, and the study goes on with two" {
    study 'type: ssh, hosts: hosts'
    cluster_docker pause node2 >/dev/null
    nodehour run study.yaml --screen --no-report --no-doctor -q 2>err || status=$?
    cluster_docker unpause node2 >/dev/null
    cat err
    [ "${status:-0}" -eq 0 ]
    grep -q '^Left out: host node2, failed: ' err
    grep -qx 'Left out: allreduce.3x1, which needs 3 nodes; 2 are good' err
    jq -es 'length == 1 and .[0].nodes == 2 and ([.[0].placement[].host] | sort == ["node1", "node3"])' \
        results/latest/records.jsonl
    jq -e '.screened.excluded[0] | .host == "node2" and .verdict == "failed"' results/latest/run.json
    # Without another screening it stays out: nothing is measured then.
    nodehour run --resume results/latest --no-report --no-doctor -q 2>err || { cat err; return 1; }
    grep -q '^Left out: host node2, failed: ' err
    jq -es 'length == 1' results/latest/records.jsonl
    # It is there again, and another screening sees it.
    nodehour run --resume results/latest --screen --no-report --no-doctor -q 2>err || { cat err; return 1; }
    jq -e '.nodes[1].verdict != "failed" and .measured == 3' results/latest/screen.json
}

@test "run --screen in Slurm: the job that is submitted screens its own nodes" {
    study 'type: slurm'
    nodehour run study.yaml --screen --no-report --no-doctor -q 2>err || { cat err results/latest/logs/*; return 1; }
    jq -e '.hosts == 3 and (.launcher | endswith("within Slurm"))' results/latest/screen.json
    # node1 has the head as well, and may be left out for it: then no run on three is missed
    jq -es --argjson good "$(jq .healthy results/latest/screen.json)" \
        'map(.nodes) | sort == ([2, 3] | map(select(. <= $good)))' results/latest/records.jsonl
}
