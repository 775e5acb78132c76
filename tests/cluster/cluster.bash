# shellcheck shell=bash
# SPDX-License-Identifier: BSD-3-Clause
#
# For bats files over the hosts of tests/cluster/up:
#
#     setup_file() { hosts_up [--slurm]; }
#     teardown_file() { hosts_down; }
#     setup() { hosts_setup; }
#
# A cluster that was up before stays up. Where a machine does not allow one, every test is
# skipped with the reason.
bats_require_minimum_version 1.5.0

# shellcheck source=tests/cluster/common.bash
. "$NH_ROOT/tests/cluster/common.bash"

hosts_up() {
    local status=0 mounts=()
    if ! cluster_is_up >/dev/null; then
        export HOSTS_OURS=1
    fi
    # Programs that lie outside of the checkout.
    case $NH_BIN/ in
    "$cluster_root"/*) ;;
    *) mounts=(--mount "$(dirname "$NH_BIN")") ;;
    esac
    "$NH_ROOT/tests/cluster/up" "$@" "${mounts[@]}" 2>"$BATS_FILE_TMPDIR/up" || status=$?
    [ "$status" -ne 77 ] || skip "$(tail -n 1 "$BATS_FILE_TMPDIR/up" | sed 's/^[^:]*: //')"
    [ "$status" -eq 0 ] || { cat "$BATS_FILE_TMPDIR/up" >&2; return 1; }
}

hosts_down() {
    [ -z "${HOSTS_OURS:-}" ] || "$NH_ROOT/tests/cluster/down"
}

# An empty folder that all hosts see, and all hosts as they were at the start.
hosts_setup() {
    local node
    set -o pipefail
    for node in "${cluster_nodes[@]}"; do
        [ "$(host_state "$node")" = running ] || host_again "$node"
    done
    rm -rf "${cluster_shared:?}/$BATS_TEST_NUMBER"
    mkdir -p "$cluster_shared/$BATS_TEST_NUMBER"
    cd "$cluster_shared/$BATS_TEST_NUMBER" || return
}

# host_state NODE: running, paused, exited ...
host_state() {
    cluster_docker inspect --format '{{.State.Status}}' "$1"
}

# host_again NODE: as after a reboot; what ran there is gone.
host_again() {
    cluster_docker unpause "$1" >/dev/null 2>&1 || true
    cluster_docker restart --time 2 "$1" >/dev/null
    for _ in $(seq 50); do
        ! cluster_docker exec "$1" ssh "$1" true 2>/dev/null || return 0
        sleep 0.2
    done
    echo "$1 does not come back" >&2
    return 1
}

# host NODE COMMAND...: runs it there, in the same folder, and ends it after a minute. bats'
# descriptors stay here.
host() {
    local node=$1
    shift
    cluster_docker exec --workdir "$PWD" "$node" timeout -k 2 60 "$@" 3>&-
}

# study LAUNCHES NODES LAUNCHER: a rank on each node. A launch may take $LIMIT, and measures two times
# for $CAP seconds.
study() {
    cat >study.yaml <<END
study: test
launcher: {$3}
limits: {launch_time: ${LIMIT:-20s}}
launches: $1
measure:
  - {kernel: allreduce, sizes: "8,1K", max_time: ${CAP:-0.2}${CAP:+, precision: 0.0001, max_samples: 1000000}}
over:
  nodes: [$2]
  ranks_per_node: [1]
END
}

# Every launch of the study is there once, on as many hosts as it should be.
assert_complete() { # LAUNCHES_OF_ALL_JOBS
    jq -r '"\(.job) \(.launch) \(.params.size_bytes)"' results/latest/records.jsonl | sort >there
    cat there
    [ "$(sort -u there | wc -l)" -eq $((2 * $1)) ]
    [ "$(wc -l <there)" -eq $((2 * $1)) ]
    jq -es 'all(.nodes == ([.placement[].host] | unique | length))' results/latest/records.jsonl
}
