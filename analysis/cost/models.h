/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef NH_PRICE_MODELS_H
#define NH_PRICE_MODELS_H

#include <stdbool.h>

#include "common/catalog.h"

/*
 * Price models are a table; a new one is one line. A model's name in a price file is a name
 * of the table, for commitments followed by term and payment:
 *
 *   on-demand, spot, capacity-block
 *   reserved-3y-all-upfront, reserved-convertible-1y-no-upfront,
 *   savings-compute-1y-partial-upfront, savings-ec2-3y-no-upfront
 *
 * Other names are a user's own rates and charged by the hour, as on-demand.
 */
struct nh_price_model {
    const char *name;
    const char *title; /* in sentences: "a Compute Savings Plan" */
    bool term_in_name; /* paid for every hour of a term: -1y or -3y, and when it is paid */
    bool interrupted;  /* nodes may be taken back */
    bool block;        /* paid whole, for the hours that its price names */
};

/** The model of a price, NULL for names that are not in the table. */
const struct nh_price_model *nh_price_model(const char *name);

/** Hours that are paid whether used or not: 8,760 or 26,280 of a term, or those of a block;
 *  0 for prices without a commitment. */
double nh_price_term_hours(const struct nh_price *p);

/** What is paid at the start for each node: all of the term, the amount that the price file
 *  gives, or 0. */
double nh_price_upfront_usd(const struct nh_price *p);

/* Break-even of a commitment against on-demand: it is paid for all hours of its term, so it
 * is cheaper only when used for more than the ratio of the two prices. */
#define NH_HOURS_PER_YEAR 8760.0

struct nh_break_even {
    double utilisation;    /* of the term's hours; above 1 it is never cheaper */
    double hours_per_year; /* of each node */
    double node_hours;     /* of each node, over the term */
};

/** False where `committed` has no term or `on_demand` costs nothing. */
bool nh_break_even(const struct nh_price *committed, const struct nh_price *on_demand,
                   struct nh_break_even *out);

#endif
