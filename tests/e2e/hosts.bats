#!/usr/bin/env bats
# SPDX-License-Identifier: BSD-3-Clause
# bats file_tags=cluster
#
# nodehour-mpi and nodehour-fabric between hosts: three containers (tests/cluster/up) that have
# addresses, names and a /dev/shm of their own. Two cores of this machine carry all of it, so
# times mean little; who is named, what is refused and what is recorded is what counts.

load ../cluster/cluster

setup_file() {
    hosts_up
}

teardown_file() {
    hosts_down
}

setup() {
    hosts_setup
    program=$NH_BIN/nodehour-mpi
    fabric=$NH_BIN/nodehour-fabric
    quick=(--max-time 0.1 --max-samples 50)
}

# over NODES ARGUMENT...: a rank on each of the nodes (node1,node2:3: one and three), started
# from node1. Ranks that wait let others have the core: node3 shares that of node1.
over() {
    local nodes=$1 ranks=0 node count words=()
    shift
    for node in ${nodes//,/ }; do
        count=${node#*:}
        [ "$count" != "$node" ] || count=1
        words+=("${node%%:*}:$count")
        ranks=$((ranks + count))
    done
    nodes=$(IFS=, && echo "${words[*]}")
    case ${NH_MPIRUN:-mpirun} in
    *mpich*) host node1 mpirun.mpich -n $ranks -hosts "$nodes" "$@" ;;
    *) host node1 mpirun -n $ranks --host "$nodes" --oversubscribe --mca mpi_yield_when_idle 1 "$@" ;;
    esac
}

# ends CODE TEXT COMMAND...: exit code, and one line of ours that says TEXT and a remedy.
ends() {
    local code=$1 text=$2 status=0
    shift 2
    "$@" >out 2>err || status=$?
    [ "$status" -eq "$code" ] || { echo "exit $status, not $code"; cat err; return 1; }
    [ "$(grep -c '^nodehour' err)" -eq 1 ] || { cat err; return 1; }
    grep '^nodehour.*;' err | grep -qF -- "$text" || { cat err; return 1; }
}

# holds FILTER [FILE]: every record makes the filter true, and there are some.
holds() {
    local file=${2:-out}
    [ "$(jq -s "length > 0 and all(.[]; $1)" "$file")" = true ] ||
        { echo "not so: $1"; jq -c 'del(.samples_ns, .system, .env, .command)' "$file"; return 1; }
}

# bats test_tags=mpich
@test "between hosts the verdict is tcp, with both interfaces as evidence" {
    over node1,node2 "$program" pingpong --sizes 64K "${quick[@]}" --require-transport tcp --json >out
    holds '.nodes == 2 and ([.placement[].host] == ["node1", "node2"])'
    holds '[.placement[].boot] | unique | length == 2'
    holds '.transport | .verdict == "tcp" and .required == "tcp" and (.failed | not)'
    holds '.transport.evidence | .machines == 2 and .tcp_share >= 1 and .loopback_bytes < .noise_bytes.tcp'
    # shellcheck disable=SC2016 # a variable of jq
    holds '.transport.evidence as $e | $e.net | map(.tx_bytes) | add >= $e.modelled_bytes'
    holds '.verify == "passed" and .limits == null'
}

# bats test_tags=mpich
@test "shared memory is required and TCP carries it: exit 73 and a failed record" {
    ends 73 'size_B 65536: --require-transport shm: the verdict is tcp' over node1,node2 \
        "$program" pingpong --sizes 64K "${quick[@]}" --require-transport shm -o records.jsonl
    run ! grep -v '^#' out
    holds '.transport | .verdict == "tcp" and .failed' records.jsonl
}

# bats test_tags=mpich
@test "inter-node measurements accept two hosts, and refuse two ranks of one" {
    over node1,node2 "$program" pingpong --sizes 8 "${quick[@]}" --inter-node --json >out
    holds '.nodes == 2'
    ends 2 '--inter-node: ranks 1 and 2 are on one machine' over node1,node2:2 \
        "$program" allreduce --sizes 8 --inter-node
    [ ! -s out ]
}

@test "containers of one machine are not two hosts: the boot id tells" {
    host node2 umount /proc/sys/kernel/random/boot_id
    host node1 umount /proc/sys/kernel/random/boot_id
    ends 2 '--inter-node: ranks 0 and 1 are on one machine (same boot id' over node1,node2 \
        "$program" pingpong --sizes 8 --inter-node
    host_again node1
    host_again node2
}

# bats test_tags=mpich
@test "a record between hosts has the line rate of the machine as its limit" {
    over node1,node2 "$program" pingpong --sizes 64K "${quick[@]}" --machine c5n.18xlarge --json >out
    holds '.machine == "c5n.18xlarge" and .limits.line_rate_bytes_per_s == 12.5e9'
    holds '(.limits.ratio * 12.5e9 / .derived.bandwidth_bytes_per_s - 1 | fabs) < 1e-6'
    over node1,node2 "$program" bandwidth --sizes 64K --direction two "${quick[@]}" \
        --machine c5n.18xlarge --json >out
    holds '(.limits.ratio * 25e9 / .derived.bandwidth_bytes_per_s - 1 | fabs) < 1e-6'
}

# bats test_tags=mpich
@test "clocks of two hosts are compared, and the record says how uncertain they are" {
    over node1,node2 "$program" allreduce --sizes 8 "${quick[@]}" --common-clock --json >out
    holds '.times.clock | .method == "jk" and .clocks == 2 and .consistent'
    # containers share a clock: half of the quickest round trip bounds the offset
    holds '.times.clock.bound_ns > 100 and .times.clock.disagreement_ns <= .times.clock.bound_ns'
    holds '.times.global.median >= .times.local_max.median * 0.99 and .times.skew.median >= 0'
    over node1,node2 "$program" allreduce --sizes 8 "${quick[@]}" --sync window --json >out
    holds '.sync == "window" or (.times.flags | index("fell_back_to_barrier"))'
    holds '.times.clock.clocks == 2 and .times.clock.bound_ns > 100'
}

# bats test_tags=mpich
@test "collective operations over three hosts name the straggler and its host" {
    local verb
    for verb in 'allreduce --sizes 8,64K' 'bcast --sizes 8,64K' 'alltoall --sizes 8,64K' barrier; do
        # shellcheck disable=SC2086 # two words and more
        over node1,node2,node3 "$program" $verb "${quick[@]}" --json >out
        holds '.nodes == 3 and .verify != "failed" and .transport.verdict != "shm"'
        holds '.times.straggler as $s | .placement[$s.rank].host == $s.host and $s.share > 0'
    done
}

# bats test_tags=mpich
@test "all pairs over three hosts: the one whose interface is slow is named as the worst" {
    host node2 tc qdisc add dev eth0 root tbf rate 200mbit burst 64k latency 50ms 2>/dev/null ||
        skip 'this kernel limits no rates (tc tbf)'
    over node1,node2,node3 "$program" matrix --measure bandwidth --size 256K --window 2 \
        --max-time 0.5 --json >out
    host node2 tc qdisc del dev eth0 root
    holds '.detail.worst_hosts | length == 3 and .[0].host == "node2" and .[0].score > .[1].score'
    holds '.detail.worst_ranks[0] | .rank == 1 and .as == "sender"'
    holds '.detail.worst_links[0].from == 1 and (.detail.matrix | length) == 3'
}

# bats test_tags=mpich
@test "a small /dev/shm of another host than rank 0's is said with its name: exit 2" {
    host node2 mount -o remount,size=64m /dev/shm
    ends 2 'host node2: /dev/shm has 64.0 MiB free and MPI needs 71.4 MiB for 17 ranks' \
        over node1,node2:17 "$program" allreduce --sizes 8 -o records.jsonl
    host node2 mount -o remount,size=1g /dev/shm
    grep -q -- '--shm-size 320m' err
    [ ! -s out ] && [ ! -e records.jsonl ]
}

# trouble COMMAND...: two ranks measure on node1 and node2; when a record is there, COMMAND.
# What node1 printed is in err, the exit code in $status.
trouble() {
    over node1,node2 "$program" pingpong --sizes 8,64,1K,4K,16K,64K --precision 0.00001 --max-time 1 \
        --max-samples 10000000 --timeout 3 -q -o records.jsonl 3>&- >out 2>err &
    for _ in $(seq 200); do
        [ ! -s records.jsonl ] || break
        sleep 0.1
    done
    [ -s records.jsonl ] || { cat err; return 1; }
    began=$SECONDS
    "$@"
    status=0
    wait $! || status=$?
    [ $((SECONDS - began)) -le 15 ] || { echo "$((SECONDS - began)) s"; return 1; }
    holds '.verify == "passed" and (.samples_ns | length) > 0' records.jsonl
    [ "$(wc -l <records.jsonl)" -lt 6 ]
}

# bats test_tags=mpich
@test "a rank that is stopped on another host: it and its host are named, exit 74, records kept" {
    trouble host node2 pkill -STOP nodehour-mpi
    [ "$status" -eq 74 ] || { echo "exit $status"; cat err; return 1; }
    grep -q 'no rank of host node1 has come on for 3 s: host node2 (rank 1) does not answer; records' err
}

# bats test_tags=mpich
@test "a rank that is killed on another host ends the run, and records are kept" {
    trouble host node2 pkill -KILL nodehour-mpi
    [ "$status" -ne 0 ]
    for _ in $(seq 50); do
        host node1 pgrep nodehour-mpi >/dev/null || break
        sleep 0.1
    done
    run ! host node1 pgrep nodehour-mpi
}

# Its daemon is paused too, and mpirun waits for that as long as it takes.
paused_for_a_while() {
    cluster_docker pause node2 >/dev/null
    for _ in $(seq 150); do
        ! grep -q '^nodehour-mpi' err || break
        sleep 0.1
    done
    host node1 pgrep nodehour-mpi >still-there || true
    cluster_docker unpause node2 >/dev/null
}

@test "a host that is paused is named after --timeout, and the others stop" {
    trouble paused_for_a_while
    [ "$status" -eq 74 ] || { echo "exit $status"; cat err; return 1; }
    grep -q 'host node2 (rank 1) does not answer; records' err
    [ ! -s still-there ]
}

# bats test_tags=mpich
@test "two ranks of a host, one stopped: the other host hears its process number" {
    local victim
    over node1,node2:2 "$program" allreduce --sizes 8,16,32,64 --precision 0.00001 --max-time 1 \
        --max-samples 10000000 --timeout 3 -q -o records.jsonl 3>&- >out 2>err &
    for _ in $(seq 300); do
        [ ! -s records.jsonl ] || break
        sleep 0.1
    done
    victim=$(host node2 pgrep nodehour-mpi | tail -n 1)
    host node2 kill -STOP "$victim"
    status=0
    wait $! || status=$?
    [ "$status" -eq 74 ] || { echo "exit $status"; cat err; return 1; }
    grep -qE "rank [12] \(process $victim\) is stopped; records" err
}

@test "libfabric over tcp between hosts, by mpirun and by hand" {
    [ -x "$fabric" ] || skip 'built without libfabric'
    over node1,node2 "$fabric" pingpong --rendezvous node1:4712 -p tcp --sizes 8,64K "${quick[@]}" --json >out
    holds '.nodes == 2 and .verify == "passed" and ([.placement[].host] == ["node1", "node2"])'
    over node1,node2 "$fabric" bandwidth --rendezvous node1:4713 -p tcp --api write --sizes 64K "${quick[@]}" --json >out
    holds '.verify == "passed" and .params.api == "write"'
    host node2 "$fabric" pingpong --listen 4711 3>&- 2>listen.err &
    host node1 "$fabric" pingpong node2:4711 -p tcp --sizes 8,1000 "${quick[@]}" --json >out
    wait $!
    holds '.nodes == 2 and ([.placement[].host] | sort == ["node1", "node2"])'
}
