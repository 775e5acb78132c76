/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Spot prices: aws ec2 describe-spot-price-history. A price holds in its zone until the next
 * one, so the mean and the deciles are weighted by time. A cluster lies in one zone: the one
 * asked for, or that with the least mean. A bid is no price, and neither is the latest value.
 */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "analysis/cost/source.h"
#include "common/fields.h"

static void time_word(struct nh_words *w, int64_t seconds)
{
    time_t t = (time_t)seconds;
    struct tm tm;
    char text[32] = "";
    if (gmtime_r(&t, &tm))
        strftime(text, sizeof text, "%Y-%m-%dT%H:%M:%SZ", &tm);
    nh_word(w, "%s", text);
}

static void command(const struct nh_price_query *q, struct nh_words *w)
{
    nh_word(w, "--region");
    nh_word(w, "%s", q->region);
    nh_word(w, "--instance-types");
    nh_word(w, "%s", q->machine);
    nh_word(w, "--product-descriptions");
    nh_word(w, "Linux/UNIX");
    nh_word(w, "--start-time");
    time_word(w, q->from_s);
    nh_word(w, "--end-time");
    time_word(w, q->to_s);
    if (q->zone) {
        nh_word(w, "--availability-zone");
        nh_word(w, "%s", q->zone);
    }
}

/* A price from a time on; later how long it held. */
struct held {
    char zone[32];
    int64_t since_s, for_s;
    struct nh_money price;
};

/* "2014-01-06T07:10:55.000Z" and "2014-01-06T07:10:55+00:00", as versions 1 and 2 write it. */
static int read_time(const char *text, int64_t *out, struct nh_error *err)
{
    struct tm tm = {0};
    const char *rest = strptime(text, "%Y-%m-%dT%H:%M:%S", &tm);
    if (rest && *rest == '.')
        rest += 1 + strspn(rest + 1, "0123456789");
    if (!rest || (strcmp(rest, "Z") != 0 && strcmp(rest, "+00:00") != 0))
        return nh_fail(err, NH_EINPUT,
                       "field 'Timestamp': '%.40s' is no time in UTC; is this the "
                       "AWS CLI's answer?",
                       text);
    *out = timegm(&tm);
    return NH_OK;
}

static int read_entry(const struct nh_price_query *q, const json_t *entry, struct held *h,
                      bool *wanted, struct nh_error *err)
{
    const char *type = NULL, *time = NULL;
    int rc = nh_field_text(entry, "InstanceType", &type, err);
    if (!rc)
        rc = nh_field_into(entry, "AvailabilityZone", h->zone, sizeof h->zone, err);
    if (!rc)
        rc = nh_field_text(entry, "Timestamp", &time, err);
    if (!rc)
        rc = read_time(time, &h->since_s, err);
    if (!rc)
        rc = nh_price_amount("SpotPrice", json_object_get(entry, "SpotPrice"), &h->price, err);
    const char *what = json_string_value(json_object_get(entry, "ProductDescription"));
    *wanted = !rc && strcmp(type, q->machine) == 0 && (!q->zone || strcmp(h->zone, q->zone) == 0) &&
              (!what || strncmp(what, "Linux/UNIX", 10) == 0);
    return rc;
}

static int by_zone_and_time(const void *left, const void *right)
{
    const struct held *a = left, *b = right;
    int zone = strcmp(a->zone, b->zone);
    return zone ? zone : (a->since_s > b->since_s) - (a->since_s < b->since_s);
}

static int by_price(const void *left, const void *right)
{
    const struct held *a = left, *b = right;
    return (a->price.micro > b->price.micro) - (a->price.micro < b->price.micro);
}

static void set_durations(const struct nh_price_query *q, struct held *h, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        bool last = i + 1 == n || strcmp(h[i].zone, h[i + 1].zone) != 0;
        int64_t from = h[i].since_s > q->from_s ? h[i].since_s : q->from_s;
        int64_t to = last || h[i + 1].since_s > q->to_s ? q->to_s : h[i + 1].since_s;
        h[i].for_s = to > from ? to - from : 0;
    }
}

static double mean_usd(const struct held *h, size_t n, double *total_s)
{
    double sum = 0;
    *total_s = 0;
    for (size_t i = 0; i < n; i++) {
        sum += nh_money_value(h[i].price) * (double)h[i].for_s;
        *total_s += (double)h[i].for_s;
    }
    return *total_s > 0 ? sum / *total_s : INFINITY;
}

/* `h` is one zone's; it is sorted by price here. */
static void fill_deciles(struct held *h, size_t n, double total_s, struct nh_price *p)
{
    double before = 0;
    size_t i = 0;
    qsort(h, n, sizeof *h, by_price);
    while (i + 1 < n && h[i].for_s == 0)
        i++;
    for (int d = 0; d < NH_PRICE_DECILES; d++) {
        while (i + 1 < n && before + (double)h[i].for_s < total_s * d / (NH_PRICE_DECILES - 1))
            before += (double)h[i++].for_s;
        p->deciles[d] = nh_money_value(h[i].price);
    }
}

static size_t zone_end(const struct held *h, size_t n, size_t first)
{
    size_t i = first;
    while (i < n && strcmp(h[i].zone, h[first].zone) == 0)
        i++;
    return i;
}

static int add_best_zone(const struct nh_price_query *q, struct held *h, size_t n,
                         struct nh_price_set *set, struct nh_error *err)
{
    struct nh_price p = nh_price_of(q, "spot");
    double least = INFINITY, total_s = 0;
    size_t best = 0;
    for (size_t i = 0; i < n; i = zone_end(h, n, i)) {
        double mean = mean_usd(h + i, zone_end(h, n, i) - i, &total_s);
        if (mean < least) {
            least = mean;
            best = i;
        }
    }
    if (!(least < 1e6))
        return NH_OK;
    size_t count = zone_end(h, n, best) - best;
    mean_usd(h + best, count, &total_s);
    p.per_hour.micro = llround(least * 1e6);
    snprintf(p.source, sizeof p.source,
             "AWS ec2 describe-spot-price-history, %s: mean over the last %.1f days, by time; "
             "its deciles",
             h[best].zone, total_s / 86400);
    fill_deciles(h + best, count, total_s, &p);
    return nh_price_set_add(set, &p, err);
}

static int read_answer(const struct nh_price_query *q, const json_t *answer,
                       struct nh_price_set *set, struct nh_error *err)
{
    json_t *list = NULL;
    int rc = nh_field_value(answer, "SpotPriceHistory", JSON_ARRAY, &list, err);
    size_t used = 0, n = json_array_size(list);
    struct held *h = rc ? NULL : calloc(n + 1, sizeof *h);
    if (!rc && !h)
        rc = nh_fail(err, NH_EFAIL, "out of memory");
    for (size_t i = 0; !rc && i < n; i++) {
        bool wanted;
        if (read_entry(q, json_array_get(list, i), &h[used], &wanted, err))
            rc = nh_context(err, "SpotPriceHistory[%zu]", i);
        used += !rc && wanted;
    }
    if (!rc) {
        qsort(h, used, sizeof *h, by_zone_and_time);
        set_durations(q, h, used);
        rc = add_best_zone(q, h, used, set, err);
    }
    free(h);
    return rc;
}

const struct nh_price_source nh_source_spot = {.operation = "ec2 describe-spot-price-history",
                                               .models = {"spot"},
                                               .command = command,
                                               .read = read_answer};
