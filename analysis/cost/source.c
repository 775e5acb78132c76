/* SPDX-License-Identifier: BSD-3-Clause */
#include "analysis/cost/source.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/fields.h"

const struct nh_price_source *const nh_price_sources[] = {&nh_source_list, &nh_source_savings,
                                                          &nh_source_spot, &nh_source_block, NULL};

/* ---- Sets ---- */

void nh_price_set_clear(struct nh_price_set *set)
{
    free(set->items);
    *set = (struct nh_price_set){0};
}

int nh_price_set_add(struct nh_price_set *set, const struct nh_price *p, struct nh_error *err)
{
    char amounts[2][NH_MONEY_TEXT];
    for (size_t i = 0; i < set->count; i++) {
        const struct nh_price *other = &set->items[i];
        if (strcmp(other->model, p->model) != 0 || strcmp(other->machine, p->machine) != 0 ||
            strcmp(other->region, p->region) != 0)
            continue;
        if (other->per_hour.micro == p->per_hour.micro)
            return NH_OK;
        return nh_fail(err, NH_EINPUT,
                       "two prices of %s, %s: %s and %s; report this, as which one is right "
                       "cannot be told",
                       p->machine, p->model, nh_money_decimal(other->per_hour, amounts[0]),
                       nh_money_decimal(p->per_hour, amounts[1]));
    }
    struct nh_price *grown = realloc(set->items, (set->count + 1) * sizeof *grown);
    if (!grown)
        return nh_fail(err, NH_EFAIL, "out of memory");
    set->items = grown;
    set->items[set->count++] = *p;
    return NH_OK;
}

/* ---- Commands ---- */

void nh_word(struct nh_words *w, const char *fmt, ...)
{
    size_t room = sizeof w->text - w->used;
    va_list args;
    va_start(args, fmt);
    int n = vsnprintf(w->text + w->used, room, fmt, args);
    va_end(args);
    if (n < 0 || (size_t)n >= room || w->count == NH_WORDS) {
        w->failed = true;
        return;
    }
    w->items[w->count++] = w->text + w->used;
    w->used += (size_t)n + 1;
}

void nh_price_source_command(const struct nh_price_source *s, const struct nh_price_query *q,
                             struct nh_words *w)
{
    size_t service = strcspn(s->operation, " ");
    nh_word(w, "%.*s", (int)service, s->operation);
    nh_word(w, "%s", s->operation + service + 1);
    s->command(q, w);
    nh_word(w, "--output");
    nh_word(w, "json");
}

/* ---- Answers ---- */

int nh_price_source_read(const struct nh_price_source *s, const struct nh_price_query *q,
                         const char *text, size_t len, struct nh_price_set *set,
                         struct nh_error *err)
{
    json_t *answer = NULL;
    struct nh_error why = {0};
    set->next_page[0] = '\0';
    if (strspn(text, " \t\r\n") == len)
        return nh_fail(err, NH_EINPUT, "aws %s: an empty answer; run it by hand to see why",
                       s->operation);
    if (nh_json_parse_object(text, len, &answer, &why))
        return nh_fail(err, NH_EINPUT, "aws %s: %.200s; the answer was cut: ask again",
                       s->operation, why.text);
    int rc = s->read(q, answer, set, err);
    json_decref(answer);
    return rc ? nh_context(err, "aws %s", s->operation) : NH_OK;
}

struct nh_price nh_price_of(const struct nh_price_query *q, const char *model)
{
    struct nh_price p = {.per_hour = {.currency = "USD"}, .upfront = {.currency = "USD"}};
    snprintf(p.machine, sizeof p.machine, "%s", q->machine);
    snprintf(p.model, sizeof p.model, "%s", model);
    snprintf(p.region, sizeof p.region, "%s", q->region);
    snprintf(p.as_of, sizeof p.as_of, "%s", q->today);
    return p;
}

const char *nh_price_payment(const char *option)
{
    static const struct {
        const char *option, *name;
    } options[] = {{"No Upfront", "no-upfront"},
                   {"Partial Upfront", "partial-upfront"},
                   {"All Upfront", "all-upfront"}};
    for (size_t i = 0; option && i < sizeof options / sizeof *options; i++)
        if (strcmp(option, options[i].option) == 0)
            return options[i].name;
    return NULL;
}

int nh_price_amount(const char *what, const json_t *text, struct nh_money *out,
                    struct nh_error *err)
{
    const char *amount = json_string_value(text);
    if (!amount)
        return nh_fail(err, NH_EINPUT,
                       "field '%s' is no amount in quotes; is this the AWS CLI's answer?", what);
    return nh_money_parse_rounded(what, amount, out, err);
}
