#!/usr/bin/env bats
# SPDX-License-Identifier: BSD-3-Clause
#
# nodehour check, nodehour import, reports of imported logs, and --format osu.
#
# bats file_tags=together

setup() {
    cd "$BATS_TEST_TMPDIR"
    export OMPI_ALLOW_RUN_AS_ROOT=1 OMPI_ALLOW_RUN_AS_ROOT_CONFIRM=1
    nodehour=$NH_BIN/nodehour
    logs=$NH_ROOT/tests/data/logs
    mpirun=${NH_MPIRUN:-mpirun}
}

@test "check: a latency of 0.46 us between nodes is refused with line, bound and reason" {
    run "$nodehour" check "$logs/osu_latency-shm.txt" --nodes 2 --machine c5n.18xlarge
    [ "$status" -eq 1 ]
    [[ ${lines[0]} == *"osu_latency-shm.txt:3: impossible: osu_latency, 0 B: 490 ns; at least 5.00 us [inter-node-latency]" ]]
    [[ $output == *"24 figures: 24 impossible, 0 suspicious"* ]]
    [[ $output == *"share a host"* ]]
}

@test "check: the same log without a claim is not judged, and says what is missing" {
    run "$nodehour" check "$logs/osu_latency-shm.txt"
    [ "$status" -eq 0 ]
    [[ $output == *"24 not checked"* ]]
    [[ $output == *"--nodes"* ]]
}

@test "check: published EFA latencies pass" {
    run "$nodehour" check "$logs/osu_latency-efa.txt" --inter-node --machine c5n.18xlarge
    [ "$status" -eq 0 ]
    [[ $output == "7 figures: 0 impossible, 0 suspicious, 7 fine, 0 not checked" ]]
}

@test "check: a broadcast over 32 nodes below one hop of the same set" {
    run "$nodehour" check "$logs/osu_latency-and-bcast.txt" --nodes 32 --machine c5n.18xlarge
    [ "$status" -eq 1 ]
    [[ $output == *"osu_bcast, 1 B: 7.71 us; at least 17.4 us [barrier-skew]"* ]]
    [[ $output == *"hop: 17.95 us, osu_latency, line 2"* ]]
}

@test "check: eight ranks in a run of two nodes; the run of sixteen passes" {
    run "$nodehour" check "$logs/nccl-batch-p5.txt" --nodes 2 --machine p5.48xlarge
    [ "$status" -eq 1 ]
    [[ $output == *"busbw/algbw 1.7500; 1.8750 for 16 ranks [rank-count]"* ]]
    run "$nodehour" check "$logs/nccl-2xp5.txt" --machine p5.48xlarge
    [ "$status" -eq 0 ]
    [[ $output == *"[average-over-sizes]"* ]]
}

@test "check: fio above the drives, JSON that names item and rule" {
    run "$nodehour" check "$logs/fio-cached.json" --machine p4d.24xlarge --json
    [ "$status" -eq 1 ]
    [ "$(jq -r '.impossible' <<<"$output")" = 3 ]
    [ "$(jq -r '.lines[1].rule, .lines[1].item, .lines[1].bound' <<<"$output" | paste -sd' ')" = "nvme 1 at most 2.70 GB/s" ]
    run "$nodehour" check "$logs/fio-p4d.json" --machine p4d.24xlarge
    [ "$status" -eq 0 ]
}

@test "check: of AWS's 1,508 figures exactly the known false series are refused" {
    run "$nodehour" check "$NH_ROOT"/results/reference/aws-parallelcluster-osu/*.csv --json
    [ "$status" -eq 1 ]
    [ "$(jq -r '"\(.figures) \(.impossible) \(.suspicious)"' <<<"$output")" = "1508 192 169" ]
    refused=$(jq -r '.lines[] | select(.level == "impossible") | .series' <<<"$output" | cut -d, -f1,3 | sort -u | tr '\n' ';')
    [ "$refused" = "osu_bcast, openmpi;osu_latency, intelmpi;" ]
}

@test "check: a latency of 0.46 us through shared memory that claims two nodes is refused by its own counters" {
    "$mpirun" -n 2 "$NH_BIN/nodehour-mpi" pingpong --sizes 8,64K --max-time 0.1 -q -o own.jsonl
    "$mpirun" -n 2 "$NH_BIN/nodehour-mpi" rma --op get --window 8 --sizes 64K --max-time 0.1 -q -o own.jsonl
    run "$nodehour" check own.jsonl
    [ "$status" -eq 0 ]
    [[ $output == *"3 figures: 0 impossible"* ]]
    run "$nodehour" check own.jsonl --inter-node --machine c5n.18xlarge
    [ "$status" -eq 1 ]
    [[ $output == *"between nodes; transport shm [transport]"* ]]
    [[ $output == *"3 figures: 3 impossible"* ]]
}

@test "check: a record faster than the limits measured beside it is impossible" {
    "$mpirun" -n 2 "$NH_BIN/nodehour-mpi" pingpong --sizes 8,64K --max-time 0.1 -q -o own.jsonl
    jq -e '.limits.handover_ns' own.jsonl >/dev/null || skip 'no two cores to look at'
    jq -c '.stats.median = .limits.handover_ns / 20
        | .derived.bandwidth_bytes_per_s = .params.size_bytes / .stats.median * 1e9' own.jsonl >false.jsonl
    run "$nodehour" check false.jsonl --all
    [ "$status" -eq 1 ]
    [[ $output == *"8 B: "*"[hand-over]"* ]]
    [[ $output == *"2 figures: 2 impossible"* ]]
    jq -c '.derived.bandwidth_bytes_per_s = 4 * .limits.copy_bytes_per_s
        | .stats.median = .params.size_bytes / .derived.bandwidth_bytes_per_s * 1e9 + 1000' own.jsonl | tail -1 >false.jsonl
    run "$nodehour" check false.jsonl
    [ "$status" -eq 1 ]
    [[ $output == *"[copy-bandwidth]"* ]]
}

@test "check: wrong input is exit 2 with one line" {
    run "$nodehour" check
    [ "$status" -eq 2 ]
    run "$nodehour" check "$logs/imb.txt" --nodes 0
    [ "$status" -eq 2 ]
    [[ $output == *"--nodes"* ]]
    run "$nodehour" check "$logs/imb.txt" --machine c5n.18xlarg
    [ "$status" -eq 2 ]
    [[ $output == *"c5n.18xlarge"* ]]
    run "$nodehour" check "$logs/imb.txt" --inter-node --intra-node
    [ "$status" -eq 2 ]
    printf '# OSU MPI Latency Test v7.4\n# Size  Avg Latency(us)\n8  0.2x\n16  0.3\n' >damaged.txt
    run "$nodehour" check damaged.txt
    [ "$status" -eq 2 ]
    [ "${#lines[@]}" -eq 1 ]
    [[ $output == *"damaged.txt:3: '0.2x' is no number"* ]]
    run "$nodehour" check damaged.txt --skip-damaged
    [ "$status" -eq 0 ]
    [[ $output == *"damaged lines left out: 1"* ]]
    run "$nodehour" check "$NH_ROOT/results/reference/starccm-c5n/timings.csv"
    [ "$status" -eq 2 ]
    run "$nodehour" check /nonexistent
    [ "$status" -eq 2 ]
}

@test "import: records with file, line and statistic, and nothing that the log does not say" {
    run "$nodehour" import "$logs/osu_latency-efa.txt" "$logs/fio-real.json" --machine c5n.18xlarge -o out.jsonl
    [ "$status" -eq 0 ]
    [ "$(wc -l <out.jsonl)" -eq 8 ]
    [ "$(head -1 out.jsonl | jq -c '[.program, .imported.line, .imported.statistic, .stats.median, .stats.mean, .nodes, .ranks, .time, (.samples_ns | length), .imported.given]')" = \
        '["osu_latency 5.6.2",3,"mean over iterations",null,16110,null,2,null,0,["machine"]]' ]
    # The same again gives the same file, not twice as many "launches".
    run "$nodehour" import "$logs/osu_latency-efa.txt" -o out.jsonl
    [ "$(wc -l <out.jsonl)" -eq 7 ]
    run "$nodehour" import out.jsonl
    [ "$status" -eq 2 ]
    run "$nodehour" import "$logs/osu_latency-efa.txt" -o /nonexistent/x.jsonl
    [ "$status" -ne 0 ]
}

@test "import: check of the records says the same as check of the log" {
    "$nodehour" import "$logs/osu_latency-shm.txt" --nodes 2 --machine c5n.18xlarge -o shm.jsonl
    run "$nodehour" check shm.jsonl
    [ "$status" -eq 1 ]
    [[ $output == *"24 figures: 24 impossible"* ]]
}

@test "report: logs and imported records are curves with an honest label" {
    "$nodehour" import "$logs/osu_latency-efa.txt" -o efa.jsonl
    for file in efa.jsonl "$logs/osu_latency-efa.txt"; do
        run "$nodehour" report "$file" -o page.html
        [ "$status" -eq 0 ]
        [[ $output == *"osu_latency 5.6.2, 2 ranks: mean over iterations, no interval"* ]]
        grep -q 'mean over iterations' page.html
    done
    run "$nodehour" report "$NH_ROOT/results/reference/nccl-2x-p4de/all_reduce.csv" -o page.html
    [ "$status" -eq 0 ]
    [[ $output == *"41.8 GB/s"* ]]
    run "$nodehour" report "$NH_ROOT/results/reference/nccl-2x-p4de/all_reduce.csv" -o page.html --json
    [ "$(jq -r '.curves[0].statistic' <<<"$output")" = "mean over iterations" ]
}

# bats test_tags=mpich
@test "--format osu: a table that scripts for OSU read, and that names nodehour" {
    "$mpirun" -n 2 "$NH_BIN/nodehour-mpi" pingpong --sizes 8,1K --max-time 0.05 --format osu >osu.txt
    grep -qE '^# OSU MPI Latency Test .*nodehour' osu.txt
    grep -qE '^# Size +Latency \(us\)$' osu.txt
    [ "$(grep -cE '^[0-9]+ +[0-9]+\.[0-9]+$' osu.txt)" -eq 2 ]
    run "$nodehour" report osu.txt -o page.html
    [ "$status" -eq 0 ]
    [[ $output == *"by nodehour-mpi"*"median of samples"* ]]
    "$mpirun" -n 2 "$NH_BIN/nodehour-mpi" allreduce --sizes 8 --max-time 0.05 --format osu | grep -qE '^# Size +Avg Latency\(us\)$'
    "$mpirun" -n 2 "$NH_BIN/nodehour-mpi" bcast --sizes 8 --overlap --max-time 0.05 --format osu |
        grep -qE '^# Size +Overall\(us\) +Compute\(us\) +Pure Comm.\(us\) +Overlap\(%\)$'
    run "$mpirun" -n 2 "$NH_BIN/nodehour-mpi" bcast --sizes 8 --nonblocking --max-time 0.05 --format osu
    [[ $output == *"add --overlap"* ]]
    run "$mpirun" -n 2 "$NH_BIN/nodehour-mpi" halo --cells 16 --max-time 0.05 --format osu
    [[ $output == *"--format osu"*"'halo'"* ]]
    run "$NH_BIN/nodehour-mpi" pingpong --format csv
    [ "$status" -eq 2 ]
}

# bats test_tags=mpich
@test "--format osu: one-sided tables are what our importer takes for the programs of OSU" {
    local op
    for op in put get accumulate; do
        "$mpirun" -n 2 "$NH_BIN/nodehour-mpi" rma --op $op --sizes 8,64K --max-time 0.05 --format osu >>rma.txt
    done
    for op in put get; do
        "$mpirun" -n 2 "$NH_BIN/nodehour-mpi" rma --op $op --window 8 --sizes 64K --max-time 0.05 --format osu >>rma.txt
    done
    "$nodehour" import rma.txt >rma.jsonl
    [ "$(jq -r '.program | split(" ")[0]' rma.jsonl | uniq | xargs)" = \
        "osu_put_latency osu_get_latency osu_acc_latency osu_put_bw osu_get_bw" ]
    [ "$(jq -rs 'all(.kernel == "rma" and .params.epoch == "flush" and .stats.mean > 0)' rma.jsonl)" = true ]
    run "$mpirun" -n 2 "$NH_BIN/nodehour-mpi" rma --op accumulate --window 8 --max-time 0.05 --format osu
    [ "$status" -ne 0 ]
    [[ $output == *"'rma, accumulate, in a window'"* ]]
}
