/* SPDX-License-Identifier: BSD-3-Clause */
#include "bench/app/guideline.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "common/stats.h"

#define TERM(op)                                                                                   \
    {                                                                                              \
        (op), 1, 1                                                                                 \
    }
/* An operation on n is no slower than on 2n; on 2n no slower than twice on n. */
#define MONOTONOUS(op)                                                                             \
    {                                                                                              \
        {(op), 1, 1},                                                                              \
        {                                                                                          \
            {                                                                                      \
                (op), 2, 1                                                                         \
            }                                                                                      \
        }                                                                                          \
    }
#define SPLITTING(op)                                                                              \
    {                                                                                              \
        {(op), 2, 1},                                                                              \
        {                                                                                          \
            {                                                                                      \
                (op), 1, 2                                                                         \
            }                                                                                      \
        }                                                                                          \
    }

const struct nh_guideline nh_guidelines[] = {
    {TERM(NH_ALLREDUCE), {TERM(NH_REDUCE), TERM(NH_BCAST)}},
    {TERM(NH_ALLREDUCE), {TERM(NH_REDUCESCATTER), TERM(NH_ALLGATHER)}},
    {TERM(NH_REDUCE), {TERM(NH_ALLREDUCE)}},
    {TERM(NH_REDUCE), {TERM(NH_REDUCESCATTER), TERM(NH_GATHER)}},
    {TERM(NH_REDUCESCATTER), {TERM(NH_REDUCE), TERM(NH_SCATTER)}},
    {TERM(NH_REDUCESCATTER), {TERM(NH_ALLREDUCE)}},
    {TERM(NH_REDUCESCATTERBLOCK), {TERM(NH_REDUCESCATTER)}},
    {TERM(NH_BCAST), {TERM(NH_SCATTER), TERM(NH_ALLGATHER)}},
    {TERM(NH_ALLGATHER), {TERM(NH_GATHER), TERM(NH_BCAST)}},
    {TERM(NH_ALLGATHER), {TERM(NH_ALLTOALL)}},
    {TERM(NH_GATHER), {TERM(NH_ALLGATHER)}},
    {TERM(NH_SCATTER), {TERM(NH_BCAST)}},
    MONOTONOUS(NH_ALLREDUCE),
    MONOTONOUS(NH_REDUCE),
    MONOTONOUS(NH_REDUCESCATTER),
    MONOTONOUS(NH_BCAST),
    MONOTONOUS(NH_ALLGATHER),
    MONOTONOUS(NH_ALLTOALL),
    MONOTONOUS(NH_GATHER),
    MONOTONOUS(NH_SCATTER),
    SPLITTING(NH_ALLREDUCE),
    SPLITTING(NH_REDUCE),
    SPLITTING(NH_REDUCESCATTER),
    SPLITTING(NH_BCAST),
    SPLITTING(NH_ALLGATHER),
    SPLITTING(NH_ALLTOALL),
    SPLITTING(NH_GATHER),
    SPLITTING(NH_SCATTER)};
const size_t nh_guideline_count = sizeof nh_guidelines / sizeof *nh_guidelines;

static void append_term(char *buf, const struct nh_guideline_term *t, const char *before)
{
    size_t used = strlen(buf);
    char times[8] = "", scale[8] = "";
    if (t->times > 1)
        snprintf(times, sizeof times, "%d ", t->times % 1000);
    if (t->scale > 1)
        snprintf(scale, sizeof scale, "%d", t->scale % 1000);
    snprintf(buf + used, NH_GUIDELINE_TEXT - used, "%s%s%s(%sn)", before, times,
             nh_coll_models[t->operation].name, scale);
}

const char *nh_guideline_text(const struct nh_guideline *g, char *buf)
{
    *buf = '\0';
    append_term(buf, &g->left, "");
    for (int i = 0; i < NH_GUIDELINE_TERMS && g->right[i].times > 0; i++)
        append_term(buf, &g->right[i], i == 0 ? " <= " : " + ");
    return buf;
}

struct nh_guideline_result nh_guideline_judge(const double *left, const double *right,
                                              size_t rounds, double tolerance)
{
    enum { MOST = 64 };
    double ratios[MOST];
    struct nh_guideline_result r = {NAN, NAN, NAN, NH_CANNOT_TELL};
    struct nh_ranks ranks;
    if (rounds == 0 || rounds > MOST)
        return r;
    for (size_t i = 0; i < rounds; i++)
        ratios[i] = left[i] / right[i];
    nh_sort(ratios, rounds);
    r.ratio = nh_median_sorted(ratios, rounds);
    if (!nh_quantile_ranks(rounds, 0.5, 0.95, &ranks))
        return r;
    r.low = ratios[ranks.lo - 1];
    r.high = ratios[ranks.hi - 1];
    if (r.low > 1 + tolerance)
        r.verdict = NH_VIOLATED;
    else if (r.high <= 1 + tolerance)
        r.verdict = NH_HOLDS;
    return r;
}

const char *nh_guideline_verdict_text(enum nh_guideline_verdict verdict)
{
    static const char *const texts[] = {"holds", "violated", "cannot tell"};
    return texts[verdict];
}
