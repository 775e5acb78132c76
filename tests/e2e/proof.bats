#!/usr/bin/env bats
# SPDX-License-Identifier: BSD-3-Clause
#
# What carried the bytes, where ranks were, what is refused before MPI starts, and what
# happens when a rank hangs.

bats_require_minimum_version 1.5.0

setup() {
    cd "$BATS_TEST_TMPDIR" || return
    set -o pipefail
    # More ranks than cores are meant here (Open MPI 4 and 5; others do not mind).
    export OMPI_MCA_rmaps_base_oversubscribe=1
    export PRTE_MCA_rmaps_default_mapping_policy=:oversubscribe
    program=$NH_BIN/nodehour-mpi
    quick=(--max-time 0.1 --max-samples 50)
    trees=$NH_ROOT/tests/data/sysfs-tree
}

# on RANKS ARGUMENT...
on() {
    local ranks=$1
    shift
    "${NH_MPIRUN:-mpirun}" -n "$ranks" "$program" "$@"
}

# over_tcp: what makes Open MPI and MPICH (over UCX) leave shared memory.
over_tcp() {
    export OMPI_MCA_btl=tcp,self OMPI_MCA_pml=ob1 UCX_TLS=tcp,self
}

# ends CODE TEXT COMMAND...: exit code, and one line of ours that says TEXT.
ends() {
    local code=$1 text=$2 status=0
    shift 2
    "$@" >out 2>err </dev/null || status=$?
    [ "$status" -eq "$code" ] || { echo "exit $status, not $code"; cat err; return 1; }
    [ "$(grep -c '^nodehour-mpi' err)" -eq 1 ] || { cat err; return 1; }
    grep '^nodehour-mpi.*;' err | grep -qF -- "$text" || { cat err; return 1; }
}

# holds FILTER [FILE]: every record makes the filter true, and there are some.
holds() {
    local file=${2:-out}
    [ "$(jq -s "length > 0 and all(.[]; $1)" "$file")" = true ] ||
        { echo "not so: $1"; jq -c '.transport, .placement' "$file"; return 1; }
}

# bats test_tags=mpich
@test "between two ranks of a host the verdict is shared memory, with its evidence" {
    on 2 pingpong --sizes 8,64K "${quick[@]}" --require-transport shm --json >out
    holds '.transport | .verdict == "shm" and .required == "shm" and .failed == false'
    holds '.transport | .basis == "seen" and .evidence.shared_memory.written_bytes > 0'
    holds '.transport.evidence.modelled_bytes == .transport.evidence.operations * .params.size_bytes'
    holds '.transport.evidence.operations >= .ops_per_sample * (.samples_ns | length)'
    holds '.transport.evidence | .tcp_socket_bytes < 0.05 * .modelled_bytes and .machines == 1'
    holds '.transport.evidence | .efa == [] and (.net | type) == "array" and .unreadable_devices == 0'
    on 3 allreduce --sizes 64K "${quick[@]}" --json >out
    holds '.transport.verdict == "shm"'
}

# bats test_tags=mpich
@test "the same ranks over TCP are told from shared memory by their own connections" {
    over_tcp
    on 2 pingpong --sizes 64K "${quick[@]}" --require-transport tcp --json >out
    holds '.transport.verdict == "tcp" and .transport.failed == false and .transport.basis == "counted"'
    holds '.transport.evidence | .tcp_socket_bytes >= .modelled_bytes and .tcp_share >= 1 and .tcp_share < 1.02'
    holds '.transport.evidence.loopback_bytes >= .transport.evidence.modelled_bytes'
    on 2 allreduce --sizes 64K "${quick[@]}" --json >out
    holds '.transport.verdict == "tcp"'
}

# bats test_tags=mpich
@test "another transport than the required one: exit 73, no number in the table, a failed record" {
    over_tcp
    ends 73 'size_B 65536: --require-transport shm: the verdict is tcp' \
        on 2 pingpong --sizes 64K,128K "${quick[@]}" --require-transport shm -o records.jsonl
    run ! grep -v '^#' out
    [ "$(wc -l <records.jsonl)" -eq 1 ] # and nothing more is measured
    holds '.transport | .verdict == "tcp" and .required == "shm" and .failed' records.jsonl
    # and the report has no number of it
    on 2 pingpong --sizes 1K "${quick[@]}" -q -o records.jsonl
    "$NH_BIN/nodehour" report records.jsonl -o page.html >summary
    tr -s '\n ' ' ' <summary |
        grep -q 'record 1: .*64 KiB: transport tcp; can only be required shm \[required-transport\]'
    sed '/^Physics guard/,$d' summary >figures
    grep -q '1024 B\|1 KiB' figures
    run ! grep -q '65536\|64 KiB' figures
}

@test "too few bytes prove nothing: unknown, and exit 73 when nothing was proven" {
    on 2 pingpong --sizes 0 "${quick[@]}" --json >out
    holds '.transport.verdict == "unknown" and (.transport.reason | length) > 0'
    ends 73 'no measurement moved enough bytes to prove it' \
        on 2 pingpong --sizes 0 "${quick[@]}" --require-transport shm
    on 1 allreduce --sizes 8 "${quick[@]}" --json >out
    holds '.transport.verdict == "unknown"'
}

# The trees are made up; their bytes are far more than the ranks really move here.
@test "counters of EFA devices decide, device by device: trees that stand in for c5n and p4d" {
    local tree
    for tree in p4d-balanced p4d-one-nic c5n-efa c5n-tcp c5n-mixed c5n-still; do
        bash "$trees" $tree $tree
    done
    for tree in p4d-balanced c5n-efa; do
        on 2 pingpong --sizes 1M "${quick[@]}" --no-preflight --sysfs-root $tree \
            --require-transport efa --json >out
        holds '.transport.verdict == "efa" and .transport.failed == false'
        holds ".transport.evidence.sysfs_root == \"$tree\""
    done
    holds '.transport.evidence.efa[0] | .device == "rdmap0s6" and .tx_bytes == 2e12 and .rdma_read_bytes == 1e12'
    holds '.transport.nic_balance == null'
    for tree in c5n-tcp c5n-mixed c5n-still; do
        ends 73 '--require-transport efa: the verdict is' on 2 pingpong --sizes 1M "${quick[@]}" \
            --no-preflight --sysfs-root $tree --require-transport efa -o $tree.jsonl
    done
    holds '.transport.verdict == "tcp"' c5n-tcp.jsonl
    holds '.transport.verdict == "mixed"' c5n-mixed.jsonl
    holds '.transport.verdict == "shm"' c5n-still.jsonl # EFA is there, and shared memory was used
}

@test "four devices are balanced within 10 %, or the record says not" {
    bash "$trees" p4d-balanced even
    bash "$trees" p4d-one-nic odd
    on 2 pingpong --sizes 1M "${quick[@]}" --no-preflight --sysfs-root even --json >out
    holds '(.transport.evidence.efa | length) == 4 and .transport.nic_balance.within_10_percent'
    holds '.transport.nic_balance.largest_distance_from_mean == 0.02'
    on 2 pingpong --sizes 1M "${quick[@]}" --no-preflight --sysfs-root odd --json >out
    holds '.transport.nic_balance.within_10_percent == false'
    # and the devices near each rank are those that say so
    holds '.placement | all(.nic == "rdmap16s27,rdmap32s27")'
}

@test "two network namespaces as hosts: TCP, seen by connections and by both interfaces" {
    [ "${NH_MPIRUN:-mpirun}" = mpirun ] || skip 'written for Open MPI'
    [ "$(id -u)" -eq 0 ] && ip netns add "nh-a$$" 2>/dev/null || skip 'no network namespaces here'
    ip netns add "nh-b$$"
    ip link add nha netns "nh-a$$" type veth peer name nhb netns "nh-b$$"
    ip -n "nh-a$$" addr add 10.199.0.1/24 dev nha && ip -n "nh-a$$" link set nha up
    ip -n "nh-b$$" addr add 10.199.0.2/24 dev nhb && ip -n "nh-b$$" link set nhb up
    ip -n "nh-a$$" link set lo up && ip -n "nh-b$$" link set lo up
    # shellcheck disable=SC2016 # for the agent's shell
    printf '#!/bin/sh\nns=$1; shift\nexec ip netns exec "nh-${ns#host}%s" unshare --uts sh -c "hostname $ns; $*"\n' $$ >agent
    chmod +x agent
    local status=0
    timeout 60 ip netns exec "nh-a$$" unshare --uts sh -c "hostname hosta; mpirun -n 2 \
        --mca plm_rsh_agent $PWD/agent --mca oob_tcp_if_include 10.199.0.0/24 \
        --mca btl_tcp_if_include 10.199.0.0/24 --host hosta:1,hostb:1 \
        $program pingpong --sizes 64K --max-time 1 --max-samples 20 --bind none --json" >out || status=$?
    ip netns del "nh-a$$"
    ip netns del "nh-b$$"
    [ "$status" -eq 0 ]
    holds '.nodes == 2 and ([.placement[].host] == ["hosta", "hostb"])'
    holds '.transport.verdict == "tcp" and .transport.evidence.tcp_share >= 1'
    holds '.transport.evidence.net | map(.device) == ["nha", "nhb"]'
    # shellcheck disable=SC2016 # a variable of jq
    holds '.transport.evidence as $e | $e.net | map(.tx_bytes) | add >= $e.modelled_bytes'
}

# bats test_tags=mpich
@test "inter-node measurements refuse ranks that share a machine" {
    ends 2 '--inter-node: ranks 0 and 1 are on one machine' on 2 pingpong --sizes 8 --inter-node
    [ ! -s out ]
    on 1 allreduce --sizes 8 "${quick[@]}" --inter-node --json >out
    holds '.ranks == 1'
}

@test "a named placement binds the ranks, or says which are possible" {
    local status=0 name
    [ "$(nproc)" -ge 2 ] || skip 'one processor'
    for name in same-l2 same-l3 cross-numa cross-socket; do
        status=0
        on 2 pingpong --sizes 8 "${quick[@]}" --placement $name --json >out 2>err || status=$?
        if [ $status -eq 0 ]; then
            holds ".placement | all(.binding == \"$name\" and (.cpus | test(\"^[0-9]+$\")))"
            holds '[.placement[].cpus] | unique | length == 2'
        else
            [ $status -eq 2 ] && grep -q "no $name pair of processors; " err
        fi
    done
    # one package cannot be crossed, and every machine of at least two cores can do something
    [ "$(lscpu -p=SOCKET | grep -vc '^#')" -gt 0 ]
    if [ "$(lscpu -p=SOCKET | grep -v '^#' | sort -u | wc -l)" -eq 1 ]; then
        ends 2 'no cross-socket pair of processors' on 2 pingpong --sizes 8 --placement cross-socket
    fi
    ends 2 'a host has one' on 1 allreduce --sizes 8 --placement same-l3
}

# limited SIZE COMMAND...: with a /dev/shm of its own.
limited() {
    local size=$1
    shift
    # shellcheck disable=SC2016 # for the inner shell
    unshare --mount bash -c 'mount -t tmpfs -o size="$1" none /dev/shm && shift && "$@"' _ "$size" "$@"
}

# bats test_tags=mpich
@test "a small /dev/shm is refused before MPI starts, with the key to change" {
    limited 1m true 2>/dev/null || skip 'no mount namespaces here'
    ends 2 '/dev/shm has 4.0 MiB free and MPI needs 8.4 MiB for 2 ranks' \
        limited 4m "${NH_MPIRUN:-mpirun}" -n 2 "$program" pingpong --sizes 8 -o records.jsonl
    grep -q 'linuxParameters.sharedMemorySize 64' err
    grep -q -- '--shm-size 64m' err
    [ ! -s out ] && [ ! -e records.jsonl ]
    limited 20m "${NH_MPIRUN:-mpirun}" -n 2 "$program" pingpong --sizes 8 "${quick[@]}" -q 2>err
    grep -q 'warning: host .*: /dev/shm has 20.0 MiB free and 2 ranks may need up to 32 MiB' err
}

@test "EFA with little locked memory is refused before MPI starts, with the key to change" {
    bash "$trees" c5n-efa tree
    command -v setpriv >/dev/null || skip 'no setpriv'
    ends 2 'a process may lock 0.062 MiB of memory and EFA needs at least 64 MiB' \
        setpriv --inh-caps=-ipc_lock --bounding-set=-ipc_lock bash -c "ulimit -l 64 &&
            ${NH_MPIRUN:-mpirun} -n 2 $program pingpong --sizes 8 --sysfs-root tree"
    grep -q 'ulimits memlock -1' err
    [ ! -s out ]
}

# gone PROCESS: the launcher ends what is left, at the latest soon after it has ended itself.
gone() {
    local tries=0
    while kill -0 "$1" 2>/dev/null; do
        tries=$((tries + 1))
        [ $tries -lt 100 ] || return 1
        sleep 0.1
    done
}

# hang SIGNAL NTH: starts two ranks, and sends SIGNAL to the NTH process when a record is there.
hang() {
    local tries=0 status=0 victim
    on 2 pingpong --sizes 8,64,1K,4K,16K,64K,256K,1M --precision 0.00001 --max-time 1 --timeout 2 \
        -q -o records.jsonl 3>&- >out 2>err &
    until [ -s records.jsonl ]; do
        tries=$((tries + 1))
        [ $tries -lt 300 ] || { cat err; return 1; }
        sleep 0.1
    done
    victim=$(pgrep -f "^$program pingpong.*-o records.jsonl" | sed -n "$2p")
    kill "-$1" "$victim"
    wait $! || status=$?
    echo "$victim $status"
}

# bats test_tags=mpich
@test "a rank that hangs: the others stop in time, name it, keep the records, exit 74" {
    local nth victim status start
    for nth in 1 2; do
        rm -f records.jsonl
        start=$SECONDS
        read -r victim status < <(hang STOP $nth)
        [ "$status" -eq 74 ] || { echo "exit $status"; cat err; return 1; }
        [ $((SECONDS - start)) -le 12 ]
        grep -q "come on for 2 s: rank [01] (process $victim) is stopped; records of finished" err
        gone "$victim"
        holds '.verify == "passed" and (.samples_ns | length) > 0' records.jsonl
    done
}

@test "a long but working measurement is not taken for a hanging one" {
    # Longer than the limit as a whole; ranks say something after each size.
    on 2 pingpong --sizes 8,512,64K --precision 0.00001 --max-time 2 --max-samples 1000000 \
        --timeout 5 --json >out
    holds '.stop.rule == "time"'
    on 2 pingpong --sizes 8 "${quick[@]}" --timeout 0 --json >out
    holds '.verify == "passed"'
}

# One pass of all pairs takes longer than the limit, and has no control message in it.
@test "a long pass of the matrix is not taken for a hanging one" {
    on 16 matrix --size 8M --measure bandwidth --serial --max-time 0.5 --timeout 1 --json >out
    holds '.verify == "passed" and .stats.max > 1e9'
}

@test "wrong values of these options are refused" {
    ends 2 '--require-transport' on 2 pingpong --require-transport ib
    ends 2 '--placement' on 2 pingpong --placement near
    ends 2 '--timeout' on 2 pingpong --timeout -3
    ends 2 '--timeout' on 2 pingpong --timeout soon
    ends 2 '--timeout: 2 s is shorter than --max-time' on 2 pingpong --max-time 3 --timeout 2
}
