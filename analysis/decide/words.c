/* SPDX-License-Identifier: BSD-3-Clause */
/* Answers to the inverse questions, in words. */
#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "analysis/decide/questions.h"
#include "common/units.h"

static void say(struct nh_answer *a, const char *fmt, ...) NH_PRINTF(2, 3);

static void say(struct nh_answer *a, const char *fmt, ...)
{
    size_t used = strlen(a->text);
    va_list args;
    va_start(args, fmt);
    vsnprintf(a->text + used, sizeof a->text - used, fmt, args);
    va_end(args);
}

static const char *amount(const struct nh_asked *q, double value, char *buf)
{
    return nh_amount_text(q->advice, value * q->advice->shown_factor, buf);
}

/* "45 nodes (1620 cores): 1 h 00 min and $196.96 per run" */
static void say_choice(const struct nh_asked *q, struct nh_answer *a, const struct nh_choice *c)
{
    char size[NH_SIZE_TEXT], time[NH_UNIT_TEXT], cost[NH_MONEY_TEXT];
    nh_size_words(q->scaling, c->at.nodes, c->at.cores, size);
    say(a, "%s: %s and %s per %s", size, nh_format_time(c->at.seconds, time),
        amount(q, c->at.amount, cost), q->advice->shown_per);
}

static void say_campaign(const struct nh_asked *q, struct nh_answer *a, const struct nh_choice *c)
{
    char end[NH_UNIT_TEXT], cost[NH_MONEY_TEXT];
    if (c->concurrent == 0)
        return;
    long nodes = c->concurrent * c->at.nodes;
    say(a, "; %ld at once on %ld node%s, the last ends after %s, %s in all", c->concurrent, nodes,
        nodes == 1 ? "" : "s", nh_format_time(c->end_s, end),
        nh_amount_text(q->advice, (double)q->goal->runs * c->at.amount, cost));
}

static void say_chance(struct nh_answer *a, const struct nh_choice *c)
{
    if (isfinite(c->chance) && c->chance < 1)
        say(a, " (met in %.3g %% of the resamples)", 100 * c->chance);
}

static void say_range(const struct nh_asked *q, struct nh_answer *a, const struct nh_choice *c)
{
    char from[NH_UNIT_TEXT], to[NH_UNIT_TEXT], low[NH_MONEY_TEXT], high[NH_MONEY_TEXT];
    if (!isfinite(c->at.range.lo) || !isfinite(c->at.range.hi))
        return;
    say(a, ", %s to %s and %s to %s", nh_format_time(c->at.range.lo, from),
        nh_format_time(c->at.range.hi, to), amount(q, c->amounts.lo, low),
        amount(q, c->amounts.hi, high));
}

static void say_estimate(const struct nh_asked *q, struct nh_answer *a)
{
    if (a->between.found) {
        say(a, a->measured.found ? ". Not measured, between two sizes: "
                                 : " Not measured, between two sizes: ");
        say_choice(q, a, &a->between);
        say_range(q, a, &a->between);
        say_campaign(q, a, &a->between);
    } else if (a->beyond.found) {
        say(a, " Predicted beyond all measured sizes (grade %s): ",
            nh_prediction_grade(a->beyond.at.grade));
        say_choice(q, a, &a->beyond);
        say_range(q, a, &a->beyond);
        say_campaign(q, a, &a->beyond);
    }
}

void nh_answer_words(const struct nh_asked *q, struct nh_answer *a)
{
    char goal[160];
    a->question->words(q, goal, sizeof goal);
    say(a, "%c%s: ", goal[0] - 'a' + 'A', goal + 1);
    const char *unfit = nh_question_unfit(a->question, q);
    if (unfit) {
        say(a, "not answered, since %s", unfit);
        return;
    }
    if (a->measured.found) {
        say_choice(q, a, &a->measured);
        say_campaign(q, a, &a->measured);
        say_chance(a, &a->measured);
    } else if (a->closest.found) {
        say(a, "no measured configuration; the %s is ", a->question->closest);
        say_choice(q, a, &a->closest);
        say(a, ".");
    } else {
        say(a, "no configuration has so few nodes");
    }
    say_estimate(q, a);
}
