/* SPDX-License-Identifier: BSD-3-Clause */
#include "common/record_scan.h"

#include <math.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

enum { MOST_MEMBERS = 48, MOST_DEPTH = 12, MOST_DIGITS = 17, MOST_EXPONENT = 2 };

struct cursor {
    const char *p, *end;
};

/* ---- JSON, one value at a time ---- */

static bool skip_text(struct cursor *c, const char *text, size_t len)
{
    if ((size_t)(c->end - c->p) < len || memcmp(c->p, text, len) != 0)
        return false;
    c->p += len;
    return true;
}

#define SKIP(c, literal) skip_text(c, literal, sizeof(literal) - 1)

/* Printable ASCII without escapes but those of one letter. */
static bool skip_string(struct cursor *c)
{
    if (c->p == c->end || *c->p++ != '"')
        return false;
    for (; c->p < c->end; c->p++) {
        unsigned char b = (unsigned char)*c->p;
        if (b == '"') {
            c->p++;
            return true;
        }
        if (b < ' ' || b > 126)
            return false;
        if (b == '\\' && (++c->p == c->end || *c->p == '\0' || !strchr("\"\\/bfnrt", *c->p)))
            return false;
    }
    return false;
}

static size_t skip_digits(struct cursor *c)
{
    const char *start = c->p;
    while (c->p < c->end && *c->p >= '0' && *c->p <= '9')
        c->p++;
    return (size_t)(c->p - start);
}

/* Far from what a double or a 64-bit integer cannot hold. */
static bool skip_number(struct cursor *c)
{
    c->p += c->p < c->end && *c->p == '-';
    const char *start = c->p;
    size_t digits = skip_digits(c);
    if (digits == 0 || digits > MOST_DIGITS || (digits > 1 && *start == '0'))
        return false;
    if (c->p < c->end && *c->p == '.') {
        c->p++;
        digits = skip_digits(c);
        if (digits == 0 || digits > 2 * MOST_DIGITS)
            return false;
    }
    if (c->p < c->end && (*c->p == 'e' || *c->p == 'E')) {
        c->p++;
        c->p += c->p < c->end && (*c->p == '+' || *c->p == '-');
        digits = skip_digits(c);
        if (digits == 0 || digits > MOST_EXPONENT)
            return false;
    }
    return true;
}

static bool skip_value(struct cursor *c, int depth);

static bool is_new(const struct nh_slice *names, size_t n)
{
    for (size_t i = 0; i < n; i++)
        if (names[i].len == names[n].len && memcmp(names[i].at, names[n].at, names[n].len) == 0)
            return false;
    return true;
}

/* "name": of an object; the name with its quotes. */
static bool skip_name(struct cursor *c, struct nh_slice *name)
{
    name->at = c->p;
    if (!skip_string(c))
        return false;
    name->len = (size_t)(c->p - name->at);
    return SKIP(c, ":");
}

static bool skip_object(struct cursor *c, int depth)
{
    struct nh_slice names[MOST_MEMBERS];
    if (!SKIP(c, "{"))
        return false;
    if (SKIP(c, "}"))
        return true;
    for (size_t n = 0; n < MOST_MEMBERS; n++) {
        if (!skip_name(c, &names[n]) || !is_new(names, n) || !skip_value(c, depth))
            return false;
        if (SKIP(c, "}"))
            return true;
        if (!SKIP(c, ","))
            return false;
    }
    return false;
}

static bool skip_array(struct cursor *c, int depth)
{
    if (!SKIP(c, "["))
        return false;
    if (SKIP(c, "]"))
        return true;
    do {
        if (!skip_value(c, depth))
            return false;
    } while (SKIP(c, ","));
    return SKIP(c, "]");
}

static bool skip_value(struct cursor *c, int depth)
{
    if (depth == MOST_DEPTH || c->p == c->end)
        return false;
    switch (*c->p) {
    case '{':
        return skip_object(c, depth + 1);
    case '[':
        return skip_array(c, depth + 1);
    case '"':
        return skip_string(c);
    case 't':
        return SKIP(c, "true");
    case 'f':
        return SKIP(c, "false");
    case 'n':
        return SKIP(c, "null");
    default:
        return skip_number(c);
    }
}

/* ---- Fields in the order in which they are written ---- */

static bool add_key(struct nh_record_scan *s, const char *at, size_t len)
{
    if (len + 1 > sizeof s->key - s->key_len)
        return false;
    memcpy(s->key + s->key_len, at, len);
    s->key_len += len;
    s->key[s->key_len++] = '\n'; /* none of the values has one */
    return true;
}

static bool keyed_text(struct cursor *c, struct nh_record_scan *s)
{
    const char *start = c->p;
    return skip_string(c) && add_key(s, start, (size_t)(c->p - start));
}

static bool text_or_null(struct cursor *c)
{
    return SKIP(c, "null") || skip_string(c);
}

/* A whole number of at least `least`, which is 0 or 1. */
static bool skip_count(struct cursor *c, int least)
{
    const char *start = c->p;
    size_t digits = skip_digits(c);
    return digits > 0 && digits <= MOST_DIGITS && !(digits > 1 && *start == '0') &&
           !(least && *start == '0');
}

static bool keyed_count(struct cursor *c, struct nh_record_scan *s)
{
    const char *start = c->p;
    return skip_count(c, 1) && add_key(s, start, (size_t)(c->p - start));
}

static bool read_number(struct cursor *c, double *out)
{
    const char *start = c->p;
    if (!skip_number(c))
        return false;
    *out = strtod(start, NULL);
    return true;
}

static bool number_or_null(struct cursor *c)
{
    return SKIP(c, "null") || skip_number(c);
}

static bool skip_bool(struct cursor *c)
{
    return SKIP(c, "true") || SKIP(c, "false");
}

/* A value of the type that `first` opens; the same bytes as in the line before are known. */
static bool seen_value(struct cursor *c, struct nh_record_scan *s, int which, char first)
{
    struct nh_slice *seen = &s->seen[which];
    if (c->p == c->end || *c->p != first)
        return false;
    if (seen->len > 0 && (size_t)(c->end - c->p) >= seen->len &&
        memcmp(c->p, seen->at, seen->len) == 0) {
        seen->at = c->p;
        c->p += seen->len;
        return true;
    }
    seen->at = c->p;
    seen->len = 0;
    if (!skip_value(c, 0))
        return false;
    seen->len = (size_t)(c->p - seen->at);
    return true;
}

enum slice { S_CLOCK, S_PLACEMENT, S_SYSTEM, S_ENV, S_COMMAND, S_LIMITS, S_TIMES, S_DETAIL };

static bool is_name(const struct nh_slice *name, const char *text)
{
    return strlen(text) + 2 == name->len && memcmp(name->at + 1, text, name->len - 2) == 0;
}

/* All but the size, which differs along a curve. */
static bool read_params(struct cursor *c, struct nh_record_scan *s)
{
    struct nh_slice names[MOST_MEMBERS];
    if (!SKIP(c, "{"))
        return false;
    for (size_t n = 0; !SKIP(c, "}"); n++) {
        const char *start = c->p;
        if (n == MOST_MEMBERS || (n > 0 && !SKIP(c, ",")) || !skip_name(c, &names[n]) ||
            !is_new(names, n))
            return false;
        bool size = is_name(&names[n], "size_bytes");
        if (size ? !read_number(c, &s->size_bytes) : !skip_value(c, 0))
            return false;
        if (!size && !is_name(&names[n], "total_bytes") &&
            !add_key(s, start + (*start == ','), (size_t)(c->p - start) - (*start == ',')))
            return false;
    }
    return true;
}

static bool read_modes(struct cursor *c, struct nh_record_scan *s)
{
    s->bimodal = !SKIP(c, "null");
    return !s->bimodal ||
           (SKIP(c, "{\"low\":") && skip_number(c) && SKIP(c, ",\"high\":") && skip_number(c) &&
            SKIP(c, ",\"low_share\":") && skip_number(c) && SKIP(c, "}"));
}

static bool read_stats(struct cursor *c, struct nh_record_scan *s)
{
    return SKIP(c, "{\"samples\":") && skip_count(c, 1) && SKIP(c, ",\"warmup_samples\":") &&
           skip_count(c, 0) && SKIP(c, ",\"median\":") && read_number(c, &s->median) &&
           s->median >= 0 && SKIP(c, ",\"ci_low\":") && number_or_null(c) &&
           SKIP(c, ",\"ci_high\":") && number_or_null(c) && SKIP(c, ",\"ci_level\":") &&
           skip_number(c) && SKIP(c, ",\"ci_coverage\":") && number_or_null(c) &&
           SKIP(c, ",\"min\":") && skip_number(c) && SKIP(c, ",\"max\":") && skip_number(c) &&
           SKIP(c, ",\"mean\":") && skip_number(c) && SKIP(c, ",\"mad\":") &&
           read_number(c, &s->mad) && SKIP(c, ",\"p90\":") && number_or_null(c) &&
           SKIP(c, ",\"p95\":") && number_or_null(c) && SKIP(c, ",\"p99\":") && number_or_null(c) &&
           SKIP(c, ",\"autocorrelation_lag1\":") && number_or_null(c) &&
           SKIP(c, ",\"effective_samples\":") && number_or_null(c) && SKIP(c, ",\"runs_z\":") &&
           number_or_null(c) && SKIP(c, ",\"trend_z\":") && number_or_null(c) &&
           SKIP(c, ",\"drift\":") && number_or_null(c) && SKIP(c, ",\"outliers\":") &&
           skip_count(c, 0) && SKIP(c, ",\"steady\":") && skip_bool(c) &&
           SKIP(c, ",\"autocorrelated\":") && skip_bool(c) && SKIP(c, ",\"trending\":") &&
           skip_bool(c) && SKIP(c, ",\"modes\":") && read_modes(c, s) && SKIP(c, "}");
}

static bool read_derived(struct cursor *c, struct nh_record_scan *s)
{
    static const char key[] = "\"bandwidth_bytes_per_s\":";
    const char *start = c->p;
    if (c->p == c->end || *c->p != '{' || !skip_object(c, 0))
        return false;
    size_t len = (size_t)(c->p - start);
    if (memchr(start + 1, '{', len - 1)) /* then the key may be of an inner object */
        return false;
    const char *at = memmem(start, len, key, sizeof key - 1);
    struct cursor value = {at ? at + sizeof key - 1 : c->p, c->p};
    if (at && !SKIP(&value, "null") && !read_number(&value, &s->bandwidth))
        return false;
    return true;
}

static bool skip_samples(struct cursor *c)
{
    if (!SKIP(c, "["))
        return false;
    if (SKIP(c, "]"))
        return true;
    do {
        if (!skip_count(c, 0))
            return false;
    } while (SKIP(c, ","));
    return SKIP(c, "]");
}

/* The verdict, and what a required transport came to, which is written last. */
static bool read_transport(struct cursor *c, struct nh_record_scan *s)
{
    static const char required[] = "\"required\":";
    const char *start = c->p;
    if (!SKIP(c, "{\"verdict\":") || !keyed_text(c, s))
        return false;
    c->p = start;
    if (!skip_object(c, 0))
        return false;
    const char *at = memmem(start, (size_t)(c->p - start), required, sizeof required - 1);
    return !at || add_key(s, at, (size_t)(c->p - at));
}

static bool keyed_seen(struct cursor *c, struct nh_record_scan *s, int which, char first)
{
    return seen_value(c, s, which, first) && add_key(s, s->seen[which].at, s->seen[which].len);
}

/* Fields that early records lack. */
static bool optional_objects(struct cursor *c, struct nh_record_scan *s)
{
    return (!SKIP(c, ",\"detail\":") || SKIP(c, "null") || seen_value(c, s, S_DETAIL, '{')) &&
           (!SKIP(c, ",\"times\":") || SKIP(c, "null") || seen_value(c, s, S_TIMES, '{')) &&
           (!SKIP(c, ",\"limits\":") || SKIP(c, "null") || seen_value(c, s, S_LIMITS, '{'));
}

static bool read_identity(struct cursor *c, struct nh_record_scan *s)
{
    return SKIP(c, "{\"format\":\"nodehour-record\",\"version\":1,\"time\":") && skip_string(c) &&
           SKIP(c, ",\"program\":") && keyed_text(c, s) && SKIP(c, ",\"run\":") &&
           text_or_null(c) && SKIP(c, ",\"job\":") && text_or_null(c) && SKIP(c, ",\"launch\":") &&
           (SKIP(c, "null") || skip_count(c, 0)) && SKIP(c, ",\"kernel\":") && keyed_text(c, s) &&
           SKIP(c, ",\"params\":") && read_params(c, s) && SKIP(c, ",\"nodes\":") &&
           keyed_count(c, s) && SKIP(c, ",\"ranks\":") && keyed_count(c, s);
}

static bool read_measurement(struct cursor *c, struct nh_record_scan *s)
{
    return SKIP(c, ",\"metric\":") && keyed_text(c, s) &&
           SKIP(c, ",\"unit\":\"ns\",\"better\":\"lower\",\"timing\":") && skip_string(c) &&
           SKIP(c, ",\"sync\":") && skip_string(c) && SKIP(c, ",\"stats\":") && read_stats(c, s) &&
           SKIP(c, ",\"derived\":") && read_derived(c, s) && optional_objects(c, s) &&
           SKIP(c, ",\"verify\":") && keyed_text(c, s) && SKIP(c, ",\"stop\":{\"rule\":") &&
           skip_string(c) && SKIP(c, ",\"precision_target\":") && skip_number(c) &&
           SKIP(c, ",\"elapsed_s\":") && skip_number(c) && SKIP(c, "},\"ops_per_sample\":") &&
           skip_count(c, 1) && SKIP(c, ",\"first_op_ns\":") && skip_count(c, 0) &&
           SKIP(c, ",\"samples_ns\":") && skip_samples(c);
}

static bool read_environment(struct cursor *c, struct nh_record_scan *s)
{
    if (!(SKIP(c, ",\"clock\":") && seen_value(c, s, S_CLOCK, '{') && SKIP(c, ",\"placement\":") &&
          seen_value(c, s, S_PLACEMENT, '[') && SKIP(c, ",\"transport\":") &&
          read_transport(c, s) && SKIP(c, ",\"machine\":")))
        return false;
    const char *machine = c->p;
    return text_or_null(c) && add_key(s, machine, (size_t)(c->p - machine)) &&
           SKIP(c, ",\"system\":") && keyed_seen(c, s, S_SYSTEM, '{') && SKIP(c, ",\"env\":") &&
           seen_value(c, s, S_ENV, '{') && SKIP(c, ",\"command\":") &&
           seen_value(c, s, S_COMMAND, '[') && SKIP(c, "}");
}

bool nh_record_scan(const char *line, size_t len, struct nh_record_scan *s)
{
    struct cursor c = {line, line + len};
    s->size_bytes = s->bandwidth = NAN;
    s->key_len = 0;
    if (!read_identity(&c, s))
        return false;
    s->matrix = memmem(s->key, s->key_len, "\n\"matrix\"\n", 10) != NULL;
    return read_measurement(&c, s) && read_environment(&c, s) && c.p == c.end;
}
