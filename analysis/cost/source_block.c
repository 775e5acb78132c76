/* SPDX-License-Identifier: BSD-3-Clause */
/* Capacity Blocks: aws ec2 describe-capacity-block-offerings. Of the blocks on offer, the
 * one that costs least for each node-hour; its fee is for all of its instances and hours. */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "analysis/cost/source.h"
#include "common/fields.h"

static void command(const struct nh_price_query *q, struct nh_words *w)
{
    nh_word(w, "--region");
    nh_word(w, "%s", q->region);
    nh_word(w, "--instance-type");
    nh_word(w, "%s", q->machine);
    nh_word(w, "--instance-count");
    nh_word(w, "%ld", q->nodes);
    nh_word(w, "--capacity-duration-hours");
    nh_word(w, "%ld", q->hours);
}

static int read_offering(const struct nh_price_query *q, const json_t *offer, struct nh_price *p,
                         struct nh_error *err)
{
    int64_t hours = 0, nodes = 0;
    const char *zone = json_string_value(json_object_get(offer, "AvailabilityZone"));
    const char *start = json_string_value(json_object_get(offer, "StartDate"));
    const char *currency = NULL;
    struct nh_money fee;
    *p = nh_price_of(q, "capacity-block");
    int rc = nh_field_int(offer, "CapacityBlockDurationHours", 1, 100000, &hours, err);
    if (!rc)
        rc = nh_field_int(offer, "InstanceCount", 1, 100000, &nodes, err);
    if (!rc)
        rc = nh_price_amount("UpfrontFee", json_object_get(offer, "UpfrontFee"), &fee, err);
    if (!rc)
        rc = nh_field_text(offer, "CurrencyCode", &currency, err);
    if (!rc)
        rc = nh_money_set_currency(&p->per_hour, currency, err);
    if (rc)
        return rc;
    p->block_hours = (double)hours;
    p->per_hour.micro = llround((double)fee.micro / (double)(hours * nodes));
    snprintf(p->source, sizeof p->source,
             "AWS ec2 describe-capacity-block-offerings, %.20s: %lld h from %.30s, fee shared by "
             "%lld nodes",
             zone ? zone : "zone not given", (long long)hours, start ? start : "a date not given",
             (long long)nodes);
    return NH_OK;
}

static bool is_of_machine(const struct nh_price_query *q, const json_t *offer)
{
    const char *type = json_string_value(json_object_get(offer, "InstanceType"));
    return !type || strcmp(type, q->machine) == 0;
}

static int read_answer(const struct nh_price_query *q, const json_t *answer,
                       struct nh_price_set *set, struct nh_error *err)
{
    json_t *list = NULL;
    struct nh_price best = {.per_hour = {.micro = INT64_MAX}};
    int rc = nh_field_value(answer, "CapacityBlockOfferings", JSON_ARRAY, &list, err);
    for (size_t i = 0; !rc && i < json_array_size(list); i++) {
        struct nh_price p;
        if (!is_of_machine(q, json_array_get(list, i)))
            continue;
        if (read_offering(q, json_array_get(list, i), &p, err))
            return nh_context(err, "CapacityBlockOfferings[%zu]", i);
        best = p.per_hour.micro < best.per_hour.micro ? p : best;
    }
    return !rc && best.model[0] ? nh_price_set_add(set, &best, err) : rc;
}

const struct nh_price_source nh_source_block = {.operation =
                                                    "ec2 describe-capacity-block-offerings",
                                                .models = {"capacity-block"},
                                                .command = command,
                                                .read = read_answer};
