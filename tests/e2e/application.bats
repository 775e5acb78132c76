#!/usr/bin/env bats
# SPDX-License-Identifier: BSD-3-Clause
#
# Applications: a program of a user's own in a study (docs/applications.md), and how it fails.

setup() {
    cd "$BATS_TEST_TMPDIR" || return
    set -o pipefail
    export NODEHOUR_MPIRUN=${NH_MPIRUN:-mpirun}
    export OMPI_ALLOW_RUN_AS_ROOT=1 OMPI_ALLOW_RUN_AS_ROOT_CONFIRM=1
}

setup_file() {
    local mpicc=mpicc
    case ${NH_MPIRUN:-mpirun} in *mpich*) mpicc=mpicc.mpich ;; esac
    command -v "$mpicc" >/dev/null || skip "no $mpicc"
    "$mpicc" -O2 -o "$BATS_FILE_TMPDIR/jacobi" "$NH_ROOT/tests/e2e/jacobi.c" -lm
}

nodehour() {
    "$NH_BIN/nodehour" "$@"
}

# study FAULT... writes a study of jacobi that works, and one entry for each fault.
study() {
    local fault
    ln -sf "$BATS_FILE_TMPDIR/jacobi" jacobi
    cat >study.yaml <<'END'
study: own
machine: c5n.18xlarge
launches: 1
seed: 1
measure:
  - application:
      name: jacobi
      command: [./jacobi, "{cells}", 50]
      expected_time: 5s
      success: {match: "^Done", never: "error"}
      figure: {match: "Solver time: +(.*) s", unit: s}
      iterations: {value: 50}
      cells: {match: "^cells: ([0-9]+)"}
END
    for fault; do
        cat >>study.yaml <<END
  - application:
      name: $fault
      command: [./jacobi, 16, 2, $fault]
      figure: {match: "Solver time: +(.*) s", unit: s}
END
    done
    printf 'over:\n  ranks_per_node: [1]\n  cells: [64]\n' >>study.yaml
}

@test "a program of one's own: both clocks, cells and nodes become a scaling report" {
    study
    sed -i 's/launches: 1/launches: 2/; s/ranks_per_node: \[1\]/ranks_per_node: [1, 2]/' study.yaml
    nodehour run study.yaml --no-doctor -q
    jq -e -s 'length == 4 and all(.kernel == "application" and .verify == "passed"
        and .transport.verdict == "unknown" and .derived.cells == 4096 and .derived.iterations == 50
        and .derived.solver_s > 0 and .derived.job_s > .derived.solver_s
        and .detail.network.efa_sent_bytes >= 0 and .detail.network.loopback_sent_bytes >= 0)' \
        results/latest/records.jsonl
    nodehour report --json results/latest/records.jsonl | tee report.json >/dev/null
    jq -e '.applications[0] | .name == "jacobi, 4096 cells" and (.points | length) == 2
        and ([.points[].cores] == [1, 2]) and ([.points[].nodes] == [1, 1])' report.json
    # What it printed is kept compressed, its scratch directory is not.
    [ "$(zcat results/latest/outputs/jacobi.1x1.c64.0.stdout.gz | tail -n 1)" = Done. ]
    [ -z "$(ls results/latest/scratch)" ]
}

@test "what fails is an attempt with its reason and the last lines, never a number; others go on" {
    study twice nan silent crash absent before after
    sed -i 's|\[./jacobi, 16, 2, absent\]|[./no-such-program]|' study.yaml
    sed -i 's|16, 2, before\]|&\n      prepare: [{command: ["true"]}, {command: ["false"]}]|
        s|16, 2, after\]|&\n      finish: [{command: ["false"]}]|' study.yaml
    run nodehour run study.yaml --no-doctor -q --no-report
    echo "$output"
    [ "$status" -eq 75 ]
    [ "$(jq -r .job results/latest/records.jsonl)" = jacobi.1x1.c64 ]
    reason() {
        jq -r --arg job "$1.1x1" 'select(.job == $job and .end == "failed") | .reason' \
            results/latest/attempts.jsonl | head -n 1
    }
    [[ $(reason twice) == *"figure stands twice, in lines 4 and 5"* ]]
    [[ $(reason nan) == *"the program diverged"* ]]
    [[ $(reason silent) == *"no line matches 'Solver time: +(.*) s'"* ]]
    [[ $(reason crash) == *"exit status"* ]]
    [[ $(reason before) == *"prepare[1]: exit status 1"* ]]
    [[ $(reason after) == *"finish[0]: exit status 1"* ]]
    [[ $(reason absent) == *"no-such-program' is missing"* ]]
    [[ $output == *"| iteration 2 residual"* ]]
    zcat results/latest/outputs/nan.1x1.0.stdout.gz | grep nan
}

@test "a program that hangs is ended at its limit" {
    study hang
    sed -i 's/^launches/limits: {launch_time: 6s}\nlaunches/; s/2, hang\]/2, hang]\n      expected_time: 1s/' \
        study.yaml
    run nodehour run study.yaml --no-doctor -q --no-report
    echo "$output"
    [ "$status" -eq 75 ]
    [[ $output == *"hang.1x1, launch 1 failed: hung, ended after"* ]]
}

@test "started once by nodehour: host file, environment, staged input, JSON from a file" {
    mkdir mesh
    echo 7.5 >mesh/time
    cat >solve <<'END'
#!/bin/sh
printf '{"runs": [{"bw": %s}]}\n' "$(cat mesh/time)" >out/result.json
grep -c "slots=$2" "$1"
echo "threads $OMP_NUM_THREADS flag $FLAG arguments $#: $3"
END
    chmod +x solve
    cat >study.yaml <<'END'
study: own
launches: 1
measure:
  - application:
      name: once
      mpi: false
      command: [./solve, "{hostfile}", "{ranks_per_node}", "a  b; exit 1"]
      copy: [mesh]
      environment: {FLAG: "{threads}{{x}}"}
      figure: {json: "runs[0].bw", file: out/result.json, unit: GiB/s, work: 15}
      success: {match: '^threads 2 flag 2.x. arguments 3: a  b; exit 1$'}
over: {ranks_per_node: [1], threads: [2]}
END
    sed -i 's|^printf|mkdir out; printf|' solve
    nodehour run study.yaml --no-doctor -q
    jq -e '.derived.solver_s == 2 and .detail.figure.value == 7.5
        and .detail.started_by_mpirun == false' results/latest/records.jsonl
    zcat results/latest/outputs/once.1x1.t2.0.out_result.json.gz | jq -e '.runs[0].bw == 7.5'
}

@test "what is wrong in an application is refused with its line, and nothing starts" {
    refused() {
        study
        sed -i "s@$1@$2@" study.yaml
        local verb
        for verb in plan run; do
            run nodehour "$verb" study.yaml
            echo "$output"
            [ "$status" -eq 2 ]
            [ "${#lines[@]}" -eq 1 ]
            [[ $output == *"study.yaml:$3"* ]]
            [ ! -e results ]
        done
    }
    refused '{cells}", 50' '{cell}", 50' "8: measure[0].application.command: unknown placeholder '{cell}'; did you mean '{cells}'?"
    refused '(.\*) s' '(.* s' "11: measure[0].application.figure.match: 'Solver time: +(.* s' is no regular expression"
    refused '(.\*) s' '.* s' "11: measure[0].application.figure.match: 'Solver time: +.* s' has 0 groups"
    refused 'unit: s' 'unit: ss' "11: measure[0].application.figure.unit: 'ss' is no time"
    refused 'success:' 'sucess:' "10: measure[0].application.sucess: unknown key; did you mean 'success'?"
    refused 'cells: \[64\]' 'threads: [1]' "6: measure[0].application: {cells} has no values"
    refused '  - application:' '  - kernel: halo\n    application:' "6: measure[0].kernel: given with application"
}

@test "a study that needs something of the user can be planned, and is run when it is set" {
    cat >study.yaml <<'END'
study: own
needs: {OWN_TARGET: a file to look at}
measure:
  - application: {name: look, command: [ls, "{OWN_TARGET}"], expected_time: 1s, mpi: false}
launches: 1
over: {ranks_per_node: [1]}
END
    nodehour plan study.yaml | grep "To run it, set the variable OWN_TARGET: a file to look at"
    run nodehour run study.yaml --no-doctor -q
    echo "$output"
    [ "$status" -eq 2 ]
    [[ $output == *"study.yaml:2: needs.OWN_TARGET: the variable OWN_TARGET is not set"* ]]
    OWN_TARGET=study.yaml nodehour run study.yaml --no-doctor -q
    [ "$(zcat results/latest/outputs/look.1x1.0.stdout.gz)" = "$PWD/study.yaml" ]
    # Another target is another run.
    OWN_TARGET=results nodehour run study.yaml --no-doctor -q
    [ "$(find results -name records.jsonl | wc -l)" -eq 2 ]
}
