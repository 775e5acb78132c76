#!/usr/bin/env bats
# SPDX-License-Identifier: BSD-3-Clause
# Applications' logs through the whole program; formats and damage are in test_import_apps.

bats_require_minimum_version 1.5.0

setup() {
    cd "$BATS_TEST_TMPDIR" || return
    logs=$NH_ROOT/tests/data/applogs
}

# refuse TEXT ARGUMENT...: exit code 2 and one line that holds TEXT.
refuse() {
    local text=$1
    shift
    run --separate-stderr "$NH_BIN/nodehour" "$@"
    [ "$status" -eq 2 ]
    [ -z "$output" ]
    # shellcheck disable=SC2154  # stderr_lines is set by run --separate-stderr
    [ "${#stderr_lines[@]}" -eq 1 ]
    # shellcheck disable=SC2154  # as is stderr
    [[ $stderr == *"$text"* ]] || { echo "$stderr" && false; }
}

@test "what a log does not say is asked for with the option to give" {
    refuse 'give --nodes N' advise "$logs/lammps-1rank.log" "$logs/lammps-2ranks.log"
    refuse 'say with --strong' advise "$logs/lammps-1rank.log" "$logs/lammps-2ranks.log" --nodes 1
    run "$NH_BIN/nodehour" advise "$logs/lammps-1rank.log" "$logs/lammps-2ranks.log" --nodes 1 --strong
    [ "$status" -eq 0 ]
    [[ $output == *"LAMMPS, 4000 atoms"* && $output == *"per step"* ]]
    refuse '--strong and --weak exclude' advise "$logs/lammps-1rank.log" --strong --weak
    refuse '--map' advise "$logs/extrap.txt" --map nodes
}

@test "a table of logs gives machine, case and the job's clock; --work prices a run" {
    cp "$logs"/lammps-*.log .
    printf 'file,nodes,cores,machine,case,scaling,job_s\nlammps-1rank.log,1,96,hpc6a.48xlarge,lj,strong,9\nlammps-2ranks.log,2,192,hpc6a.48xlarge,lj,strong,8\n' >runs.csv
    run "$NH_BIN/nodehour" report runs.csv --work 1000000 -o page.html
    [ "$status" -eq 0 ]
    [[ $output == *"lj on hpc6a.48xlarge"* ]]
    [[ $output == *"per run of 1000000 steps"* ]]
    [[ $(tr -s "\n " " " <<<"$output") == *"was added once to --work"* ]]
    grep -q -- '--work 1000000' page.html
    [[ $("$NH_BIN/nodehour" advise runs.csv --json | jq -r '.applications[0].time_of') == step ]]
}

@test "an application's log is no figure of a benchmark" {
    refuse "give it to 'nodehour report'" import "$logs/gromacs-mpi.log"
    refuse "give it to 'nodehour report'" check "$logs/hyperfine.json"
}

@test "the page of logs carries them and what was said of them" {
    "$NH_BIN/nodehour" report "$logs"/lammps-*.log --nodes 1 --strong --work 500 -o a.html
    "$NH_BIN/nodehour" report a.html -o b.html
    cmp a.html b.html
    run "$NH_BIN/nodehour" report a.html --work 1000 -o c.html
    [ "$status" -eq 0 ]
    [[ $output == *"per run of 1000 steps"* ]]
}
