/* SPDX-License-Identifier: BSD-3-Clause */
#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/units.h"

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

int nh_parse_duration(const char *text, double *seconds, struct nh_error *err)
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
