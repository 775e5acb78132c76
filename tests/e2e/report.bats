#!/usr/bin/env bats
# SPDX-License-Identifier: BSD-3-Clause
#
# From files to the answer: text, JSON and page of `nodehour report` and `advise`, and what
# they say to wrong input. NH_BIN is the bin folder, NH_ROOT the source tree.
#
# bats file_tags=together

setup() {
    mkdir "$BATS_TEST_TMPDIR/work" && cd "$BATS_TEST_TMPDIR/work" || return 1
    case_csv=$NH_ROOT/results/reference/starccm-c5n/timings.csv
    # Prices as published with the case, so that a newer list changes no golden figure.
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

# refuse TEXT ARGUMENT...: exit 2, one line with TEXT, nothing written.
refuse() {
    local says=$1
    shift
    local before after
    before=$(find . | sort)
    run --separate-stderr "$NH_BIN/nodehour" "$@"
    after=$(find . | sort)
    # shellcheck disable=SC2154  # stderr is set by run --separate-stderr
    [ "$status" -eq 2 ] || { echo "exit $status: $stderr"; return 1; }
    [ -z "$output" ] || { echo "printed: $output"; return 1; }
    [ "$(wc -l <<<"$stderr")" -eq 1 ] || { echo "not one line: $stderr"; return 1; }
    [[ $stderr == *"$says"* ]] || { echo "'$stderr' does not say '$says'"; return 1; }
    [[ $stderr == *\;* || $stderr == *\?* ]] || { echo "no remedy: $stderr"; return 1; }
    [ "$before" = "$after" ] || { echo "something was written"; return 1; }
}

bats_require_minimum_version 1.5.0

@test "the published case: answer, page and front" {
    run "$NH_BIN/nodehour" report "$case_csv" --license-per-hour 22
    [ "$status" -eq 0 ]
    [[ $output == *"Use 45 nodes (1620 cores): 1 h 00 min and \$196.96 per run, the least cost"* ]]
    [[ $output == *"\$230.16"* && $output == *"\$69.28 per hour saved"* ]]
    [[ $output == *"upper"*"bounds"* ]]
    [[ $output == *"Report: report.html" ]]
    [ -s report.html ]
    [ "$(wc -c <report.html)" -lt 300000 ]
}

@test "the published case as JSON: every dollar figure of both price models" {
    "$NH_BIN/nodehour" advise "$case_csv" --license-per-hour 22 --price-model on-demand,reserved \
        --json >answer.json
    [ ! -e report.html ]
    run python3 - <<'EOF2'
import json
r = json.load(open("answer.json"))
app = r["applications"][0]
want = {"on-demand": ["422.46", "298.71", "236.835", "205.8975", "196.96", "230.158333"],
        "reserved-3y-all-upfront": ["313.875", "190.125", "128.25", "97.3125", "88.375", "94.427083"]}
for a in app["advice"]:
    assert [p["cost"]["amount"] for p in a["points"]] == want[a["price"]["model"]]
    assert [p["nodes"] for p in a["points"] if p["on_front"]] == [45, 108]
    assert a["cheapest"]["nodes"] == a["recommended"]["nodes"] == 45 and a["fastest"]["nodes"] == 108
    assert all(p["cost"]["currency"] == "USD" for p in a["points"])
assert app["points"][5]["efficiency"] == 0.8 and app["points"][0]["cells_per_core"] > 673610
print("good")
EOF2
    [ "$output" = good ]
}

@test "equal input gives the same bytes" {
    "$NH_BIN/nodehour" report "$case_csv" -o a.html >a.txt
    cp a.html first.html
    "$NH_BIN/nodehour" report "$case_csv" -o a.html >b.txt
    cmp a.html first.html
    cmp a.txt b.txt
    "$NH_BIN/nodehour" advise "$case_csv" --json >a.json
    "$NH_BIN/nodehour" advise "$case_csv" --json >b.json
    cmp a.json b.json
}

@test "a tie without a licence is answered by its fastest member" {
    run "$NH_BIN/nodehour" advise "$case_csv"
    [ "$status" -eq 0 ]
    [[ $output == *"Use 45 nodes"*"174.96"* ]]
    [ "$(grep -c 'same cost' <<<"$output")" -eq 4 ]
}

@test "an unpriced case counts core-hours, and --machine prices it" {
    printf 'nodes,solver_s\n1,3600\n2,1900\n' >t.csv
    run "$NH_BIN/nodehour" advise t.csv
    [ "$status" -eq 0 ]
    [[ $output == *"node-hours, since no price is known for this machine; give --machine"* ]]
    run "$NH_BIN/nodehour" advise t.csv --machine c5n.18xlarge
    [[ $output == *"1 node (36 cores): 1 h 00 min and \$3.89"* ]]
    printf 'cores,solver_s\n1,3600\n2,1900\n' >t.csv
    run "$NH_BIN/nodehour" advise t.csv
    [[ $output == *"core-hours, since no price is known"* ]]
    run "$NH_BIN/nodehour" advise t.csv --machine c5n.18xlarge
    [[ $output == *"Whole nodes are billed"* ]]
}

@test "machines lists prices with date and region" {
    run "$NH_BIN/nodehour" machines
    [ "$status" -eq 0 ]
    [[ $output == *c5n.18xlarge*36*3.888*us-east-1*2020*on-demand* ]]
    "$NH_BIN/nodehour" machines --json | python3 -c 'import json, sys
m = {x["name"]: x for x in json.load(sys.stdin)}
assert m["c5n.18xlarge"]["prices"][0]["per_node_hour"] == {"amount": "3.888", "currency": "USD"}
assert m["p4d.24xlarge"]["gpus"] == 8'
}

@test "wrong options are refused" {
    refuse "unknown option '--licence-per-hour'; did you mean" report "$case_csv" --licence-per-hour 22
    refuse "--machine: unknown machine 'c5n.18xlarg'; did you mean 'c5n.18xlarge'?" \
        report "$case_csv" --machine c5n.18xlarg
    refuse "--price-model: unknown model 'cheap'" report "$case_csv" --price-model cheap
    refuse "--price-model: 'on-demand,' has an empty name" report "$case_csv" --price-model on-demand,
    refuse "--license-per-hour: '-1' is not an amount" report "$case_csv" --license-per-hour -1
    refuse "--license-per-hour: 'a lot' is not an amount" report "$case_csv" --license-per-hour "a lot"
    refuse "no file given" report
    refuse "'now' is too much" machines now
}

@test "wrong places for the page are refused" {
    cp "$case_csv" in.csv
    refuse "is one of the input files" report in.csv -o ./in.csv
    mkdir folder
    refuse "is a folder" report in.csv -o folder
    refuse "nowhere/page.html: cannot write" report in.csv -o nowhere/page.html
    [ ! -e nowhere ]
}

@test "wrong files are refused" {
    refuse "nosuch.csv: cannot read" report nosuch.csv
    mkdir empty-run
    refuse "records.jsonl: cannot read" report empty-run
    : >empty.csv
    refuse "empty.csv:1: empty file" report empty.csv
    head -c 2000 /bin/sh >binary
    refuse "binary:1: " report binary
    printf '\xff\xfen\0o\0d\0e\0s\0' >utf16.csv
    refuse "utf16.csv:1: " report utf16.csv
}

@test "wrong tables are refused with line, field and remedy" {
    printf 'solver_s\n10\n' >t.csv
    refuse "t.csv:1: field 'nodes': column is missing; add 'nodes' or 'cores'" report t.csv
    printf 'nodes,cells\n1,10\n' >t.csv
    refuse "t.csv:1: field 'solver_s': column is missing" report t.csv
    printf 'nodes,solver_s,nodes\n1,10,1\n' >t.csv
    refuse "t.csv:1: field 'nodes': column appears twice" report t.csv
    printf 'nodes,time\n1,10\n' >t.csv
    refuse "t.csv:1: field 'time': unknown column" report t.csv
    printf 'nodes,solver_s\n1,10\n2,0\n' >t.csv
    refuse "t.csv:3: field 'solver_s': '0' is zero; give seconds" report t.csv
    printf 'nodes,solver_s\n1,10\n2,-4\n' >t.csv
    refuse "t.csv:3: field 'solver_s': '-4' is negative" report t.csv
    printf 'nodes,solver_s\n1,10\n2,n/a\n' >t.csv
    refuse "t.csv:3: field 'solver_s': 'n/a' is not a number" report t.csv
    printf 'nodes,solver_s\n1,1e400\n' >t.csv
    refuse "t.csv:2: field 'solver_s': '1e400' is no number or out of range" report t.csv
    printf 'nodes,solver_s\n1.5,10\n' >t.csv
    refuse "t.csv:2: field 'nodes': '1.5' is not a whole number" report t.csv
    printf 'nodes,solver_s\n1,10,3\n' >t.csv
    refuse "t.csv:2: 3 fields where the header has 2" report t.csv
    printf 'nodes,solver_s,note\n1,10,"a\n2,6,b\n' >t.csv
    refuse "t.csv:2: quote without an end" report t.csv
    printf 'nodes,solver_s\n1,1\0000\n' >t.csv
    refuse "t.csv:2: NUL byte" report t.csv
    printf 'nodes,solver_s,machine\n1,10,c5n.18xlarg\n' >t.csv
    refuse "t.csv:2: field 'machine': unknown machine 'c5n.18xlarg'; did you mean" report t.csv
    printf 'nodes,cores,solver_s\n1,,10\n,8,6\n' >t.csv
    refuse "t.csv:2: case 't': some lines give only nodes" report t.csv
}

@test "a price without a date is refused" {
    sed -i 's/"as_of": "2020"/"as_of": ""/' "$NODEHOUR_DATA/prices.json"
    run --separate-stderr "$NH_BIN/nodehour" report "$case_csv"
    [ "$status" -eq 2 ]
    [[ $stderr == *prices.json*as_of* ]]
    [ ! -e report.html ]
}

@test "a page makes itself again, byte for byte, and another one with other options" {
    cp "$case_csv" in.csv
    "$NH_BIN/nodehour" report in.csv --license-per-hour 22 -o old.html >/dev/null
    rm in.csv
    sed -i 's/3.888/9.999/' "$NODEHOUR_DATA/prices.json" # the page has its own prices
    "$NH_BIN/nodehour" report old.html -o new.html >/dev/null
    cmp old.html new.html
    run "$NH_BIN/nodehour" advise old.html --price-model reserved
    [[ $output == *"\$88.38 per run"* ]] # 45 nodes, 1.475 USD and the licence of the page
    refuse "old.html: is a report; give it alone" report old.html new.html
    refuse "is one of the input files" report old.html -o old.html
    sed 's/base64,..../base64,AAAA/' old.html >damaged.html
    refuse "damaged.html: the inputs in this page are damaged" report damaged.html
    sed 's/id="inputs"//' old.html >without.html
    refuse "without.html: this page carries no inputs" report without.html
}

@test "an interrupted record file is refused, or read without its torn line" {
    awk -f "$NH_ROOT/tests/e2e/records.awk" | head -n 41 >whole.jsonl
    head -c -1000 whole.jsonl >torn.jsonl
    refuse "torn.jsonl:41: " report torn.jsonl
    run "$NH_BIN/nodehour" report torn.jsonl --skip-damaged
    [ "$status" -eq 0 ]
    [[ $output == *"1 damaged line was skipped; the first: torn.jsonl:41"* ]]
}

@test "the page of a run folder lies in it" {
    mkdir -p results/r
    awk -f "$NH_ROOT/tests/e2e/records.awk" | head -n 41 >results/r/records.jsonl
    run "$NH_BIN/nodehour" report results/r
    [ "$status" -eq 0 ]
    [[ $output == *"Report: results/r/report.html" ]]
    [[ $output == *"no 95 % interval"* || $output == *"have no 95 %"* ]]
    [ -s results/r/report.html ] && [ ! -e report.html ]
}

@test "ten thousand records are answered within a second and a half of processor time" {
    awk -f "$NH_ROOT/tests/e2e/records.awk" >records.jsonl
    [ "$(wc -l <records.jsonl)" -eq 10000 ]
    local times
    TIMEFORMAT='%U %S'
    times=$( { time "$NH_BIN/nodehour" report records.jsonl -o page.html >summary.txt; } 2>&1)
    echo "user and system seconds: $times" >&3
    [ "$(wc -c <page.html)" -lt 500000 ]
    grep -q 'halo 96 x 96 x 96' summary.txt
    grep -q 'allreduce, double, sum, 16 ranks' summary.txt
    [ -n "${NH_SANITIZED:-}" ] || awk '{ exit !($1 + $2 < 1.5) }' <<<"$times"
    # a file of this size is read by two threads; the line is still the right one
    printf '{"torn' >>records.jsonl
    refuse "records.jsonl:10001: " report records.jsonl
}
