#!/usr/bin/env bats
# SPDX-License-Identifier: BSD-3-Clause
#
# nodehour-fabric with the providers that every Linux has, shm and tcp: by mpirun and by hand.
# These tests keep away from ports that a desktop uses.

setup() {
    cd "$BATS_TEST_TMPDIR" || return
    set -o pipefail
    program=$NH_BIN/nodehour-fabric
    [ -x "$program" ] || skip 'built without libfabric'
    quick=(--max-time 0.05 --max-samples 40)
    port=$((25000 + BATS_TEST_NUMBER * 37 + $$ % 1000))
}

teardown() {
    local pid
    for pid in $(jobs -p); do
        kill -9 "$pid" 2>/dev/null || true
    done
}

on() {
    local ranks=$1
    shift
    "${NH_MPIRUN:-mpirun}" -n "$ranks" "$program" "$@"
}

# shm needs room for its regions; where it has none the test says so.
need_shm() {
    "$program" list | grep -q '^  shm ' || skip "shm finds too little room in /dev/shm"
}

holds() {
    local file=${2:-out}
    [ "$(jq -s "length > 0 and all(.[]; $1)" "$file")" = true ] ||
        { echo "not so: $1"; jq -c 'del(.samples_ns, .system.cpu, .env)' "$file"; return 1; }
}

# refused TEXT ARGUMENT...: exit 2 and one line of ours with a remedy.
refused() {
    local text=$1 status=0
    shift
    on 2 "$@" >out 2>err </dev/null || status=$?
    [ "$status" -eq 2 ] || { echo "exit $status"; cat err; return 1; }
    [ "$(grep -c '^nodehour-fabric' err)" -eq 1 ] || { cat err; return 1; }
    grep '^nodehour-fabric.*[;?]' err | grep -qF -- "$text" || { cat err; return 1; }
    [ ! -s out ]
}

# bats test_tags=mpich
@test "every api of shm carries verified data, started by mpirun" {
    local api
    need_shm
    for api in tagged msg write read; do
        on 2 pingpong -p shm --api $api --sizes 0,1,8,4097,1M "${quick[@]}" -o records.jsonl >out
        [ "$(grep -cv '^#' out)" -eq 5 ]
        on 2 bandwidth -p shm --api $api --window 8 --sizes 1,65537 "${quick[@]}" -q -o records.jsonl
    done
    [ "$(wc -l <records.jsonl)" -eq 28 ]
    holds '.verify == "passed" and .ranks == 2 and .nodes == 1' records.jsonl
    holds '.params.provider == "shm" and .params.over == "libfabric"' records.jsonl
    [ "$(jq -r .params.api records.jsonl | sort | uniq -c | xargs)" = '7 msg 7 read 7 tagged 7 write' ]
}

@test "every api of tcp carries verified data, in both directions and over two domains" {
    local api way
    for api in tagged msg write read; do
        on 2 pingpong -p tcp --api $api --sizes 0,8,100001 "${quick[@]}" --json >>out
        for way in one two; do
            on 2 bandwidth -p tcp -d lo,lo --api $api --direction $way -w 5 --sizes 7,20000 \
                "${quick[@]}" --json >>out
        done
    done
    holds '.verify == "passed" and (.params.provider | startswith("tcp"))'
    [ "$(jq -r 'select(.kernel == "bandwidth") | .params.domain' out | sort -u)" = 'lo,lo' ]
    [ "$(jq -s 'map(select(.params.direction == "two")) | length' out)" -eq 8 ]
}

@test "a record says provider, protocol and library, and follows from its samples" {
    on 2 pingpong -p tcp --sizes 8 "${quick[@]}" --run R --job J --launch 3 --json >out
    holds '.format == "nodehour-record" and (.program | startswith("nodehour-fabric "))'
    holds '.kernel == "pingpong" and .metric == "one_way_latency" and .run == "R" and .launch == 3'
    holds '(.system.libfabric | test("^[0-9]+\\.[0-9]+$")) and .system.provider == .params.provider'
    holds '(.system.protocol | length) > 3 and .system.protocol_version >= 0'
    holds '(.system.provider_version | test("^[0-9]+\\.[0-9]+$"))'
    holds '(.samples_ns[.stats.warmup_samples:] | min) / .ops_per_sample == .stats.min'
    holds '(.placement | map(.rank)) == [0, 1] and (.placement | all(.cpus | test("^[0-9,-]+$")))'
    holds '(.derived.bandwidth_bytes_per_s * .stats.median / 8e9 - 1 | fabs) < 1e-6'
}

# ends CODE TEXT ARGUMENT...: exit code, and one line of ours that says TEXT.
ends() {
    local code=$1 text=$2 status=0
    shift 2
    on 2 "$@" >out 2>err </dev/null || status=$?
    [ "$status" -eq "$code" ] || { echo "exit $status, not $code"; cat err; return 1; }
    [ "$(grep -c '^nodehour-fabric' err)" -eq 1 ] || { cat err; return 1; }
    grep '^nodehour-fabric.*;' err | grep -qF -- "$text" || { cat err; return 1; }
}

@test "every byte is modelled: the connections carried 100 %, verification included" {
    local api
    for api in tagged write read; do
        on 2 pingpong -p tcp --api $api --sizes 64K "${quick[@]}" --require-transport tcp --json >>out
        on 2 bandwidth -p tcp -d lo,lo --direction two --api $api -w 4 --sizes 100000 "${quick[@]}" \
            --json >>out
    done
    holds '.transport | .verdict == "tcp" and .evidence.tcp_share >= 1 and .evidence.tcp_share < 1.02'
    holds '.transport.evidence.machines == 1 and .transport.nic_balance == null'
    # both share a page for the hand-over between their cores, and nobody writes it meanwhile
    holds '.transport.basis == "counted" and .transport.evidence.shared_memory.written_bytes == 0'
    holds 'if .kernel == "pingpong" then .transport.failed == false else .params.pieces == 2 end'
}

@test "another transport than the required one: exit 73, no number, a failed record" {
    ends 73 'size_B 65536: --require-transport shm: the verdict is tcp' pingpong -p tcp \
        --sizes 64K,128K "${quick[@]}" --require-transport shm -o records.jsonl
    [ "$(grep -cv '^#' out)" -eq 0 ]
    [ "$(wc -l <records.jsonl)" -eq 1 ]
    holds '.transport | .verdict == "tcp" and .failed' records.jsonl
    ends 73 'no measurement moved enough bytes to prove it' pingpong -p tcp --sizes 0 \
        "${quick[@]}" --require-transport tcp
    need_shm
    ends 73 '--require-transport tcp: the verdict is shm' pingpong -p shm --sizes 1M "${quick[@]}" \
        --require-transport tcp
}

# The trees are made up; their bytes are far more than the ranks really move here.
@test "counters of EFA devices decide here too, with the balance of four" {
    bash "$NH_ROOT/tests/data/sysfs-tree" p4d-balanced even
    bash "$NH_ROOT/tests/data/sysfs-tree" p4d-one-nic odd
    on 2 bandwidth -p tcp --sizes 1M -w 4 "${quick[@]}" --sysfs-root even --require-transport efa \
        --json >out
    holds '.transport | .verdict == "efa" and .failed == false and .nic_balance.within_10_percent'
    on 2 bandwidth -p tcp --sizes 1M -w 4 "${quick[@]}" --sysfs-root odd --json >out
    holds '.transport.nic_balance.within_10_percent == false'
}

@test "inter-node measurements refuse ranks that share a machine; a boot id says so" {
    refused '--inter-node: ranks 0 and 1 are on one machine' pingpong -p tcp --sizes 8 --inter-node
    on 2 pingpong -p tcp --sizes 8 "${quick[@]}" --json >out
    holds '.placement | (map(.boot) | unique | length) == 1 and all((.boot | length) > 0 and .binding != null)'
}

@test "between two cores each record has its distance to hand-over and memcpy" {
    [ "$(nproc)" -ge 2 ] || skip 'needs two cores'
    need_shm
    on 2 pingpong -p shm --sizes 8,64K "${quick[@]}" --json >out
    holds '.limits.handover_ns > 1 and .limits.ratio > 0'
    holds '.transport | .verdict == "shm" and .basis == "seen"'
    holds '.transport.evidence.shared_memory | .written_bytes > 0 and (.most_written | startswith("/dev/shm/"))'
    jq -s -e 'map(.limits.ratio_of) == ["time over hand-over", "bandwidth over copy bandwidth"]' out
}

# Two hosts with two networks between them, each an interface of its own.
two_networks() {
    local i
    if ! { [ "$(id -u)" -eq 0 ] && ip netns add "nf-a$$" 2>/dev/null; }; then
        skip 'no network namespaces here'
    fi
    ip netns add "nf-b$$"
    for i in 0 1; do
        ip link add nfa$i netns "nf-a$$" type veth peer name nfb$i netns "nf-b$$"
        ip -n "nf-a$$" addr add 10.198.$i.1/24 dev nfa$i && ip -n "nf-a$$" link set nfa$i up
        ip -n "nf-b$$" addr add 10.198.$i.2/24 dev nfb$i && ip -n "nf-b$$" link set nfb$i up
    done
    ip -n "nf-a$$" link set lo up && ip -n "nf-b$$" link set lo up
    for i in $(seq 100); do # the carrier of a new interface comes by and by
        [ "$(interfaces_up nf-a; interfaces_up nf-b)" != $'2\n2' ] || return 0
        sleep 0.1
    done
}

interfaces_up() {
    ip -n "$1$$" -o link show up | grep -c 'nf[ab][01].*state UP'
}

@test "two networks: each message goes over both at once, and each interface carries half" {
    local status=0
    two_networks
    ip netns exec "nf-b$$" "$program" bandwidth --listen "$port" -d nfb0,nfb1 2>listen.err &
    ip netns exec "nf-a$$" "$program" bandwidth 10.198.0.2:"$port" -p tcp -d nfa0,nfa1 \
        --sizes 100,1M -w 4 --direction two --max-time 0.3 --max-samples 40 --json >out 2>err || status=$?
    wait $! || status=$?
    ip netns del "nf-a$$"
    ip netns del "nf-b$$"
    [ "$status" -eq 0 ] || { cat err listen.err; return 1; }
    holds '.verify == "passed" and .transport.verdict == "tcp" and .params.domain == "nfa0,nfa1"'
    [ "$(jq -s -c 'map(.params.pieces)' out)" = '[1,2]' ]
    jq -s -e '.[1].transport.evidence | .modelled_bytes as $w | .tcp_share < 1.02 and
        (.net | map(.device)) == ["nfa0", "nfa1", "nfb0", "nfb1"] and
        (.net | all(.tx_bytes > 0.24 * $w and .tx_bytes < 0.3 * $w))' out ||
        { jq -c .transport out; return 1; }
}

@test "two sides find each other by hand; the one that calls has the table" {
    local status=0
    "$program" pingpong --listen "$port" >listen.out 2>listen.err &
    "$program" pingpong localhost:"$port" -p tcp --sizes 8,1000 "${quick[@]}" -o records.jsonl >out
    wait $! || status=$?
    [ "$status" -eq 0 ] || { cat listen.err; return 1; }
    [ ! -s listen.out ]
    [ "$(jq -r .params.size_bytes records.jsonl | xargs)" = '8 1000' ]
    if [ "$(nproc)" -ge 2 ]; then
        holds '([.placement[].cpus] | unique | length) == 2' records.jsonl
    fi
}

@test "the sides must run the same verb" {
    local status=0
    "$program" bandwidth --listen "$port" 2>listen.err &
    "$program" pingpong localhost:"$port" -p tcp --sizes 8 2>err || status=$?
    [ "$status" -eq 2 ]
    grep -q 'same verb' err
    status=0
    wait $! || status=$?
    [ "$status" -eq 2 ]
}

@test "a partner that is killed ends the other with 74, and what was measured stays" {
    local status=0 caller listener
    "$program" pingpong --listen "$port" --timeout 15 2>listen.err &
    listener=$!
    "$program" pingpong localhost:"$port" -p tcp --sizes 8,16 --precision 0.00001 --max-time 1 \
        --max-samples 10000000 -q -o records.jsonl 2>err &
    caller=$!
    for _ in $(seq 100); do
        [ ! -s records.jsonl ] || break
        sleep 0.1
    done
    kill -9 $listener
    wait $caller || status=$?
    [ "$status" -eq 74 ] || { cat err; return 1; }
    grep -q '127.0.0.1.*;' err
    [ "$(wc -l <records.jsonl)" -eq 1 ]
    holds '.verify == "passed"' records.jsonl
}

@test "a partner that hangs is given up after --timeout" {
    local status=0 caller listener
    "$program" bandwidth --listen "$port" --timeout 1 2>listen.err &
    listener=$!
    "$program" bandwidth localhost:"$port" -p tcp --sizes 64K --precision 0.00001 --max-time 30 \
        --max-samples 10000000 -q &
    caller=$!
    sleep 1
    kill -STOP $caller
    wait $listener || status=$?
    kill -9 $caller
    [ "$status" -eq 74 ] || { cat listen.err; return 1; }
    grep -q -- '--timeout' listen.err
}

@test "nobody on the other side: 74 after --timeout, with what to start" {
    local status=0
    "$program" pingpong localhost:"$port" --timeout 0.3 2>err || status=$?
    [ "$status" -eq 74 ]
    grep -q -- "--listen $port" err
}

# overhead FILE LABEL: the report's difference at 8 B over the curve whose name begins so, or "".
overhead() {
    "$NH_BIN/nodehour" report "$1" -o page.html | grep -B1 "^ *over libfabric, $2" |
        sed -n 's/.*MPI overhead \(.*\) at 8 B.*/\1/p'
}

# What the two programs measured, subtracted by hand.
difference() {
    jq -s -r 'map(select(.params.size_bytes == 8)) | (map(select(.params.over == null))[0].stats.median) -
        (map(select(.params.provider != null and (.params.provider | startswith("'"$2"'"))))[0].stats.median) |
        if . < 0 then "-" else "" end' "$1"
}

@test "MPI overhead is MPI less libfabric over the same transport, on shm and on tcp" {
    local mpi=$NH_BIN/nodehour-mpi
    [ -x "$mpi" ] || skip 'built without MPI'
    need_shm
    on 2 pingpong -p shm --sizes 8,4K "${quick[@]}" -q -o shm.jsonl
    on 2 pingpong -p tcp -d lo --sizes 8,64K "${quick[@]}" -q -o tcp.jsonl
    "${NH_MPIRUN:-mpirun}" -n 2 "$mpi" pingpong --sizes 8,4K,64K "${quick[@]}" -q -o mpi.jsonl
    cat shm.jsonl tcp.jsonl mpi.jsonl >both.jsonl
    # the sign is that of the difference, and the number has a unit
    [[ $(overhead both.jsonl shm) =~ ^$(difference both.jsonl shm)[0-9.]+\ [num]s$ ]]
    grep -q 'MPI overhead.*over libfabric, shm' page.html
    # those over shared memory less those over TCP are no overhead
    [ -z "$(overhead both.jsonl tcp)" ]
    OMPI_MCA_btl=tcp,self OMPI_MCA_pml=ob1 UCX_TLS=tcp,self "${NH_MPIRUN:-mpirun}" -n 2 "$mpi" \
        pingpong --sizes 8,64K "${quick[@]}" -q -o tcp.jsonl
    [[ $(overhead tcp.jsonl tcp) =~ ^$(difference tcp.jsonl tcp)[0-9.]+\ [num]s$ ]]
}

# bats test_tags=mpich
@test "wrong input exits 2, names what exists, and prints no table" {
    refused 'choose one of' pingpong --provider nonesuch
    grep -q 'tcp' err
    refused "'nonesuch'; it has" pingpong -p tcp --domain nonesuch
    refused 'tagged, msg, write, read' pingpong --api smoke
    refused '--sizes' pingpong --sizes 8x
    refused '--window' bandwidth --window 0
    refused '--max-time' pingpong --max-time never
}

@test "alone it says how to start" {
    local status=0
    env -u SLURM_PROCID -u PMI_RANK -u PMIX_RANK "$program" pingpong 2>err || status=$?
    [ "$status" -eq 2 ]
    grep -q -- '--listen 4711.*mpirun -n 2' err
    status=0
    "$program" pingpong --listen 0 2>err || status=$?
    [ "$status" -eq 2 ]
}

@test "one rank or three are refused" {
    local n status
    export OMPI_MCA_rmaps_base_oversubscribe=1
    for n in 1 3; do
        status=0
        on $n pingpong >out 2>err || status=$?
        [ "$status" -eq 2 ]
        grep -q "needs 2 ranks and has $n" err
    done
}

@test "list shows providers with domains and explains efa" {
    "$program" list >out
    grep -q '^libfabric 1\.' out
    grep -qE '^  tcp.* lo .*FI_PROTO' out
    grep -qE '^efa is (not )?usable:' out
    grep -qE '(ok|PROBLEM) .*(EFA device|/sys/class/infiniband)' out
    grep -qE '(ok|PROBLEM) .*locked memory' out
    if [ ! -d /sys/class/infiniband ]; then
        grep -qE 'PROBLEM .*no EFA device.*;' out
    fi
}

# bats test_tags=mpich
@test "help lists the common options and examples" {
    "$program" bandwidth --help | grep -q -- '--window'
    "$program" pingpong --help >out
    grep -q -- '--precision' out
    grep -q -- '--listen' out
    [ "$(grep -c -- '--window' out)" -eq 0 ]
    [ "$("$program" --version | cut -d' ' -f1)" = nodehour-fabric ]
}
