/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef NH_PRICE_SOURCE_H
#define NH_PRICE_SOURCE_H

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>

#include "common/catalog.h"

/*
 * Where current prices come from: operations of the AWS CLI, a table. A source says what to
 * call and reads the answer; starting the CLI is launch/awscli.h, so that all of this is
 * tested with answers alone. Shapes are those of botocore's service models. A new source is
 * one file and one line in source.c.
 */
struct nh_price_query {
    const char *machine, *region;
    const char *zone;     /* of spot prices; NULL: the one with the least mean */
    const char *today;    /* YYYY-MM-DD: the date that prices get */
    int64_t from_s, to_s; /* seconds since 1970: what spot prices are averaged over */
    long hours, nodes;    /* of a capacity block */
    const char *page;     /* token that the answer before ended with, or NULL */
};

struct nh_price_set {
    struct nh_price *items;
    size_t count;
    char next_page[2048]; /* "": the answer was the last */
};

void nh_price_set_clear(struct nh_price_set *set);

/** NH_EINPUT when the set has another amount for the same machine, model and region. */
int nh_price_set_add(struct nh_price_set *set, const struct nh_price *p, struct nh_error *err);

/** Words of a command; one too many, or too long a one, sets `failed`. */
enum { NH_WORDS = 40 };
struct nh_words {
    char *items[NH_WORDS + 1]; /* NULL-terminated, into text */
    size_t count, used;
    char text[4096];
    bool failed;
};
void nh_word(struct nh_words *w, const char *fmt, ...) NH_PRINTF(2, 3);

struct nh_price_source {
    const char *operation; /* "ec2 describe-spot-price-history" */
    const char *models[3]; /* what its models begin with, NULL-terminated */
    bool always;           /* every machine has such a price: none is an error */
    void (*command)(const struct nh_price_query *q, struct nh_words *w);
    int (*read)(const struct nh_price_query *q, const json_t *answer, struct nh_price_set *set,
                struct nh_error *err);
};

/** NULL-terminated. */
extern const struct nh_price_source *const nh_price_sources[];
extern const struct nh_price_source nh_source_list, nh_source_savings, nh_source_spot,
    nh_source_block;

/** The words after the program: service, operation, options, region and output format. */
void nh_price_source_command(const struct nh_price_source *s, const struct nh_price_query *q,
                             struct nh_words *w);

/** Adds the prices of one answer. NH_EINPUT names the operation: cut or strange JSON, another
 *  currency than one of three letters, amounts that are none. No price is no error. */
int nh_price_source_read(const struct nh_price_source *s, const struct nh_price_query *q,
                         const char *text, size_t len, struct nh_price_set *set,
                         struct nh_error *err);

/** A price of this query, with date and region; the source's text from `fmt`. */
struct nh_price nh_price_of(const struct nh_price_query *q, const char *model);

/** "partial-upfront" for "Partial Upfront"; NULL for what is no payment option. */
const char *nh_price_payment(const char *option);

/** Amount in text with any number of decimals, rounded to the millionth. */
int nh_price_amount(const char *what, const json_t *text, struct nh_money *out,
                    struct nh_error *err);

#endif
