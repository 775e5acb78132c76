#!/usr/bin/env bats
# SPDX-License-Identifier: BSD-3-Clause
#
# Studies of real applications that come with nodehour, with the real programs and small input.

setup() {
    cd "$BATS_TEST_TMPDIR" || return
    set -o pipefail
    export NODEHOUR_MPIRUN=${NH_MPIRUN:-mpirun}
    export OMPI_ALLOW_RUN_AS_ROOT=1 OMPI_ALLOW_RUN_AS_ROOT_CONFIRM=1
    studies=$NH_ROOT/launch/studies
    ln -s "$studies/inputs" inputs
}

# needs PROGRAM PACKAGE: Debian's programs are linked with Open MPI, whose mpirun must start them.
needs() {
    command -v "$1" >/dev/null || skip "no $1 (package $2)"
    "$NODEHOUR_MPIRUN" --version | grep -q "Open MPI" || skip "$1 is linked with Open MPI"
}

@test "LAMMPS melts a Lennard-Jones crystal of 4,000 atoms" {
    needs lmp lammps
    sed 's/launches: 6/launches: 2/; s/cells: \[20\]/cells: [10]/; s/ranks_per_node: .*/ranks_per_node: [1]/' \
        "$studies/lammps-melt.yaml" >study.yaml
    "$NH_BIN/nodehour" run study.yaml --no-doctor -q
    jq -e -s 'length == 2 and all(.derived.cells == 4000 and .derived.iterations == 100
        and .derived.solver_s > 0 and .derived.job_s > .derived.solver_s and .verify == "passed")' \
        results/latest/records.jsonl
    # The warm-up of 20 steps is in the output, and not the figure.
    zcat results/latest/outputs/lammps.1x1.c10.0.stdout.gz | grep "^Loop time of .* for 20 steps"
    local timed
    timed=$(zcat results/latest/outputs/lammps.1x1.c10.0.stdout.gz |
        sed -n 's/^Loop time of \([0-9.]*\) .* for 100 steps.*/\1/p')
    jq -e -s --argjson timed "$timed" 'any(.launch == 0 and .derived.solver_s == $timed)' \
        results/latest/records.jsonl
}

@test "GROMACS simulates a box of water that gmx made, with the published flags" {
    needs gmx_mpi gromacs
    sed 's/launches: 6/launches: 1/; s/cells: \[5\]/cells: [3]/; s/ranks_per_node: .*/ranks_per_node: [1]/
        s/-nsteps, 10000/-nsteps, 400/; s/value: 10000/value: 400/' \
        "$studies/gromacs-water.yaml" >study.yaml
    "$NH_BIN/nodehour" run study.yaml --no-doctor -q
    # About 33 molecules, of three atoms, for each cubic nm. 86400 s of a day over ns/day.
    jq -e '.derived.cells % 3 == 0 and .derived.cells > 2400 and .derived.cells < 2900
        and .detail.figure.unit == "ns/day" and .detail.figure.of == "ns"
        and ((.derived.solver_s * .detail.figure.value / 86400 - 1) | fabs) < 1e-9
        and .derived.time_per_iteration_s == null and .command[-1] == "on"' \
        results/latest/records.jsonl
    local printed
    printed=$(zcat results/latest/outputs/gromacs.1x1.t1.c3.0.md.log.gz | awk '$1 == "Performance:" { print $2 }')
    jq -e --argjson printed "$printed" '.detail.figure.value == $printed' results/latest/records.jsonl
}

@test "OpenFOAM computes a cavity: mesh, decomposition, 50 steps on two ranks, reconstruction" {
    needs icoFoam openfoam
    sed 's/launches: 6/launches: 1/; s/cells: \[50\]/cells: [12]/; s/ranks_per_node: .*/ranks_per_node: [2]/
        /where:/d; s/expected_time: .*/&\n      keep: [0.005\/U]/' "$studies/openfoam-cavity.yaml" >study.yaml
    "$NH_BIN/nodehour" run study.yaml --no-doctor -q
    jq -e '.derived.cells == 1728 and .derived.iterations == 50 and .ranks == 2
        and .derived.solver_s > 0 and .verify == "passed"' results/latest/records.jsonl
    zcat results/latest/outputs/icoFoam.1x2.c12.0.stdout.gz | grep "^nProcs : 2"
    # The reconstructed velocity of every cell.
    zcat results/latest/outputs/icoFoam.1x2.c12.0.0.005_U.gz | grep -x 1728
}
