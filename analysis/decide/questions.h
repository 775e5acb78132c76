/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef NH_QUESTIONS_H
#define NH_QUESTIONS_H

#include "analysis/decide/candidates.h"
#include "analysis/decide/goal.h"
#include "analysis/draws.h"

/*
 * Inverse questions: which configuration meets a goal, and is the best of those that do. A
 * question is an entry of a table: what must hold, and what is to be least. It is answered from
 * the measured sizes; where a size between two of them is expected to be better, that is said
 * beside it, as an estimate with its range over shapes. Beyond what was measured a model is asked
 * only when nothing else meets the goal, and its answer carries grade and interval. What is between
 * has to meet the goal by the slowest of the curves.
 */
struct nh_choice {
    bool found;
    struct nh_candidate at;
    double score;  /* what is least: cost, seconds, cost and value of time */
    double chance; /* measured: share of resamples that meet the goal; NaN when not known */
    struct nh_interval amounts; /* over the range of seconds */
    long concurrent;            /* campaign: runs at once */
    double end_s;               /* campaign: when the last one ends */
};

struct nh_question;

struct nh_answer {
    const struct nh_question *question;
    struct nh_choice measured;
    struct nh_choice between; /* only where it is better */
    struct nh_choice beyond;  /* only where no other meets the goal */
    struct nh_choice closest; /* measured; when none of the measured ones meets the goal */
    char text[768];           /* all of it in words */
};

struct nh_asked {
    const struct nh_scaling *scaling;
    const struct nh_advice *advice;
    const struct nh_goal *goal;
    const struct nh_candidates *candidates;
    const struct nh_draws *draws;
};

struct nh_question {
    const char *name; /* of the option, "deadline" */
    bool (*asked)(const struct nh_goal *goal);
    bool needs_price;
    /** Does a configuration that takes and costs so much meet the goal? */
    bool (*meets)(const struct nh_goal *goal, const struct nh_candidate *at, double seconds,
                  double amount);
    double (*score)(const struct nh_goal *goal, const struct nh_candidate *at, double seconds,
                    double amount);
    /** What the nearest miss is called, and what is least of it. */
    const char *closest;
    double (*distance)(const struct nh_candidate *at);
    /** "the cheapest that ends within 2 h 00 min" */
    void (*words)(const struct nh_asked *q, char *buf, size_t len);
};

/** NULL-terminated. */
extern const struct nh_question *const nh_questions[];
enum { NH_QUESTIONS = 5 };

/** Fills `out` (room for NH_QUESTIONS), returns how many were asked. */
size_t nh_questions_answer(const struct nh_asked *q, struct nh_answer *out);

/** Runs that go on at once so that `runs` of them end in time, 0: none does; `end_s` is when. */
long nh_campaign(long runs, double by_s, double seconds, double *end_s);

/** Why a question has no answer here; NULL: it can be answered. */
const char *nh_question_unfit(const struct nh_question *question, const struct nh_asked *q);

/** Writes an answer's text, its choices being known (words.c). */
void nh_answer_words(const struct nh_asked *q, struct nh_answer *a);

#endif
