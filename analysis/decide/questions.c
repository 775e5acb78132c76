/* SPDX-License-Identifier: BSD-3-Clause */
#include "analysis/decide/questions.h"

#include <math.h>
#include <stdio.h>

#include "common/units.h"

static const double worth_saying = 0.005; /* by how much an estimate is better */

/* ---- The questions ---- */

static double cost(const struct nh_goal *g, const struct nh_candidate *at, double seconds,
                   double amount)
{
    (void)g, (void)at, (void)seconds;
    return amount;
}

static double time(const struct nh_goal *g, const struct nh_candidate *at, double seconds,
                   double amount)
{
    (void)g, (void)at, (void)amount;
    return seconds;
}

static double cost_and_time(const struct nh_goal *g, const struct nh_candidate *at, double seconds,
                            double amount)
{
    (void)at;
    return amount + g->value_per_hour * seconds / 3600;
}

static double of_seconds(const struct nh_candidate *at)
{
    return at->seconds;
}

static double of_amount(const struct nh_candidate *at)
{
    return at->amount;
}

static double of_efficiency(const struct nh_candidate *at)
{
    return -at->efficiency;
}

static bool asks_deadline(const struct nh_goal *g)
{
    return g->deadline_s > 0;
}

static bool meets_deadline(const struct nh_goal *g, const struct nh_candidate *at, double seconds,
                           double amount)
{
    (void)at, (void)amount;
    return seconds <= g->deadline_s;
}

static void words_deadline(const struct nh_asked *q, char *buf, size_t len)
{
    char time_text[NH_UNIT_TEXT];
    snprintf(buf, len, "the cheapest that ends within %s",
             nh_format_duration(q->goal->deadline_s, time_text));
}

static const struct nh_question deadline = {"deadline", asks_deadline, false,      meets_deadline,
                                            cost,       "fastest",     of_seconds, words_deadline};

static bool asks_budget(const struct nh_goal *g)
{
    return g->budget > 0;
}

static bool meets_budget(const struct nh_goal *g, const struct nh_candidate *at, double seconds,
                         double amount)
{
    (void)at, (void)seconds;
    return amount <= g->budget;
}

static void words_budget(const struct nh_asked *q, char *buf, size_t len)
{
    char amount[NH_MONEY_TEXT];
    snprintf(buf, len, "the fastest that costs at most %s",
             nh_amount_text(q->advice, q->goal->budget, amount));
}

static const struct nh_question budget = {"budget", asks_budget, true,      meets_budget,
                                          time,     "cheapest",  of_amount, words_budget};

static bool asks_value(const struct nh_goal *g)
{
    return g->value_per_hour > 0;
}

static bool any(const struct nh_goal *g, const struct nh_candidate *at, double seconds,
                double amount)
{
    (void)g, (void)at, (void)seconds, (void)amount;
    return true;
}

static void words_value(const struct nh_asked *q, char *buf, size_t len)
{
    char amount[NH_MONEY_TEXT];
    snprintf(buf, len, "the least of cost and %s for each hour of waiting",
             nh_amount_text(q->advice, q->goal->value_per_hour, amount));
}

static const struct nh_question value = {"value-per-hour", asks_value, true,      any,
                                         cost_and_time,    "cheapest", of_amount, words_value};

static bool asks_efficiency(const struct nh_goal *g)
{
    return g->min_efficiency > 0;
}

/* Efficiency is of the median time: the time of a resample moves it as 1/T. */
static bool meets_efficiency(const struct nh_goal *g, const struct nh_candidate *at, double seconds,
                             double amount)
{
    (void)amount;
    return at->efficiency * at->seconds / seconds >= g->min_efficiency;
}

static void words_efficiency(const struct nh_asked *q, char *buf, size_t len)
{
    snprintf(buf, len, "the fastest with an efficiency of at least %.3g %%",
             100 * q->goal->min_efficiency);
}

static const struct nh_question efficiency = {
    "min-efficiency", asks_efficiency, false,           meets_efficiency, time,
    "most efficient", of_efficiency,   words_efficiency};

/* ---- A campaign: so many runs until a date ---- */

long nh_campaign(long runs, double by_s, double seconds, double *end_s)
{
    double each = floor(by_s / seconds * (1 + 1e-12)); /* one after the other */
    *end_s = NAN;
    if (each < 1)
        return 0;
    double at_once = ceil((double)runs / each);
    *end_s = ceil((double)runs / at_once) * seconds;
    return (long)at_once;
}

static bool asks_campaign(const struct nh_goal *g)
{
    return g->runs > 0;
}

static bool meets_campaign(const struct nh_goal *g, const struct nh_candidate *at, double seconds,
                           double amount)
{
    double end_s;
    (void)amount;
    long at_once = nh_campaign(g->runs, g->by_s, seconds, &end_s);
    return at_once > 0 &&
           (g->max_nodes == 0 || (double)at_once * (double)at->nodes <= (double)g->max_nodes);
}

static double cost_of_all(const struct nh_goal *g, const struct nh_candidate *at, double seconds,
                          double amount)
{
    (void)at, (void)seconds;
    return (double)g->runs * amount;
}

static void words_campaign(const struct nh_asked *q, char *buf, size_t len)
{
    char by[NH_UNIT_TEXT], nodes[48] = "";
    if (q->goal->max_nodes)
        snprintf(nodes, sizeof nodes, " on at most %ld nodes at once", q->goal->max_nodes);
    snprintf(buf, len, "the cheapest that ends %ld run%s within %s%s", q->goal->runs,
             q->goal->runs == 1 ? "" : "s", nh_format_duration(q->goal->by_s, by), nodes);
}

static const struct nh_question campaign = {"campaign",  asks_campaign, false,      meets_campaign,
                                            cost_of_all, "fastest",     of_seconds, words_campaign};

const struct nh_question *const nh_questions[] = {&deadline,   &budget,   &value,
                                                  &efficiency, &campaign, NULL};

/* ---- Answers ---- */

static bool better(double score, double seconds, const struct nh_choice *than)
{
    double tie = fabs(score) * NH_COST_TIE;
    if (!than->found || score < than->score - tie)
        return true;
    return score <= than->score + tie && seconds < than->at.seconds;
}

/* What lies between has to meet the goal by the slowest of the curves. */
static bool fits(const struct nh_question *question, const struct nh_asked *q,
                 const struct nh_candidate *at)
{
    double job_s = at->origin == NH_BETWEEN ? at->job_range.hi : at->job_s[0];
    struct nh_run_cost run = nh_advice_run(q->advice, at->nodes, at->cores, job_s);
    return question->meets(q->goal, at, run.time_s, run.amount);
}

static void choose(const struct nh_question *question, const struct nh_asked *q,
                   enum nh_origin origin, struct nh_choice *out)
{
    for (size_t i = 0; i < q->candidates->count; i++) {
        const struct nh_candidate *at = &q->candidates->items[i];
        double score = question->score(q->goal, at, at->seconds, at->amount);
        if (at->origin == origin && fits(question, q, at) && better(score, at->seconds, out)) {
            out->found = true;
            out->at = *at;
            out->score = score;
        }
    }
}

static void choose_closest(const struct nh_question *question, const struct nh_asked *q,
                           struct nh_choice *out)
{
    for (size_t i = 0; i < q->candidates->count; i++) {
        const struct nh_candidate *at = &q->candidates->items[i];
        double score = question->distance(at);
        if (at->origin == NH_MEASURED && (!out->found || score < out->score))
            *out = (struct nh_choice){.found = true, .at = *at, .score = score};
    }
}

static double chance_measured(const struct nh_question *question, const struct nh_asked *q,
                              const struct nh_candidate *at)
{
    const struct nh_draws *d = q->draws;
    size_t met = 0;
    for (size_t draw = 0; draw < d->count; draw++) {
        double job_s = d->seconds[at->point * d->count + draw];
        struct nh_run_cost run = nh_advice_run(q->advice, at->nodes, at->cores, job_s);
        met += question->meets(q->goal, at, run.time_s, run.amount);
    }
    return d->known ? (double)met / (double)d->count : NAN;
}

static void complete(const struct nh_question *question, const struct nh_asked *q,
                     struct nh_choice *c)
{
    const struct nh_candidate *at = &c->at;
    if (!c->found)
        return;
    c->amounts.lo = nh_advice_run(q->advice, at->nodes, at->cores, at->job_range.lo).amount;
    c->amounts.hi = nh_advice_run(q->advice, at->nodes, at->cores, at->job_range.hi).amount;
    c->amounts.coverage = at->range.coverage;
    c->chance = at->origin == NH_MEASURED ? chance_measured(question, q, at) : NAN;
    if (question == &campaign)
        c->concurrent = nh_campaign(q->goal->runs, q->goal->by_s, at->seconds, &c->end_s);
}

const char *nh_question_unfit(const struct nh_question *question, const struct nh_asked *q)
{
    if (q->scaling->app->kind == NH_WEAK)
        return "under weak scaling every size does other work";
    if (question->needs_price && !q->advice->priced)
        return "no price is known for this machine; give --machine";
    return NULL;
}

static void answer(const struct nh_question *question, const struct nh_asked *q,
                   struct nh_answer *out)
{
    *out = (struct nh_answer){.question = question};
    if (nh_question_unfit(question, q))
        return;
    choose(question, q, NH_MEASURED, &out->measured);
    choose(question, q, NH_BETWEEN, &out->between);
    if (out->measured.found && out->between.score > out->measured.score * (1 - worth_saying))
        out->between.found = false;
    if (!out->measured.found) {
        choose_closest(question, q, &out->closest);
        if (!out->between.found)
            choose(question, q, NH_BEYOND, &out->beyond);
    }
    struct nh_choice *const all[] = {&out->measured, &out->between, &out->beyond, &out->closest};
    for (size_t i = 0; i < sizeof all / sizeof *all; i++)
        complete(question, q, all[i]);
}

size_t nh_questions_answer(const struct nh_asked *q, struct nh_answer *out)
{
    size_t n = 0;
    for (const struct nh_question *const *at = nh_questions; *at; at++)
        if ((*at)->asked(q->goal)) {
            answer(*at, q, &out[n]);
            nh_answer_words(q, &out[n]);
            n++;
        }
    return n;
}
