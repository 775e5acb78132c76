/* SPDX-License-Identifier: BSD-3-Clause */
#include "analysis/decide/decide.h"

#include <math.h>
#include <stdio.h>

#include "common/units.h"

static const double worth_saying = 0.001; /* of the cost */

static double measured_least(const struct nh_candidates *c)
{
    double least = INFINITY;
    for (size_t i = 0; i < c->count; i++)
        if (c->items[i].origin == NH_MEASURED)
            least = fmin(least, c->items[i].amount);
    return least;
}

static void write_optimum(const struct nh_scaling *s, const struct nh_advice *a,
                          struct nh_decision *d)
{
    const struct nh_optimum *o = &d->optimum;
    const struct nh_candidate *from = &d->candidates.items[o->smallest],
                              *to = &d->candidates.items[o->largest],
                              *central = &d->candidates.items[o->best[0]];
    char low[NH_SIZE_TEXT], high[NH_SIZE_TEXT], size[NH_SIZE_TEXT], cost[NH_MONEY_TEXT],
        time[NH_UNIT_TEXT];
    if (!o->found || o->gain < worth_saying)
        return;
    nh_size_words(s, from->nodes, from->cores, low);
    nh_size_words(s, to->nodes, to->cores, high);
    nh_size_words(s, central->nodes, central->cores, size);
    snprintf(
        d->optimum_text, sizeof d->optimum_text,
        "Between the measured sizes the least cost may lie from %s to %s, at most %.2g %% below "
        "the best measured one: with the efficiency linear in the size at %s, %s and %s. This "
        "is interpolated; %d curves through the same points disagree by that range",
        low, high, 100 * o->gain, size, nh_format_duration(central->seconds, time),
        nh_amount_text(a, central->amount * a->shown_factor, cost), NH_SHAPES);
}

static void count_unmet(struct nh_decision *d)
{
    for (size_t i = 0; i < d->answer_count; i++) {
        const struct nh_answer *a = &d->answers[i];
        d->unmet += !a->measured.found && !a->between.found && !a->beyond.found;
    }
}

int nh_decide(const struct nh_scaling *s, const struct nh_advice *a, const struct nh_models *models,
              const struct nh_goal *goal, struct nh_decision *out, struct nh_error *err)
{
    struct nh_draws draws;
    *out = (struct nh_decision){0};
    int rc = nh_draws_make(s, NH_BOOTSTRAP_RESAMPLES, NH_BOOTSTRAP_SEED, &draws, err);
    if (rc)
        return rc;
    rc = nh_candidates_make(s, &a->terms, models, goal->max_nodes, &out->candidates, err);
    if (!rc) {
        const struct nh_asked q = {s, a, goal, &out->candidates, &draws};
        out->answer_count = nh_questions_answer(&q, out->answers);
        count_unmet(out);
        nh_optimum_find(&out->candidates, measured_least(&out->candidates), &out->optimum);
        write_optimum(s, a, out);
        nh_changes_find(s, a, &out->changes);
        rc = nh_next_find(s, a, &out->candidates, &draws, goal, &out->next, err);
    }
    if (!rc)
        rc = nh_decided_find(s, a, &out->decided, err);
    if (!rc && !out->decided.decided && draws.known && out->decided.shaken_by < a->count)
        nh_next_settle(s, a, &out->candidates, out->decided.shaken_by,
                       draws.runs[out->decided.shaken_by], &out->next);
    nh_draws_clear(&draws);
    if (rc)
        nh_decision_clear(out);
    return rc;
}

void nh_decision_clear(struct nh_decision *d)
{
    nh_candidates_clear(&d->candidates);
    *d = (struct nh_decision){0};
}
