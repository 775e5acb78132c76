/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef NH_MONEY_H
#define NH_MONEY_H

#include <stdint.h>

#include "common/error.h"

/* Money is decimal: a whole number of millionths of the currency's unit, which
 * holds every hourly price that AWS publishes (six decimals) without rounding. */
struct nh_money {
    int64_t micro;
    char currency[4]; /* ISO 4217, "USD" */
};

enum { NH_MONEY_TEXT = 40 };

/** A non-negative decimal with at most six decimals, "3.888"; code NH_EINPUT otherwise. */
int nh_money_parse(const char *what, const char *text, struct nh_money *out, struct nh_error *err);

/** The same with any number of decimals, rounded half up to the millionth: price lists write
 *  ten of them. */
int nh_money_parse_rounded(const char *what, const char *text, struct nh_money *out,
                           struct nh_error *err);

/** Sets the currency: three capital letters; code NH_EINPUT otherwise. */
int nh_money_set_currency(struct nh_money *m, const char *code, struct nh_error *err);

/** Price per hour times hours, rounded half to even on the last millionth. */
struct nh_money nh_money_for_hours(struct nh_money per_hour, double hours);

/** count x price (count nodes at a node price). */
struct nh_money nh_money_times(struct nh_money m, int64_t count);
struct nh_money nh_money_add(struct nh_money a, struct nh_money b);

/** The amount in units of the currency, for statistics and charts only. */
double nh_money_value(struct nh_money m);

/** US dollars to the nearest millionth; what is beyond any bill is cut off. */
struct nh_money nh_money_of(double usd);

/** "$196.96" (USD) or "196.96 EUR", rounded half to even to cents, thousands separated;
 *  less than half a cent with all its decimals.
 *  `buf` holds NH_MONEY_TEXT bytes and is returned. */
const char *nh_money_format(struct nh_money m, char *buf);

/** The full decimal without symbol and trailing zeros, "3.888", for JSON. */
const char *nh_money_decimal(struct nh_money m, char *buf);

#endif
