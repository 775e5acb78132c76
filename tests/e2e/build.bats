#!/usr/bin/env bats
# SPDX-License-Identifier: BSD-3-Clause
#
# The build on machines that lack something, and the installer of dependencies.

setup() {
    cd "$NH_ROOT"
}

make_here() {
    make --no-print-directory BUILD="$BATS_FILE_TMPDIR/build" CFLAGS=-O0 "$@"
}

# A folder with links to the named commands only, to be the whole PATH.
only_commands() {
    local dir=$BATS_TEST_TMPDIR/bin name
    mkdir -p "$dir"
    for name in "$@"; do
        ln -s "$(command -v "$name")" "$dir/$name"
    done
    echo "$dir"
}

@test "without MPI the rest is built, and the build says so" {
    run make_here -j2 MPICC=no-such-mpicc all
    [ "$status" -eq 0 ]
    [[ $output == *'MPI (no-such-mpicc) no'* ]]
    [ -x "$BATS_FILE_TMPDIR/build/bin/nodehour" ]
    [ ! -e "$BATS_FILE_TMPDIR/build/bin/nodehour-mpi" ]
    run "$BATS_FILE_TMPDIR/build/bin/nodehour" machines
    [ "$status" -eq 0 ]
}

@test "without nodehour-mpi, run names the remedy" {
    cd "$BATS_TEST_TMPDIR"
    run "$BATS_FILE_TMPDIR/build/bin/nodehour" run --quick
    [ "$status" -ne 0 ]
    [[ $output == *nodehour-mpi* ]]
    [ "${#lines[@]}" -eq 1 ]
}

@test "without hwloc nodehour-mpi is left out" {
    local pc=$BATS_TEST_TMPDIR/pc name
    mkdir "$pc"
    for name in jansson popt libcyaml yaml-0.1 lapacke lapack blas zlib; do
        cp "$(pkg-config --variable=pcfiledir $name)/$name.pc" "$pc/"
    done
    PKG_CONFIG_LIBDIR=$pc run make_here features
    [ "$status" -eq 0 ]
    [[ $output == *'hwloc no'* ]]
    [[ $output != *nodehour-mpi* ]]
}

@test "without jansson, popt, libcyaml, LAPACKE and zlib the build stops and names them" {
    PKG_CONFIG_LIBDIR=$BATS_TEST_TMPDIR run make_here features
    [ "$status" -eq 2 ]
    [[ $output == *'jansson, popt, libcyaml, LAPACKE and zlib are required'* ]]
}

@test "install-deps is silent when nothing is missing" {
    run .ci/install-deps run
    [ "$status" -eq 0 ]
    [ -z "$output" ]
}

@test "install-deps without apt lists what is missing and installs nothing" {
    PATH=$(only_commands bash dirname make cc) run bash .ci/install-deps run
    [ "$status" -eq 2 ]
    [[ $output == *'libjansson-dev'*'JSON records'* ]]
    [[ $output == *"your system's package manager"* ]]
    [[ $output != *'C compiler'* ]]
}

@test "install-deps without apt is content when all is there" {
    PATH=$(only_commands bash dirname make cc pkg-config mpicc mpirun) run bash .ci/install-deps run
    [ "$status" -eq 0 ]
    [ -z "$output" ]
}

@test "install-deps refuses an unknown set" {
    run .ci/install-deps everything
    [ "$status" -eq 2 ]
    [[ $output == *'usage: .ci/install-deps run|test'* ]]
}

@test "make help lists every documented target" {
    local target
    run make help
    [ "$status" -eq 0 ]
    for target in all run test check e2e lint format sanitize coverage fuzz bench \
        compile_commands.json install uninstall clean deps deps-test; do
        [[ $output == *"make $target "* ]] || { echo "missing: $target"; return 1; }
    done
}

@test "compile_commands.json is valid and names every source" {
    make -s compile_commands.json
    [ "$(jq length compile_commands.json)" -eq \
        "$(find analysis bench common launch tests -name '*.c' | wc -l)" ]
}
