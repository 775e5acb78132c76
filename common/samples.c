/* SPDX-License-Identifier: BSD-3-Clause */
#include "common/samples.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "common/fields.h"

static const char key[] = "\"samples_ns\":[";
enum { MOST_DIGITS = 18 }; /* what surely fits into int64_t */

/* The text between the brackets. JSON escapes quotes within strings, so what follows an
 * unescaped quote is the key itself; a second one makes the place ambiguous. */
static bool find_array(const char *line, size_t len, const char **from, const char **to)
{
    const char *at = memmem(line, len, key, sizeof key - 1);
    if (!at || at == line || at[-1] == '\\')
        return false;
    const char *start = at + sizeof key - 1, *end = line + len;
    *from = start;
    *to = memchr(start, ']', (size_t)(end - start));
    return *to && !memmem(*to, (size_t)(end - *to), key, sizeof key - 1);
}

/* Digits and single commas only; anything else is left to the JSON parser. */
static bool read_plain(const char *from, const char *to, int64_t *samples, size_t *count)
{
    size_t n = 0;
    for (const char *p = from; p < to; p++) {
        int64_t value = 0;
        int digits = 0;
        for (; p < to && *p >= '0' && *p <= '9' && digits < MOST_DIGITS; p++, digits++)
            value = value * 10 + (*p - '0');
        bool leading_zero = digits > 1 && p[-digits] == '0';
        if (digits == 0 || leading_zero || (p < to && *p != ',')) /* or more digits */
            return false;
        if (p < to && p + 1 == to) /* a comma at the end */
            return false;
        samples[n++] = value;
    }
    *count = n;
    return true;
}

/* The line without what stands between the brackets, as a tree. */
static int parse_rest(const char *line, size_t len, const char *from, const char *to, json_t **root,
                      struct nh_error *err)
{
    size_t head = (size_t)(from - line), tail = (size_t)(line + len - to);
    char *rest = malloc(head + tail);
    if (!rest)
        return nh_fail(err, NH_EFAIL, "out of memory");
    memcpy(rest, line, head);
    memcpy(rest + head, to, tail);
    int rc = nh_json_parse_object(rest, head + tail, root, err);
    free(rest);
    return rc;
}

static int64_t *allocate(size_t n, struct nh_error *err)
{
    int64_t *samples = malloc((n ? n : 1) * sizeof *samples);
    if (!samples)
        nh_fail(err, NH_EFAIL, "out of memory");
    return samples;
}

static int from_tree(const json_t *root, int64_t **samples, size_t *count, struct nh_error *err)
{
    json_t *array;
    int rc = nh_field_value(root, "samples_ns", JSON_ARRAY, &array, err);
    if (rc)
        return rc;
    size_t n = json_array_size(array);
    int64_t *out = allocate(n, err);
    if (!out)
        return NH_EFAIL;
    for (size_t i = 0; i < n; i++) {
        const json_t *sample = json_array_get(array, i);
        if (!json_is_integer(sample) || json_integer_value(sample) < 0) {
            free(out);
            return nh_fail(err, NH_EINPUT,
                           "field 'samples_ns': entry %zu is no whole number of nanoseconds", i);
        }
        out[i] = json_integer_value(sample);
    }
    *samples = out;
    *count = n;
    return NH_OK;
}

static int parse_all(const char *line, size_t len, json_t **root, int64_t **samples, size_t *count,
                     struct nh_error *err)
{
    int rc = nh_json_parse_object(line, len, root, err);
    if (!rc)
        rc = from_tree(*root, samples, count, err);
    return rc;
}

/* Was it the record's own field that was cut out, and not one of the same name deeper in the
 * line? `from` stands within the record's brace and the array's bracket, and no more. */
static bool is_own(const char *line, const char *from)
{
    int depth = 0;
    bool quoted = false;
    for (const char *p = line; p < from; p++) {
        if (quoted && *p == '\\')
            p++;
        else if (*p == '"')
            quoted = !quoted;
        else if (!quoted)
            depth += (*p == '{' || *p == '[') - (*p == '}' || *p == ']');
    }
    return depth == 2;
}

static int parse_split(const char *line, size_t len, const char *from, const char *to,
                       json_t **root, int64_t **samples, size_t *count, struct nh_error *err)
{
    /* a sample and its comma take two bytes at least */
    int64_t *out = allocate((size_t)(to - from) / 2 + 1, err);
    if (!out)
        return NH_EFAIL;
    if (is_own(line, from) && read_plain(from, to, out, count)) {
        *samples = out;
        return parse_rest(line, len, from, to, root, err);
    }
    free(out);
    return parse_all(line, len, root, samples, count, err);
}

int nh_samples_parse(const char *line, size_t len, json_t **root, int64_t **samples, size_t *count,
                     struct nh_error *err)
{
    const char *from, *to;
    *root = NULL;
    *samples = NULL;
    *count = 0;
    int rc = find_array(line, len, &from, &to)
                 ? parse_split(line, len, from, to, root, samples, count, err)
                 : parse_all(line, len, root, samples, count, err);
    if (rc) {
        json_decref(*root);
        free(*samples);
        *root = NULL;
        *samples = NULL;
        *count = 0;
    }
    return rc;
}
