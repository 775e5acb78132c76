/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef NH_ADVICE_H
#define NH_ADVICE_H

#include <stdbool.h>
#include <stddef.h>

#include "analysis/cost/cost.h"
#include "analysis/cost/models.h"
#include "analysis/scaling.h"
#include "common/catalog.h"
#include "common/money.h"

/*
 * Cost per run (cost/cost.h) and what follows from it. Without a price (a machine not in the
 * catalog) cost is counted in core-hours and says so; the rules are the same.
 *
 * Points are compared on medians; a cost within half a cent and NH_COST_TIE (relative) of the
 * least is a tie and the faster point wins it. Under weak scaling, time and cost are compared
 * per unit of work (divided by k). Rules, by name:
 *   cheapest     least cost, ties to the fastest;
 *   fastest      least turn-around time;
 *   recommended  the fastest point whose cost is within NH_RECOMMEND (2 %) of the least.
 *   front        points that no other point beats on both time and cost (weak dominance).
 *
 * Where some size was run more than once, the rules are also applied to joint resamples of all
 * times (draws.h): how often a point is chosen is its probability. Neighbours on the front
 * whose order of costs differs in 2.5 % or more of the resamples cannot be told apart.
 */
#define NH_RECOMMEND 0.02
#define NH_COST_TIE 0.001

struct nh_cost_point {
    const struct nh_scaling_point *scaling;
    struct nh_money cost;          /* valid when priced; to the millionth */
    struct nh_interval cost_ci;    /* in units of the currency, or core-hours */
    double amount;                 /* cost, not rounded, in units of the currency, or core-hours */
    double licence_share;          /* 0..1 */
    struct nh_cost_parts parts;    /* of amount */
    double time_s;                 /* turn-around: boot and the run, on spot its expected length */
    double p90_time_s, p90_amount; /* on spot, what nine of ten runs stay within; else NaN */
    bool on_front;
    bool tied_cheapest;                          /* its cost ties with the cheapest */
    double p_cheapest, p_fastest, p_recommended; /* share of resamples; NaN without repeats */
    size_t group; /* on the front: points of one group cannot be told apart on cost; 0: alone */
};

struct nh_advice {
    bool priced;
    char unit[16];         /* of amount: "USD", "core-hours", "node-hours" */
    double shown_factor;   /* amounts are shown times this: 1, or 1e6 where one */
    char shown_per[48];    /* ... costs too little to print: "run", "million iterations" */
    struct nh_price price; /* valid when priced */
    struct nh_money licence_per_hour; /* 0 for licences by the core or the job */
    struct nh_cost_terms terms;       /* price and spot point into this struct: do not copy it */
    struct nh_spot spot;
    struct nh_break_even break_even; /* of a commitment, against on-demand; zeros when none */
    struct nh_cost_point *points;
    size_t count;
    size_t cheapest, fastest, recommended; /* indices */
    /** On the front, from the cheaper to the next faster point: extra cost per hour saved
     *  ($/h); one entry for each neighbouring pair, in order of rising cost. */
    struct nh_step {
        size_t from, to;
        double per_hour_saved;
        double time_ratio, cost_ratio;
        struct nh_interval time_ratio_ci, cost_ratio_ci; /* both ends resampled; NaN: unknown */
        bool indistinct;                                 /* in cost */
    } * steps;
    size_t step_count;
    bool by_nodes; /* without a price: node-hours, since cores are not known */
    struct nh_chances {
        size_t draws;         /* resamples; 0: no size was run twice, nothing is known */
        bool indicative;      /* some size has fewer runs than an interval needs */
        double stands;        /* share in which the recommended size is within NH_RECOMMEND of
                                 the least cost */
        double expected_loss; /* mean cost above the least one, for who uses it; in amounts */
    } chances;
    char verdict[512];    /* the answer in one or two sentences */
    char (*caveats)[256]; /* few repeats, base far from one node, bound not value, ... */
    size_t caveat_count;
};

/** Nodes and a licence by the hour, nothing rounded. `price` NULL: core-hours. */
int nh_advise(const struct nh_scaling *scaling, const struct nh_price *price,
              struct nh_money licence_per_hour, struct nh_advice *out, struct nh_error *err);

/** The same with everything that a run is charged by; what is for a whole run does not count
 *  where times are of a part of one (an iteration). */
int nh_advise_terms(const struct nh_scaling *scaling, const struct nh_cost_terms *terms,
                    struct nh_advice *out, struct nh_error *err);
void nh_advice_clear(struct nh_advice *a);

/** Turn-around time and cost of a job of `job_s` seconds on so many nodes and cores, as time_s and
 *  amount of a point. `terms` are those of the advice, or changed for a what-if. */
struct nh_run_cost {
    double time_s, amount;
};
struct nh_run_cost nh_run_cost(const struct nh_cost_terms *terms, bool by_nodes, long nodes,
                               long cores, double job_s);
struct nh_run_cost nh_advice_run(const struct nh_advice *a, long nodes, long cores, double job_s);

/** The rules over `n` configurations of the given times and amounts; n >= 1. */
struct nh_chosen {
    size_t cheapest, fastest, recommended;
    double least; /* cost */
};
struct nh_chosen nh_choose(const double *seconds, const double *amounts, size_t n);

/** What a point's time and cost are divided by before points are compared: its work. */
double nh_advice_work(const struct nh_scaling *s, size_t point);

/** Is the cost as good as equal to the least one (NH_COST_TIE)? */
bool nh_cost_ties(double cost, double least);

/** Fills probabilities, groups and the intervals of steps of an advice whose rules are applied
 *  (chances.c). */
int nh_advice_chances(const struct nh_scaling *scaling, struct nh_advice *a, struct nh_error *err);
/** Whether times are of whole runs, and not of a part of one (an iteration). */
bool nh_time_is_of_run(const struct nh_scaling *s);
/** The terms without those of a whole run where times are of a part of one. */
struct nh_cost_terms nh_terms_applicable(const struct nh_scaling *s, const struct nh_cost_terms *t);

/** printf into the list of caveats. */
void nh_advice_caveat(struct nh_advice *a, const char *fmt, ...) NH_PRINTF(2, 3);

/** "45 nodes (1620 cores)", "2 cores": how a point is called in sentences. `buf` holds
 *  NH_SIZE_TEXT bytes and is returned. */
enum { NH_SIZE_TEXT = 64 };
const char *nh_size_text(const struct nh_scaling *s, size_t point, char *buf);

/** The same of any size of a case. */
const char *nh_size_words(const struct nh_scaling *s, long nodes, long cores, char *buf);

/** "$196.96" or "12.3 core-hours"; the amount is taken as it is (no shown_factor). */
const char *nh_amount_text(const struct nh_advice *a, double amount, char *buf);

/** Fills verdict and caveats of an advice whose points and rules are known. */
void nh_advice_explain(const struct nh_scaling *scaling, struct nh_advice *a);

#endif
