/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef NH_PRICE_CHOICE_H
#define NH_PRICE_CHOICE_H

#include "common/catalog.h"

/* Which prices a list of model names means for a machine. */
enum { NH_PRICES_MAX = 64 };

struct nh_price_list {
    const struct nh_price *items[NH_PRICES_MAX]; /* owned by the catalog */
    size_t count;
};

/**
 * `models`: comma-separated names, beginnings of names that fit one model only
 * ("reserved"), or "all"; NULL means "on-demand". A machine without any price gives an
 * empty list; a model that a machine with prices lacks is NH_EINPUT. The caller says in the
 * error which option or key the models are of.
 */
int nh_price_choose(const struct nh_catalog *c, const char *machine, const char *models,
                    struct nh_price_list *out, struct nh_error *err);

/** NH_EINPUT when a name in `models` fits no price of any machine. */
int nh_price_check(const struct nh_catalog *c, const char *models, struct nh_error *err);

#endif
