#!/usr/bin/env bats
# SPDX-License-Identifier: BSD-3-Clause
#
# Questions to `nodehour advise`: goals, exit codes, JSON. Figures: tests/unit/test_decide_*.c.

bats_require_minimum_version 1.5.0

setup() {
    cd "$BATS_TEST_TMPDIR" || return 1
    case_csv=$NH_ROOT/results/reference/starccm-c5n/timings.csv
    export NODEHOUR_DATA=$BATS_TEST_TMPDIR/data
    mkdir -p "$NODEHOUR_DATA" && cp -r "$(dirname "$NH_BIN")"/share/nodehour/* "$NODEHOUR_DATA"
    cat >"$NODEHOUR_DATA/prices.json" <<'JSON'
{"sources": {"s": "test"}, "prices": [
{"machine": "c5n.18xlarge", "model": "on-demand", "per_hour": "3.888", "currency": "USD",
 "region": "us-east-1", "as_of": "2020", "source": "s"},
{"machine": "c5n.18xlarge", "model": "reserved-3y-all-upfront", "per_hour": "1.475",
 "currency": "USD", "region": "us-east-1", "as_of": "2020", "source": "s"}]}
JSON
}

# The output as one line: paragraphs are wrapped.
flat() {
    tr -s ' \n' ' ' <<<"$output"
}

@test "goals are answered, and an estimate is called one" {
    run "$NH_BIN/nodehour" advise "$case_csv" --license-per-hour 22 --deadline 2h --runs 100 --by 1d
    [ "$status" -eq 0 ]
    [[ $(flat) == *"The cheapest that ends within 2 h 00 min: 45 nodes"*"196.96"* ]]
    [[ $(flat) == *"5 at once on 225 nodes"* ]]
    run "$NH_BIN/nodehour" advise "$case_csv" --license-per-hour 22 --price-model reserved
    [[ $(flat) == *"from 45 nodes (1620 cores) to 60 nodes (2160 cores)"*"87.02"* ]]
}

@test "a goal that nothing meets is exit code 1, with the nearest miss" {
    run --separate-stderr "$NH_BIN/nodehour" advise "$case_csv" --deadline 10min
    [ "$status" -eq 1 ]
    [ -z "$stderr" ]
    [[ $(flat) == *"no measured configuration; the fastest is 108 nodes"* ]]
    run --separate-stderr "$NH_BIN/nodehour" advise "$case_csv" --deadline 10min --json
    [ "$status" -eq 1 ]
    python3 -c '
import json, sys
a = json.loads(sys.argv[1])["applications"][0]["advice"][0]["decision"]["answers"][0]
assert a["question"] == "deadline" and a["measured"] is None and a["closest"]["nodes"] == 108
assert a["closest"]["basis"] == "measured"' "$output"
}

@test "wrong goals are refused" {
    for words in "--deadline soon" "--budget -3" "--runs 4" "--min-efficiency 101" "--max-nodes 0"; do
        # shellcheck disable=SC2086  # two words
        run --separate-stderr "$NH_BIN/nodehour" advise "$case_csv" $words
        [ "$status" -eq 2 ]
        [ -z "$output" ]
        [[ $stderr == *"${words%% *}"*\;* ]] || { echo "$stderr"; return 1; }
    done
}

@test "--stop-when-decided ends a study once its answer is clear" {
    cat >study.yaml <<'YAML'
study: decide
launches: 20
limits: {max_time: 5min, launch_time: 60s}
measure:
  - {kernel: halo, cells: 16, max_time: 0.1}
over:
  ranks_per_node: [1, 2]
YAML
    run --separate-stderr "$NH_BIN/nodehour" run study.yaml --stop-when-decided --no-doctor --json
    [ "$status" -eq 0 ]
    [[ $stderr == *"Enough after "*" of 40 launches"*"Decided: "* ]]
    python3 -c '
import json, sys
r = json.loads(sys.argv[1])
assert r["applications"][0]["advice"][0]["decision"]["decided"] is True
assert 8 <= r["records"]["count"] < 40 and any("left out" in w for w in r["warnings"])' "$output"
    # What was measured says what the study should run next.
    "$NH_BIN/nodehour" plan study.yaml | grep -A1 '^Worth running next, by what results/' | grep -q '^  - halo 16 x 16 x 16: Decided: '
    "$NH_BIN/nodehour" plan study.yaml --json | jq -e '.worth_running_next | length == 1 and .[0].decided' >/dev/null
    "$NH_BIN/nodehour" plan study.yaml --results elsewhere --json | jq -e '.worth_running_next == []' >/dev/null
    # Gone on with, it is still decided, and measures nothing.
    before=$(wc -l <results/latest/records.jsonl)
    run --separate-stderr "$NH_BIN/nodehour" run study.yaml --stop-when-decided --no-doctor
    [ "$status" -eq 0 ]
    [ "$(wc -l <results/latest/records.jsonl)" -eq "$before" ]
}
