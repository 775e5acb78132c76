#!/usr/bin/env bats
# SPDX-License-Identifier: BSD-3-Clause
# bats file_tags=together
#
# `nodehour compare` as a gate: exit codes, JSON, histories, the self-test. Statistics are tested
# in tests/unit/test_compare*.c and test_changepoint.c.

bats_require_minimum_version 1.5.0

setup() {
    cd "$BATS_TEST_TMPDIR" || return 1
    times before.csv 1
    times after.csv 1.1
}

# times FILE FACTOR: eight runs on each of two sizes.
times() {
    awk -v f="$2" 'BEGIN { print "case,cores,solver_s"
        for (i = 0; i < 8; i++) printf "x,1,%g\nx,2,%g\n", f * (100 + i % 4 / 10), f * (60 + i % 3 / 10) }' >"$1"
}

@test "a regression is exit code 1, none is 0" {
    run "$NH_BIN/nodehour" compare before.csv after.csv
    [ "$status" -eq 1 ]
    [[ $output == *"slower: 2"* && $output == *"+10.0 %"* ]]
    run "$NH_BIN/nodehour" compare after.csv before.csv
    [ "$status" -eq 0 ]
    [[ $output == *"faster: 2"* ]]
    run "$NH_BIN/nodehour" compare before.csv after.csv --threshold 15
    [ "$status" -eq 0 ]
    [[ $output == *"2 equivalent within 15 %"* ]]
    run --separate-stderr "$NH_BIN/nodehour" compare before.csv after.csv --json
    [ "$status" -eq 1 ]
    [ -z "$stderr" ]
    python3 -c '
import json, sys
r = json.loads(sys.argv[1])
assert r["slower"] == 2 and r["threshold"] == 0.02 and len(r["cases"]) == 2
assert all(abs(c["ratio"] - 1.1) < 0.01 and c["p_adjusted"] < 0.01 for c in r["cases"])' "$output"
}

@test "the self-test fails where the gate could not" {
    run "$NH_BIN/nodehour" compare --self-test before.csv
    [ "$status" -eq 0 ]
    [[ $output == *"2 of 2 cases called slower"* ]]
    head -5 before.csv >few.csv
    run "$NH_BIN/nodehour" compare --self-test few.csv
    [ "$status" -eq 1 ]
}

@test "a history names the file where times change" {
    local files=()
    for i in 1 2 3 4 5 6; do times "old$i.csv" "1.00$i" && files+=("old$i.csv"); done
    for i in 1 2 3 4 5 6; do times "new$i.csv" "1.20$i" && files+=("new$i.csv"); done
    run "$NH_BIN/nodehour" compare --history "${files[@]}"
    [ "$status" -eq 1 ]
    [[ $output == *"slower by "*"from value 7 of 12 on (new1.csv)"* ]]
    # Six values have 2 of C(6, 3) = 20 orders that step: p cannot be below 0.1.
    run "$NH_BIN/nodehour" compare --history old*.csv
    [ "$status" -eq 0 ]
    [[ $output == *' fewer than 10 values, which cannot show a change at p <= 0.01' ]]
    run "$NH_BIN/nodehour" compare --history old*.csv --json
    [ "$status" -eq 0 ]
}

@test "wrong input is exit code 2 with a remedy" {
    printf 'case,cores,solver_s\nother,1,3\n' >other.csv
    while read -r words; do
        # shellcheck disable=SC2086  # several words
        run --separate-stderr "$NH_BIN/nodehour" compare $words
        [ "$status" -eq 2 ] || { echo "$words: $status"; return 1; }
        [ -z "$output" ]
        [[ $(wc -l <<<"$stderr") -eq 1 && $stderr == *\;* ]] || { echo "$words: $stderr"; return 1; }
    done <<'WORDS'
before.csv
before.csv after.csv before.csv
before.csv other.csv
before.csv nosuch.csv
before.csv after.csv --threshold -1
before.csv after.csv --min-segment 3
before.csv after.csv --correction bonferroni
--history before.csv --min-segment 1
--history --self-test before.csv
--history
WORDS
}
