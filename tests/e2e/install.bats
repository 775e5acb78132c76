#!/usr/bin/env bats
# SPDX-License-Identifier: BSD-3-Clause
#
# What `make install` puts where, and that it works there with the source tree out of sight.
# NH_BIN is the bin folder of the staged installation.
#
# bats file_tags=together

setup() {
    prefix=$(dirname "$NH_BIN")
    cd "$BATS_TEST_TMPDIR"
}

@test "an installation holds programs, data, manual pages, completion, licence" {
    local f
    for f in bin/nodehour bin/nodehour-mpi bin/nodehour-fabric share/nodehour/machines.json \
        share/nodehour/prices.json share/nodehour/report.css \
        share/nodehour/studies/laptop.yaml share/nodehour/reference/starccm-c5n/timings.csv \
        share/man/man1/nodehour.1 share/man/man1/nodehour-mpi.1 share/man/man1/nodehour-fabric.1 \
        share/bash-completion/completions/nodehour \
        share/bash-completion/completions/nodehour-mpi share/bash-completion/completions/nodehour-fabric share/doc/nodehour/LICENSE; do
        [ -s "$prefix/$f" ] || { echo "missing: $f"; return 1; }
    done
}

@test "an installation works wherever it is moved to" {
    mkdir "else where"
    cp -r "$prefix/bin" "$prefix/share" "else where/"
    run "else where/bin/nodehour" machines
    [ "$status" -eq 0 ]
    [[ $output == *c5n.18xlarge* ]]
}

@test "installed text files do not name the source tree" {
    run grep -rIl -- "$NH_ROOT" "$prefix/share"
    [ -z "$output" ]
}

@test "nodehour links no MPI" {
    run ldd "$NH_BIN/nodehour"
    [ "$status" -eq 0 ]
    [[ $output != *libmpi* ]]
}

@test "both programs tell the same version as the sources" {
    local version
    version=$(sed -n 's/^#define NH_VERSION "\(.*\)"/\1/p' "$NH_ROOT/common/cli.h")
    [ "$("$NH_BIN/nodehour" --version)" = "nodehour $version" ]
    [ "$("$NH_BIN/nodehour-mpi" --version)" = "nodehour-mpi $version" ]
}

@test "bash completion offers the verbs" {
    bash -n "$prefix/share/bash-completion/completions/nodehour"
    run bash -c "
        source '$prefix/share/bash-completion/completions/nodehour'
        spec=\$(complete -p nodehour); f=\${spec##*-F }; f=\${f%% *}
        COMP_WORDS=(nodehour re) COMP_CWORD=1 COMP_LINE='nodehour re' COMP_POINT=11
        \$f nodehour re nodehour; printf '%s\n' \"\${COMPREPLY[@]}\""
    [ "$status" -eq 0 ]
    [[ $output == *report* ]]
}

@test "make uninstall leaves no file behind" {
    run make -s -C "$NH_ROOT" --no-print-directory BUILD="$(realpath --relative-to="$NH_ROOT" \
        "$prefix/../..")" PREFIX=/opt/nh DESTDIR="$PWD/root" install uninstall
    [ "$status" -eq 0 ]
    [ -z "$(find root ! -type d)" ]
}
