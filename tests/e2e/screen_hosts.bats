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

slow() { # NODE: all that it sends waits
    host "$1" tc qdisc add dev eth0 root netem delay 50ms 2>tc.err && return
    host "$1" tc qdisc add dev eth0 root tbf rate 20mbit burst 32k latency 200ms 2>>tc.err ||
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
    host node2 tc qdisc del dev eth0 root
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
