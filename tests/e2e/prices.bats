#!/usr/bin/env bats
# SPDX-License-Identifier: BSD-3-Clause
#
# `nodehour prices`: current prices through a stand-in for the AWS CLI, whose answers have the
# shapes of botocore's service models (tests/data/aws), and what its failures are called.

bats_require_minimum_version 1.5.0

setup() {
    cd "$BATS_TEST_TMPDIR" || return 1
    mkdir bin
    # The window of spot prices is the last days, so their dates are made to lie in it.
    cat >bin/aws <<'SH'
#!/bin/bash
printf '%s\n' "$*" >>calls
[ -z "${STUB_SAYS:-}" ] || { printf '\n%s\n' "$STUB_SAYS" >&2; exit "${STUB_EXIT:-254}"; }
case "$1 $2 $*" in
    "pricing get-products "*) cat "$NH_ROOT/tests/data/aws/pricing.json" ;;
    *--next-token*) cat "$NH_ROOT/tests/data/aws/savings-2.json" ;;
    "savingsplans describe-savings-plans-offering-rates "*) cat "$NH_ROOT/tests/data/aws/savings.json" ;;
    "ec2 describe-spot-price-history "*)
        sed "s/2026-11-1[0-9]T00:00:00/$(date -u -d '-20 days' +%FT%T)/" "$NH_ROOT/tests/data/aws/spot.json" ;;
    "ec2 describe-capacity-block-offerings "*) cat "$NH_ROOT/tests/data/aws/block.json" ;;
    *) echo "unexpected: $*" >&2; exit 252 ;;
esac | if [ -n "${STUB_CUT:-}" ]; then head -c 700; else cat; fi
SH
    chmod +x bin/aws
    export PATH=$BATS_TEST_TMPDIR/bin:$PATH XDG_CONFIG_HOME=$BATS_TEST_TMPDIR/config
    unset NODEHOUR_PRICES AWS_REGION AWS_DEFAULT_REGION
    export AWS_SECRET_ACCESS_KEY=never-written-down
}

# fails CODE TEXT ARGUMENT...: that exit code, one line on stderr with TEXT, no file written.
fails() {
    local code=$1 says=$2
    shift 2
    run --separate-stderr "$NH_BIN/nodehour" prices "$@"
    # shellcheck disable=SC2154  # stderr is set by run --separate-stderr
    [ "$status" -eq "$code" ] || { echo "exit $status: $stderr"; return 1; }
    [ -z "$output" ] || { echo "printed: $output"; return 1; }
    [ "$(wc -l <<<"$stderr")" -eq 1 ] || { echo "not one line: $stderr"; return 1; }
    [[ $stderr == *"$says"* && $stderr == *\;* ]] || { echo "'$stderr' lacks '$says'"; return 1; }
    [ ! -e config ]
}

@test "update asks for every model, and the prices are used from then on" {
    run "$NH_BIN/nodehour" prices update --machine c5n.18xlarge --region us-east-1
    [ "$status" -eq 0 ]
    [[ $output == *"config/nodehour/prices.json: 10 new, 0 changed, 0 as before"* ]]
    [ "$(wc -l <calls)" -eq 4 ] # of the Savings Plans two pages
    grep -q 'Field=instanceType,Value=c5n.18xlarge' calls
    grep -q 'next-token page-2' calls
    run ! grep -rq never-written-down config
    run "$NH_BIN/nodehour" prices list -m c5n.18xlarge --price-model savings
    [ "${#lines[@]}" -eq 5 ]
    [[ $output == *"2.83 USD"*"$(date -u +%F)"*"savings-compute-1y-no-upfront"* ]]
    run "$NH_BIN/nodehour" advise "$NH_ROOT/results/reference/starccm-c5n/timings.csv" \
        --price-model spot,reserved-3y-all --spot-interruption-rate 0.001 --restart-time 5min
    [ "$status" -eq 0 ]
    [[ $output == *"Cost per run, spot: "*" USD per node-hour (us-east-1, $(date -u +%F))"* ]]
    [[ $output == *"90% of runs end in"* && $output == *"37.94 %"* && $output == *"9969.9"* ]]
}

@test "parts, terms and break-even as JSON" {
    "$NH_BIN/nodehour" advise "$NH_ROOT/results/reference/starccm-c5n/timings.csv" --boot-time 2min \
        --price-model reserved-3y-all --license per-core-hour=0.01 --transfer 2 --json >answer.json
    run python3 - <<'EOF'
import json
a = json.load(open("answer.json"))["applications"][0]["advice"][0]
for p in a["points"]:
    money = {k: v for k, v in p["parts"].items() if not k.endswith("_s")}
    assert abs(sum(money.values()) - p["value"]) < 1e-9 and money["transfer"] == 2
    assert abs(p["time_s"] - p["parts"]["run_s"] - 120) < 1e-9
    assert abs(money["licence"] - 0.01 * p["cores"] * p["parts"]["run_s"] / 3600) < 1e-9
assert abs(a["break_even"]["utilisation"] - 1.475 / 3.888) < 1e-9
assert a["terms"]["licence"] == "licence 0.01 USD per core-hour" and a["terms"]["spot"] is None
print("good")
EOF
    [ "$output" = good ]
}

@test "prices of a second region stay apart" {
    "$NH_BIN/nodehour" prices update -m c5n.18xlarge --region us-east-1 --price-model on-demand
    sed -i 's/us-east-1/eu-west-1/g; s/3.888/4.2/g' config/nodehour/prices.json
    run "$NH_BIN/nodehour" prices update -m c5n.18xlarge --region us-east-1 --price-model on-demand
    [[ $output == *"1 new"* ]]
    csv=$NH_ROOT/results/reference/starccm-c5n/timings.csv
    run "$NH_BIN/nodehour" advise "$csv" --region eu-west-1
    [[ $output == *"4.2 USD per node-hour (eu-west-1"* ]]
    run "$NH_BIN/nodehour" advise "$csv" --region us-east-1
    [[ $output == *"3.888 USD per node-hour (us-east-1"* ]]
    run "$NH_BIN/nodehour" advise "$csv"
    [[ $output == *"other regions are known too"* ]]
    run "$NH_BIN/nodehour" advise "$csv" --region us-east-9
    [ "$status" -eq 2 ]
    [[ $output == *"did you mean 'us-east-1'"* ]]
}

@test "a capacity block is asked for by name only" {
    run "$NH_BIN/nodehour" prices update -m p5.48xlarge --region us-east-1 \
        --price-model capacity-block --block-hours 24 --block-nodes 2
    [ "$status" -eq 0 ]
    grep -q -- '--instance-count 2 --capacity-duration-hours 24' calls
    run "$NH_BIN/nodehour" prices list -m p5.48xlarge --price-model capacity-block --json
    [[ $output == *'"per_hour": "30"'* && $output == *'"block_hours": 24'* ]]
}

@test "failures of the CLI are named, and nothing is written" {
    local ask=(update -m c5n.18xlarge --region us-east-1)
    STUB_EXIT=253 STUB_SAYS='Unable to locate credentials. You can configure credentials by running "aws configure".' \
        fails 2 "no credentials" "${ask[@]}"
    STUB_SAYS='An error occurred (ThrottlingException) when calling the GetProducts operation: Rate exceeded' \
        fails 1 "throttled" "${ask[@]}"
    STUB_SAYS='An error occurred (AccessDeniedException) when calling the GetProducts operation: no' \
        fails 2 "pricing:GetProducts" "${ask[@]}"
    STUB_SAYS='An error occurred (Odd) when calling it' fails 1 "An error occurred (Odd)" "${ask[@]}"
    STUB_CUT=1 fails 2 "aws pricing get-products" "${ask[@]}"
    fails 2 "no price of 'c5n.19xlarge'" update -m c5n.19xlarge --region us-east-1
    fails 2 "is no name" update -m 'c5n;rm' --region us-east-1
    fails 2 "no region" update -m c5n.18xlarge
    fails 2 "no machine" update --region us-east-1
    fails 2 "AWS has no 'cheap'" update -m c5n.18xlarge --region us-east-1 --price-model cheap
    fails 2 "prices list" renew
    PATH=/usr/bin:/bin fails 2 "AWS CLI" "${ask[@]}" --aws /nowhere/aws
}
