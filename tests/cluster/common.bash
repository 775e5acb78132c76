# shellcheck shell=bash
# SPDX-License-Identifier: BSD-3-Clause
#
# What up, down and the tests share: where the cluster's files are, and its Docker Engine.
# NH_CLUSTER names another folder than build/cluster; each folder can hold one cluster.

cluster_root=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
cluster=$(realpath -m "${NH_CLUSTER:-$cluster_root/build/cluster}")
# shellcheck disable=SC2034 # by those who read this file
cluster_shared=$cluster/shared # the same path on every host
# shellcheck disable=SC2034
cluster_nodes=(node1 node2 node3)
cluster_socket=$cluster/engine/socket

# The client that belongs to the engine, should there be others earlier in PATH.
cluster_docker() {
    PATH=/usr/bin:$PATH command docker --host "unix://$cluster_socket" "$@"
}

# The process that holds the cluster's namespaces; a number that another process has got
# since then does not count.
cluster_engine() {
    local pid
    pid=$(cat "$cluster/engine/pid" 2>/dev/null) || return 1
    tr '\0' ' ' <"/proc/$pid/cmdline" 2>/dev/null | grep -qF -- "$cluster" || return 1
    echo "$pid"
}

# Prints what the running hosts were started with, and fails when they do not all run.
cluster_is_up() {
    cluster_engine >/dev/null || return 1
    [ "$(cluster_docker ps --quiet --filter status=running 2>/dev/null | wc -l)" -eq 3 ] || return 1
    cat "$cluster/engine/mode"
}
