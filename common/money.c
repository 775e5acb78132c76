/* SPDX-License-Identifier: BSD-3-Clause */
#include "common/money.h"

#include <ctype.h>
#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

enum { MICRO = 1000000, MICRO_PER_CENT = 10000 };

static int bad_amount(const char *what, const char *text, struct nh_error *err)
{
    return nh_fail(err, NH_EINPUT,
                   "%s: '%.40s' is not an amount; write it like 3.888, at most six decimals", what,
                   text);
}

int nh_money_parse(const char *what, const char *text, struct nh_money *out, struct nh_error *err)
{
    int64_t micro = 0;
    int decimals = -1, digits = 0;
    for (const char *p = text; *p; p++) {
        if (*p == '.' && decimals < 0) {
            decimals = 0;
            continue;
        }
        if (!isdigit((unsigned char)*p) || ++digits > 15 || (decimals >= 0 && ++decimals > 6))
            return bad_amount(what, text, err);
        micro = micro * 10 + (*p - '0');
    }
    if (digits == 0)
        return bad_amount(what, text, err);
    int missing = 6 - (decimals > 0 ? decimals : 0);
    if (digits + missing > 18)
        return bad_amount(what, text, err);
    for (; missing > 0; missing--)
        micro *= 10;
    *out = (struct nh_money){.micro = micro, .currency = "USD"};
    return NH_OK;
}

int nh_money_parse_rounded(const char *what, const char *text, struct nh_money *out,
                           struct nh_error *err)
{
    char kept[32];
    const char *point = strchr(text, '.');
    size_t len = strlen(text), most = point ? (size_t)(point - text) + 7 : len;
    if (len <= most)
        return nh_money_parse(what, text, out, err);
    if (most >= sizeof kept || strspn(text + most, "0123456789") != len - most)
        return bad_amount(what, text, err);
    memcpy(kept, text, most);
    kept[most] = '\0';
    int rc = nh_money_parse(what, kept, out, err);
    if (!rc)
        out->micro += text[most] >= '5';
    return rc;
}

int nh_money_set_currency(struct nh_money *m, const char *code, struct nh_error *err)
{
    size_t len = strlen(code);
    if (len != 3 || strspn(code, "ABCDEFGHIJKLMNOPQRSTUVWXYZ") != len)
        return nh_fail(err, NH_EINPUT, "currency '%.20s' is none; write its three letters, as USD",
                       code);
    memcpy(m->currency, code, len + 1);
    return NH_OK;
}

struct nh_money nh_money_for_hours(struct nh_money per_hour, double hours)
{
    /* rint rounds half to even in the default rounding mode. */
    double micro = rint((double)per_hour.micro * hours);
    if (!(micro < 9e18))
        micro = 9e18; /* beyond any bill; keeps the conversion defined */
    per_hour.micro = (int64_t)micro;
    return per_hour;
}

struct nh_money nh_money_times(struct nh_money m, int64_t count)
{
    return nh_money_for_hours(m, (double)count);
}

struct nh_money nh_money_add(struct nh_money a, struct nh_money b)
{
    a.micro += b.micro;
    return a;
}

double nh_money_value(struct nh_money m)
{
    return (double)m.micro / MICRO;
}

struct nh_money nh_money_of(double usd)
{
    return nh_money_for_hours((struct nh_money){MICRO, "USD"}, usd);
}

static int64_t to_cents_half_even(int64_t micro)
{
    int64_t cents = micro / MICRO_PER_CENT, rest = micro % MICRO_PER_CENT;
    int64_t half = MICRO_PER_CENT / 2;
    return cents + (rest > half || (rest == half && cents % 2 != 0));
}

static void group_thousands(int64_t units, char *buf, size_t len)
{
    char digits[24];
    int n = snprintf(digits, sizeof digits, "%" PRId64, units);
    size_t at = 0;
    for (int i = 0; i < n && at + 2 < len; i++) {
        if (i > 0 && (n - i) % 3 == 0)
            buf[at++] = ',';
        buf[at++] = digits[i];
    }
    buf[at] = '\0';
}

/* "1,234.56"; below a cent all decimals, since something is not nothing. */
static void format_amount(int64_t micro, char *buf, size_t len)
{
    int64_t cents = to_cents_half_even(micro);
    char units[32];
    if (micro && !cents) {
        nh_money_decimal((struct nh_money){.micro = micro}, buf);
        return;
    }
    group_thousands(cents / 100, units, sizeof units);
    snprintf(buf, len, "%s.%02d", units, (int)(cents % 100));
}

const char *nh_money_format(struct nh_money m, char *buf)
{
    const char *sign = m.micro < 0 ? "-" : "";
    char amount[NH_MONEY_TEXT];
    format_amount(m.micro < 0 ? -m.micro : m.micro, amount, sizeof amount);
    if (strcmp(m.currency, "USD") == 0)
        snprintf(buf, NH_MONEY_TEXT, "%s$%.36s", sign, amount);
    else
        snprintf(buf, NH_MONEY_TEXT, "%s%.32s %.3s", sign, amount, m.currency);
    return buf;
}

const char *nh_money_decimal(struct nh_money m, char *buf)
{
    int64_t micro = m.micro < 0 ? -m.micro : m.micro;
    int n = snprintf(buf, NH_MONEY_TEXT, "%s%" PRId64 ".%06" PRId64, m.micro < 0 ? "-" : "",
                     micro / MICRO, micro % MICRO);
    while (n > 0 && buf[n - 1] == '0')
        buf[--n] = '\0';
    if (n > 0 && buf[n - 1] == '.')
        buf[n - 1] = '\0';
    return buf;
}
