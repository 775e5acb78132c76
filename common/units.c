/* SPDX-License-Identifier: BSD-3-Clause */
#include "common/units.h"

#include <ctype.h>
#include <errno.h>
#include <math.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

enum { MAX_SIZES = 4096 };

/* Binary shift of a suffix ("K", "KB", "KiB"), -1 for an unknown one. */
static int suffix_shift(const char *suffix, size_t len)
{
    static const char letters[] = "KMGT";
    if (len == 0 || (len == 1 && toupper((unsigned char)suffix[0]) == 'B'))
        return 0;
    const char *at = strchr(letters, toupper((unsigned char)suffix[0]));
    if (!at)
        return -1;
    bool plain = len == 1;
    bool b = len == 2 && toupper((unsigned char)suffix[1]) == 'B';
    bool ib = len == 3 && strncasecmp(suffix + 1, "ib", 2) == 0;
    return plain || b || ib ? 10 * (int)(at - letters + 1) : -1;
}

static int parse_size_n(const char *text, size_t len, size_t *bytes, struct nh_error *err)
{
    char copy[64];
    if (len == 0 || len >= sizeof copy || !isdigit((unsigned char)text[0]))
        return nh_fail(err, NH_EINPUT, "'%.*s' is not a size; write 64, 4K, 1M or 2G",
                       (int)(len < 60 ? len : 60), text);
    memcpy(copy, text, len);
    copy[len] = '\0';
    char *end;
    errno = 0;
    unsigned long long value = strtoull(copy, &end, 10);
    int shift = suffix_shift(end, strlen(end));
    if (shift < 0)
        return nh_fail(err, NH_EINPUT, "'%s' is not a size; write 64, 4K, 1M or 2G", copy);
    if (errno == ERANGE || value > ((unsigned long long)SIZE_MAX >> (shift + 1)))
        return nh_fail(err, NH_EINPUT, "size '%s' is beyond this machine; give a smaller one",
                       copy);
    *bytes = (size_t)value << shift;
    return NH_OK;
}

int nh_parse_size(const char *text, size_t *bytes, struct nh_error *err)
{
    return parse_size_n(text, strlen(text), bytes, err);
}

struct size_list {
    size_t *items, count;
};

static int push_size(struct size_list *list, size_t size, struct nh_error *err)
{
    if (list->count == MAX_SIZES)
        return nh_fail(err, NH_EINPUT, "more than %d sizes; give a shorter list", MAX_SIZES);
    if (list->count % 64 == 0) {
        size_t *grown = realloc(list->items, (list->count + 64) * sizeof *grown);
        if (!grown)
            return nh_fail(err, NH_EFAIL, "out of memory");
        list->items = grown;
    }
    list->items[list->count++] = size;
    return NH_OK;
}

static int push_range(struct size_list *list, size_t low, size_t high, struct nh_error *err)
{
    if (low > high)
        return nh_fail(err, NH_EINPUT, "size range %zu-%zu runs backwards; swap its ends", low,
                       high);
    int rc = NH_OK;
    if (low == 0) {
        rc = push_size(list, 0, err);
        low = 1;
    }
    for (size_t s = low; !rc && s <= high; s *= 2) {
        rc = push_size(list, s, err);
        if (s > high / 2)
            break;
    }
    return rc;
}

static int push_item(struct size_list *list, const char *item, size_t len, struct nh_error *err)
{
    size_t low, high;
    const char *dash = memchr(item, '-', len);
    size_t first = dash ? (size_t)(dash - item) : len;
    int rc = parse_size_n(item, first, &low, err);
    if (rc || !dash)
        return rc ? rc : push_size(list, low, err);
    rc = parse_size_n(dash + 1, len - first - 1, &high, err);
    return rc ? rc : push_range(list, low, high, err);
}

int nh_parse_size_list(const char *text, size_t **sizes, size_t *count, struct nh_error *err)
{
    struct size_list list = {0};
    int rc = NH_OK;
    for (const char *at = text; !rc; at++) {
        size_t len = strcspn(at, ",");
        rc = push_item(&list, at, len, err);
        at += len;
        if (*at == '\0')
            break;
    }
    if (rc) {
        free(list.items);
        return rc;
    }
    *sizes = list.items;
    *count = list.count;
    return NH_OK;
}

int nh_parse_double(const char *what, const char *text, double *value, struct nh_error *err)
{
    char *end = NULL;
    errno = 0;
    double v = text ? strtod(text, &end) : 0;
    /* strtod takes hexadecimal, "inf" and "nan"; none of them is what a user means. */
    if (!text || end == text || *end || !isfinite(v) || strpbrk(text, "xXnN") ||
        isspace((unsigned char)text[0]))
        return nh_fail(err, NH_EINPUT, "%s: '%.60s' is not a number; write it like 1.5", what,
                       text ? text : "");
    *value = v;
    return NH_OK;
}

int nh_parse_positive(const char *what, const char *text, double *value, struct nh_error *err)
{
    int rc = nh_parse_double(what, text, value, err);
    if (!rc && *value <= 0)
        return nh_fail(err, NH_EINPUT,
                       "%s: '%.60s' is not greater than zero; give a positive number", what, text);
    return rc;
}

int nh_parse_long(const char *what, const char *text, long min, long max, long *value,
                  struct nh_error *err)
{
    char *end = NULL;
    errno = 0;
    long v = text ? strtol(text, &end, 10) : 0;
    if (!text || end == text || *end || isspace((unsigned char)text[0]))
        return nh_fail(err, NH_EINPUT,
                       "%s: '%.60s' is not a whole number; give one from %ld to %ld", what,
                       text ? text : "", min, max);
    if (errno == ERANGE || v < min || v > max)
        return nh_fail(err, NH_EINPUT, "%s: %.60s is out of range; give a number from %ld to %ld",
                       what, text, min, max);
    *value = v;
    return NH_OK;
}

/* Three significant digits of value in the largest of the steps that leaves it >= 1. */
static const char *scaled(double value, double step, const char *const *names, int count, char *buf)
{
    int i = 0;
    while (i + 1 < count && fabs(value) >= 0.9995 * step) {
        value /= step;
        i++;
    }
    int decimals = fabs(value) >= 99.95 ? 0 : fabs(value) >= 9.995 ? 1 : 2;
    snprintf(buf, NH_UNIT_TEXT, "%.*f %s", decimals, value, names[i]);
    return buf;
}

const char *nh_format_ns(double ns, char *buf)
{
    static const char *const names[] = {"ns", "us", "ms", "s"};
    return scaled(ns, 1000, names, 4, buf);
}

const char *nh_format_rate(double bytes_per_s, char *buf)
{
    static const char *const names[] = {"B/s", "kB/s", "MB/s", "GB/s", "TB/s"};
    return scaled(bytes_per_s, 1000, names, 5, buf);
}

const char *nh_format_bytes(size_t bytes, char *buf)
{
    static const char *const names[] = {"B", "KiB", "MiB", "GiB", "TiB"};
    int i = 0;
    while (i < 4 && bytes >= 1024 && bytes % 1024 == 0) {
        bytes /= 1024;
        i++;
    }
    snprintf(buf, NH_UNIT_TEXT, "%zu %s", bytes, names[i]);
    return buf;
}

const char *nh_format_duration(double seconds, char *buf)
{
    long s = seconds > 0 ? lround(seconds) : 0;
    if (seconds > 0 && seconds < 1e-3)
        return nh_format_ns(seconds * 1e9, buf);
    if (seconds < 60 && seconds >= 10)
        snprintf(buf, NH_UNIT_TEXT, "%ld s", s);
    else if (seconds < 10)
        snprintf(buf, NH_UNIT_TEXT, "%.3g s", seconds > 0 ? seconds : 0);
    else if (s < 3600)
        snprintf(buf, NH_UNIT_TEXT, "%ld min %02ld s", s / 60, s % 60);
    else
        snprintf(buf, NH_UNIT_TEXT, "%ld h %02ld min", (s + 30) / 3600, (s + 30) / 60 % 60);
    return buf;
}

/* ---- Durations ---- */

static const struct {
    const char *name;
    double seconds;
} duration_units[] = {{"s", 1}, {"min", 60}, {"m", 60}, {"h", 3600}, {"d", 86400}};

static double unit_seconds(const char *name, size_t len)
{
    for (size_t i = 0; i < sizeof duration_units / sizeof *duration_units; i++)
        if (strlen(duration_units[i].name) == len &&
            strncmp(duration_units[i].name, name, len) == 0)
            return duration_units[i].seconds;
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

const char *nh_format_time(double seconds, char *buf)
{
    return seconds < 1 ? nh_format_ns(seconds * 1e9, buf) : nh_format_duration(seconds, buf);
}
