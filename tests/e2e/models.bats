#!/usr/bin/env bats
# SPDX-License-Identifier: BSD-3-Clause
#
# Models, bottleneck and other meshes, as `nodehour advise` prints them.

setup() {
    cd "$BATS_TEST_TMPDIR"
}

# 5 + 100/k seconds with a spread of 2 %, on 1 to 16 cores of one mesh.
timings() {
    awk 'BEGIN {
        print "case,cells,nodes,cores,solver_s"
        for (m = 1; m <= 4; m *= 4)
            for (k = 1; k <= 16; k *= 2)
                for (r = -1; r <= 1; r++)
                    printf "mesh %d,%d,%d,%d,%.6f\n", m, m * 1000000, k, k,
                        (5 + m * 100 / k) * (1 + r / 100)
    }'
}

@test "models, grades and what limits it, as text and JSON" {
    timings >t.csv
    nodehour=$NH_BIN/nodehour
    run "$nodehour" advise t.csv
    [ "$status" -eq 0 ]
    [[ $output == *'What limits it'* ]]
    [[ $output == *'Amdahl, '*'T(k) = 5 + 100/k s'* ]]
    [[ $output == *'grade B'* ]]
    "$nodehour" advise t.csv --json >a.json
    jq -e '.applications[0] | .models.fits[0].name == "Amdahl"
        and (.models.fits[0].parameters.a.value - 5 | fabs) < 0.05
        and .models.predictions[0].grade == "B" and .models.predictions[0].predicted
        and ([.models.fits[].weight] | add - 1 | fabs) < 1e-9
        and .bottleneck.loss == "constant"' a.json
    "$nodehour" advise t.csv --json | cmp - a.json
}

@test "another mesh: predictions are graded, and wrong questions are answered in one line" {
    timings >t.csv
    "$NH_BIN/nodehour" advise t.csv --mesh 8e6 --bytes-per-cell 2000 --machine c5n.18xlarge --json >a.json
    jq -e '.meshes[0] | .measured_meshes == 2 and .least_nodes == 1
        and all(.sizes[]; .predicted and (.grade | IN("A", "B", "C", "refused")))
        and (.sizes[0].time_s - 805 | fabs) < 10' a.json
    "$NH_BIN/nodehour" report t.csv --mesh 8e6 --machine c5n.18xlarge --license per-job=7 -o m.html
    grep -q '<a href="#meshes">' m.html
    grep -q '<h3>A mesh of 8,000,000 cells' m.html
    grep -q '<caption>Predicted by the models, beyond the largest size' m.html
    grep -q '<dd>licence 7 USD per run.' m.html
    run "$NH_BIN/nodehour" advise t.csv --mesh many
    [ "$status" -eq 2 ] && [ "${#lines[@]}" -eq 1 ]
    [[ $output == *--mesh* ]]
}
