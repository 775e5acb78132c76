/* SPDX-License-Identifier: BSD-3-Clause */
/* Savings Plans: aws savingsplans describe-savings-plans-offering-rates. Its pages are asked
 * for one by one: the CLI has no paginator for it. */
#include <stdio.h>
#include <string.h>

#include "analysis/cost/source.h"
#include "common/fields.h"

enum { SECONDS_PER_YEAR = 365 * 86400 };

static void command(const struct nh_price_query *q, struct nh_words *w)
{
    nh_word(w, "--region");
    nh_word(w, "us-east-1"); /* the only one of this service; rates are of all regions */
    nh_word(w, "--savings-plan-types");
    nh_word(w, "Compute");
    nh_word(w, "EC2Instance");
    nh_word(w, "--products");
    nh_word(w, "EC2");
    nh_word(w, "--service-codes");
    nh_word(w, "AmazonEC2");
    nh_word(w, "--filters");
    nh_word(w, "name=region,values=%s", q->region);
    nh_word(w, "name=instanceType,values=%s", q->machine);
    nh_word(w, "name=productDescription,values=Linux/UNIX");
    nh_word(w, "name=tenancy,values=shared");
    if (q->page) {
        nh_word(w, "--next-token");
        nh_word(w, "%s", q->page);
    }
}

/* A property that an answer leaves out was matched by the filter. */
static bool property_is(const json_t *rate, const char *name, const char *value)
{
    const json_t *list = json_object_get(rate, "properties");
    for (size_t i = 0; i < json_array_size(list); i++) {
        const json_t *item = json_array_get(list, i);
        const char *key = json_string_value(json_object_get(item, "name"));
        const char *text = json_string_value(json_object_get(item, "value"));
        if (key && text && strcmp(key, name) == 0)
            return strcmp(text, value) == 0;
    }
    return true;
}

static bool text_is(const json_t *object, const char *key, const char *value)
{
    const char *text = json_string_value(json_object_get(object, key));
    return text && strcmp(text, value) == 0;
}

/* Not what a reservation without instances, or a dedicated host, is charged. */
static bool is_wanted(const struct nh_price_query *q, const json_t *rate)
{
    const char *usage = json_string_value(json_object_get(rate, "usageType"));
    return usage && strstr(usage, "BoxUsage:") && text_is(rate, "unit", "Hrs") &&
           property_is(rate, "region", q->region) &&
           property_is(rate, "instanceType", q->machine) &&
           property_is(rate, "productDescription", "Linux/UNIX") &&
           property_is(rate, "tenancy", "shared");
}

/* "savings-compute-3y-no-upfront"; false for a plan that we do not know. */
static bool plan_model(const json_t *plan, char *buf, size_t len)
{
    json_int_t years =
        json_integer_value(json_object_get(plan, "durationSeconds")) / SECONDS_PER_YEAR;
    const char *payment =
        nh_price_payment(json_string_value(json_object_get(plan, "paymentOption")));
    bool compute = text_is(plan, "planType", "Compute"),
         ec2 = text_is(plan, "planType", "EC2Instance");
    snprintf(buf, len, "savings-%s-%dy-%s", compute ? "compute" : "ec2", years == 1 ? 1 : 3,
             payment ? payment : "");
    return (compute || ec2) && (years == 1 || years == 3) && payment;
}

static int read_rate(const struct nh_price_query *q, const json_t *rate, struct nh_price_set *set,
                     struct nh_error *err)
{
    const json_t *plan = json_object_get(rate, "savingsPlanOffering");
    const char *currency = json_string_value(json_object_get(plan, "currency"));
    char model[64];
    if (!is_wanted(q, rate) || !plan_model(plan, model, sizeof model))
        return NH_OK;
    struct nh_price p = nh_price_of(q, model);
    int rc = nh_price_amount("rate", json_object_get(rate, "rate"), &p.per_hour, err);
    if (!rc && currency)
        rc = nh_money_set_currency(&p.per_hour, currency, err);
    if (rc)
        return rc;
    snprintf(p.source, sizeof p.source,
             "AWS savingsplans describe-savings-plans-offering-rates; effective per hour");
    return nh_price_set_add(set, &p, err);
}

static int read_answer(const struct nh_price_query *q, const json_t *answer,
                       struct nh_price_set *set, struct nh_error *err)
{
    json_t *list = NULL;
    const char *next = json_string_value(json_object_get(answer, "nextToken"));
    int rc = nh_field_value(answer, "searchResults", JSON_ARRAY, &list, err);
    for (size_t i = 0; !rc && i < json_array_size(list); i++)
        if (read_rate(q, json_array_get(list, i), set, err))
            rc = nh_context(err, "searchResults[%zu]", i);
    if (!rc && next && strlen(next) >= sizeof set->next_page)
        return nh_fail(err, NH_EINPUT, "field 'nextToken' is too long; report this");
    snprintf(set->next_page, sizeof set->next_page, "%s", next ? next : "");
    return rc;
}

const struct nh_price_source nh_source_savings = {
    .operation = "savingsplans describe-savings-plans-offering-rates",
    .models = {"savings"},
    .command = command,
    .read = read_answer};
