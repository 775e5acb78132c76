/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * On-demand and reserved prices: aws pricing get-products. PriceList is a list of products,
 * each JSON in a string: attributes, and terms with the dimensions that are charged ("Hrs",
 * and "Quantity" for what is paid at the start).
 */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "analysis/cost/models.h"
#include "analysis/cost/source.h"
#include "common/fields.h"

/* What a Linux instance of one's own is called there. The answer is held against it too. */
static const struct {
    const char *field, *value;
} wanted[] = {{"operatingSystem", "Linux"},
              {"tenancy", "Shared"},
              {"preInstalledSw", "NA"},
              {"capacitystatus", "Used"}};
enum { WANTED = sizeof wanted / sizeof *wanted };

static void command(const struct nh_price_query *q, struct nh_words *w)
{
    nh_word(w, "--region");
    nh_word(w, "us-east-1"); /* of the price list service, which has all regions' prices */
    nh_word(w, "--service-code");
    nh_word(w, "AmazonEC2");
    nh_word(w, "--filters");
    nh_word(w, "Type=TERM_MATCH,Field=instanceType,Value=%s", q->machine);
    nh_word(w, "Type=TERM_MATCH,Field=regionCode,Value=%s", q->region);
    for (size_t i = 0; i < WANTED; i++)
        nh_word(w, "Type=TERM_MATCH,Field=%s,Value=%s", wanted[i].field, wanted[i].value);
}

/* An attribute that an answer leaves out was matched by the filter. */
static bool is(const json_t *attributes, const char *field, const char *value)
{
    const char *text = json_string_value(json_object_get(attributes, field));
    return !text || strcmp(text, value) == 0;
}

static bool is_wanted(const struct nh_price_query *q, const json_t *product)
{
    const json_t *attributes = json_object_get(json_object_get(product, "product"), "attributes");
    bool good = json_is_object(attributes) && is(attributes, "instanceType", q->machine) &&
                is(attributes, "regionCode", q->region) &&
                is(attributes, "marketoption", "OnDemand");
    for (size_t i = 0; i < WANTED; i++)
        good = good && is(attributes, wanted[i].field, wanted[i].value);
    return good;
}

/* What one term charges: by the hour and at the start. */
struct charge {
    struct nh_money hourly, upfront;
};

static int read_dimension(const json_t *dimension, struct charge *c, struct nh_error *err)
{
    const char *unit = json_string_value(json_object_get(dimension, "unit"));
    json_t *per_unit = json_object_get(dimension, "pricePerUnit");
    void *first = per_unit ? json_object_iter(per_unit) : NULL;
    struct nh_money amount;
    if (!unit || !first)
        return nh_fail(err, NH_EINPUT,
                       "a price dimension without unit or pricePerUnit; is this the AWS CLI's "
                       "answer?");
    int rc = nh_price_amount("pricePerUnit", json_object_iter_value(first), &amount, err);
    if (!rc)
        rc = nh_money_set_currency(&amount, json_object_iter_key(first), err);
    if (rc)
        return rc;
    if (strcmp(unit, "Hrs") == 0)
        c->hourly = amount;
    else if (strcmp(unit, "Quantity") == 0)
        c->upfront = amount;
    return NH_OK;
}

static int read_charge(const json_t *term, struct charge *c, struct nh_error *err)
{
    json_t *dimensions = NULL;
    const char *key;
    json_t *dimension;
    *c = (struct charge){.hourly = {.micro = 0}};
    int rc = nh_field_value(term, "priceDimensions", JSON_OBJECT, &dimensions, err);
    if (rc)
        return rc;
    json_object_foreach(
        dimensions, key,
        dimension) if (read_dimension(dimension, c, err)) return nh_context(err, "%.60s", key);
    return NH_OK;
}

/* "reserved-convertible-3y-all-upfront"; false for a term that we do not know. */
static bool reserved_model(const json_t *term, char *buf, size_t len)
{
    const json_t *a = json_object_get(term, "termAttributes");
    const char *length = json_string_value(json_object_get(a, "LeaseContractLength"));
    const char *class = json_string_value(json_object_get(a, "OfferingClass"));
    const char *payment = nh_price_payment(json_string_value(json_object_get(a, "PurchaseOption")));
    bool one = length && strcmp(length, "1yr") == 0, three = length && strcmp(length, "3yr") == 0;
    bool convertible = class && strcmp(class, "convertible") == 0;
    snprintf(buf, len, "reserved%s-%s-%s", convertible ? "-convertible" : "", one ? "1y" : "3y",
             payment ? payment : "");
    return (one || three) && class && payment;
}

static int add_price(const struct nh_price_query *q, const json_t *product, const char *model,
                     const struct charge *c, struct nh_price_set *set, struct nh_error *err)
{
    const char *version = json_string_value(json_object_get(product, "version"));
    struct nh_price p = nh_price_of(q, model);
    double hours = nh_price_term_hours(&p);
    const struct nh_money *known = c->hourly.currency[0] ? &c->hourly : &c->upfront;
    if (c->hourly.micro == 0 && c->upfront.micro == 0)
        return NH_OK; /* nothing is charged: a product for accounting, not an instance */
    p.per_hour = *known;
    p.per_hour.micro = c->hourly.micro;
    if (hours > 0) {
        p.upfront = *known;
        p.upfront.micro = c->upfront.micro;
        p.per_hour.micro += llround((double)c->upfront.micro / hours);
    }
    snprintf(p.source, sizeof p.source, "AWS Price List, pricing get-products, version %.40s",
             version ? version : "not given");
    return nh_price_set_add(set, &p, err);
}

static int read_terms(const struct nh_price_query *q, const json_t *product, const char *kind,
                      struct nh_price_set *set, struct nh_error *err)
{
    bool reserved = strcmp(kind, "Reserved") == 0;
    json_t *term, *terms = json_object_get(json_object_get(product, "terms"), kind);
    const char *key;
    json_object_foreach(terms, key, term)
    {
        char model[sizeof((struct nh_price *)0)->model + 32] = "on-demand";
        struct charge c;
        if (reserved && !reserved_model(term, model, sizeof model))
            continue;
        if (read_charge(term, &c, err) || add_price(q, product, model, &c, set, err))
            return nh_context(err, "%s, %.40s", kind, key);
    }
    return NH_OK;
}

static int read_product(const struct nh_price_query *q, const json_t *item,
                        struct nh_price_set *set, struct nh_error *err)
{
    json_t *product = NULL;
    const char *text = json_string_value(item);
    int rc = NH_OK;
    if (text)
        rc = nh_json_parse_object(text, json_string_length(item), &product, err);
    else if (json_is_object(item))
        product = json_incref((json_t *)item);
    else
        rc = nh_fail(err, NH_EINPUT, "neither text nor an object; is this the AWS CLI's answer?");
    if (!rc && is_wanted(q, product)) {
        rc = read_terms(q, product, "OnDemand", set, err);
        if (!rc)
            rc = read_terms(q, product, "Reserved", set, err);
    }
    json_decref(product);
    return rc;
}

static int read_answer(const struct nh_price_query *q, const json_t *answer,
                       struct nh_price_set *set, struct nh_error *err)
{
    json_t *list = NULL;
    int rc = nh_field_value(answer, "PriceList", JSON_ARRAY, &list, err);
    for (size_t i = 0; !rc && i < json_array_size(list); i++)
        if (read_product(q, json_array_get(list, i), set, err))
            rc = nh_context(err, "PriceList[%zu]", i);
    return rc;
}

const struct nh_price_source nh_source_list = {.operation = "pricing get-products",
                                               .models = {"on-demand", "reserved"},
                                               .always = true,
                                               .command = command,
                                               .read = read_answer};
