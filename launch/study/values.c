/* SPDX-License-Identifier: BSD-3-Clause */
#include "launch/study/values.h"

#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "common/units.h"

int nh_study_duration(const char *text, double *seconds, struct nh_error *err)
{
    return nh_parse_duration(text, seconds, err);
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
