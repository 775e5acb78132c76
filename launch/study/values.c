/* SPDX-License-Identifier: BSD-3-Clause */
#include "launch/study/values.h"

#include <ctype.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const struct {
    const char *name;
    double seconds;
} units[] = {{"s", 1}, {"min", 60}, {"m", 60}, {"h", 3600}, {"d", 86400}};

static double unit_seconds(const char *name, size_t len)
{
    for (size_t i = 0; i < sizeof units / sizeof *units; i++)
        if (strlen(units[i].name) == len && strncmp(units[i].name, name, len) == 0)
            return units[i].seconds;
    return 0;
}

/* A number and its unit; NULL when it is none. */
static const char *one_part(const char *at, double *seconds)
{
    char text[16], *end;
    size_t digits = strspn(at, "0123456789.");
    const char *unit = at + digits + strspn(at + digits, " ");
    size_t len = strspn(unit, "dhimns");
    double factor = unit_seconds(unit, len);
    if (!isdigit((unsigned char)*at) || digits > 12 || factor == 0)
        return NULL;
    snprintf(text, sizeof text, "%.*s", (int)digits, at);
    *seconds += strtod(text, &end) * factor;
    return *end ? NULL : unit + len + strspn(unit + len, " ");
}

int nh_study_duration(const char *text, double *seconds, struct nh_error *err)
{
    double sum = 0;
    const char *at = text;
    do
        at = one_part(at, &sum);
    while (at && *at);
    if (!at || !(sum > 0))
        return nh_fail(err, NH_EINPUT,
                       "'%.60s' is no duration; write it like 90s, 10min, 2h or 1h30min", text);
    *seconds = sum;
    return NH_OK;
}

int nh_study_money(const char *text, struct nh_money *money, struct nh_error *err)
{
    static const char letters[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ";
    char amount[24];
    size_t len = strcspn(text, " ");
    const char *currency = text + len + strspn(text + len, " ");
    bool named = strspn(currency, letters) == 3 && currency[3] == '\0';
    snprintf(amount, sizeof amount, "%.*s", (int)(len < 23 ? len : 23), text);
    if (len > 22 || (*currency && !named) || nh_money_parse("", amount, money, NULL) ||
        money->micro == 0)
        return nh_fail(err, NH_EINPUT, "'%.60s' is no amount; write it like 40 USD or 7.50", text);
    memcpy(money->currency, named ? currency : "USD", sizeof money->currency);
    return NH_OK;
}
