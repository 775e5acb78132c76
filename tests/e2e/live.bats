#!/usr/bin/env bats
# SPDX-License-Identifier: BSD-3-Clause
#
# What a person sees on a terminal while a study runs. How rows are made and drawn is tested by
# tests/unit/test_board.c.

bats_require_minimum_version 1.5.0

setup() {
    command -v python3 >/dev/null || skip "no python3 for the terminal"
    [ -x "$NH_BIN/nodehour-mpi" ] || skip "no nodehour-mpi"
    cd "$BATS_TEST_TMPDIR" || return 1
    cat >study.yaml <<'END'
study: live
launches: 3
measure: [{kernel: halo, max_time: 0.05}]
over: {ranks_per_node: [1], cells: [8, 10]}
END
}

# seen FILTER: true of the list of screens.
seen() {
    [ "$(jq ".screens | $1" screens)" = true ] || { echo "not so: $1" && jq -r '.screens[-20:] | .[] | .[-6:] | join("\n"), "--"' screens && return 1; }
}

@test "a table is redrawn in place, survives a narrower terminal, and is gone at the end" {
    "$NH_ROOT/tests/e2e/terminal.py" '90x20@ us,48x20' "$NH_BIN/nodehour" run study.yaml --no-report --no-doctor >screens
    [ "$(jq .status screens)" -eq 0 ]
    # a heading, a row for each job, and the line below them
    seen 'any(.[]; any(startswith("job ") and endswith("95 % interval")))'
    seen 'any(.[]; any(test("^halo.1x1.c(8|10) +[12]/3  (waits|runs, [0-9]+ s) +[0-9.]+ [um]s")) and
        (.[-1] | test("^\\[[0-9]+/6\\] halo.* so far, about .* left$")))'
    # narrow: what is left of it, and how long it takes
    seen 'any(.[]; all(length <= 48) and any(startswith("halo.1x1.c10 ")) and
        (.[-1] | test("^\\[[0-9]+/6\\] about .* left, halo")))'
    # never two of a row, and nothing of it stays
    seen 'all(.[]; map(select(startswith("halo.1x1.c8 "))) | length <= 1)'
    seen '.[-1] | any(test("halo.1x1|launches  ")) | not'
}

@test "without a terminal there are plain lines, and with --quiet there is nothing" {
    "$NH_BIN/nodehour" run study.yaml --launches 1 --no-report --no-doctor >out 2>err
    run ! grep -q $'\033\|\r\|waits' err
    grep -q '^\[0/2\] halo' err
    "$NH_ROOT/tests/e2e/terminal.py" 90x20 "$NH_BIN/nodehour" run study.yaml --launches 1 --new --no-report --no-doctor -q >screens
    [ "$(jq .status screens)" -eq 0 ]
    seen 'all(.[]; join("") == "")'
}

@test "after a round the table says what is worth running next" {
    "$NH_ROOT/tests/e2e/terminal.py" 90x20 "$NH_BIN/nodehour" run study.yaml --ranks-per-node 1,2 --launches 2 --no-report --no-doctor >screens
    [ "$(jq .status screens)" -eq 0 ]
    seen 'any(.[]; any(test("^(Measure next|Further runs|Decided)")))'
    seen '.[-1] | any(test("^(Measure next|Further runs|Decided)")) | not'
}
