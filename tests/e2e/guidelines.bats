#!/usr/bin/env bats
# SPDX-License-Identifier: BSD-3-Clause
#
# nodehour-mpi guidelines: is a collective operation slower than doing the same by others?

load under_mpirun

setup() {
    under_mpirun
    program=$NH_BIN/nodehour-mpi
}

# bats test_tags=mpich
@test "each guideline has a record with both sides, their ratio and a verdict that follows" {
    on 2 guidelines --sizes 1000 --max-time 1 --max-samples 45 --json >out
    [ "$(jq -r .params.guideline out | sort -u | wc -l)" -eq 28 ]
    holds '.kernel == "guidelines" and .verify == "passed" and .params.size_bytes == 1000'
    holds '(.detail.guideline.left.rounds_ns | length) == 9 and (.detail.guideline.right.rounds_ns | length) == 9'
    # shellcheck disable=SC2016
    holds '([.detail.guideline | range(9) as $i | .left.rounds_ns[$i] / .right.rounds_ns[$i]] | sort) as $r |
        .detail.guideline | [.ratio / $r[4], .ratio_low / $r[1], .ratio_high / $r[7]] | all(. - 1 | fabs < 1e-9)'
    holds '.detail.guideline | if .ratio_low > 1.1 then .verdict == "violated"
        elif .ratio_high <= 1.1 then .verdict == "holds" else .verdict == "cannot tell" end'
}

# bats test_tags=mpich
@test "sizes are rounded up to an element for each rank, and the table says what was compared" {
    on 3 guidelines --of scatter --sizes 1,12,100 --max-time 0.02 -o records.jsonl >out
    [ "$(jq .params.size_bytes records.jsonl | sort -nu | xargs)" = '12 108' ]
    grep -q '^# scatter(n) <= bcast(n)$' out
    grep -q '^# scatter(2n) <= 2 scatter(n)$' out
    [ "$(grep -c 'left over right' out)" -eq 6 ]
    grep -Eq '^# [0-9]+ of 6 violated, by more than 10 %$' out
}

# eventually OPERATION GUIDELINE VERDICT: with the slow library; on a machine that others
# use too nobody can tell at first. Leaves out, err and the exit code in status.
eventually() {
    for _ in 1 2 3 4 5; do
        status=0
        mpirun -n 2 -x LD_PRELOAD="$PWD/shim.so" "$program" guidelines --of "$1" --sizes 64 --max-time 0.5 \
            --json --fail-on-violation >out 2>err || status=$?
        ! jq -se "any(.[]; .params.guideline == \"$2\" and .detail.guideline.verdict == \"$3\")" out >/dev/null ||
            return 0
    done
    jq -c .detail.guideline out
    return 1
}

# A library with a slow all-reduce: its own reduce and broadcast beat it.
@test "a slow all-reduce is found, a reduce not blamed, and --fail-on-violation exits 1" {
    local status=0
    [ -z "${NH_SANITIZED:-}" ] || skip 'a preloaded library cannot come before the sanitizer'
    command -v mpicc >/dev/null || skip 'no mpicc'
    cat >shim.c <<'END'
#include <mpi.h>
#include <time.h>
int MPI_Allreduce(const void *in, void *out, int n, MPI_Datatype t, MPI_Op op, MPI_Comm c)
{
    struct timespec pause = {0, 10000000};
    nanosleep(&pause, 0);
    return PMPI_Allreduce(in, out, n, t, op, c);
}
END
    mpicc -shared -fPIC -o shim.so shim.c
    eventually allreduce 'allreduce(n) <= reduce(n) + bcast(n)' violated
    [ "$status" -eq 1 ]
    grep -q '^nodehour-mpi guidelines: .* guidelines are violated; ' err
    [ "$(grep -c '^nodehour-mpi' err)" -eq 1 ]
    eventually reduce 'reduce(n) <= allreduce(n)' holds
}

# bats test_tags=mpich
@test "wrong input is refused: exit 2, one line" {
    local status text
    while read -r ranks text; do
        status=0
        # shellcheck disable=SC2086
        on "$ranks" guidelines $text >out 2>err </dev/null || status=$?
        [ "$status" -eq 2 ] || { cat err; return 1; }
        [ "$(grep -c '^nodehour-mpi' err)" -eq 1 ] && [ ! -s out ]
    done <<'END'
1 --sizes 64
2 --of barrier
2 --tolerance -3
2 --sizes x
2 64
END
}
