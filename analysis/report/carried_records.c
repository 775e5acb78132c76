/* SPDX-License-Identifier: BSD-3-Clause */
#include "analysis/report/carried_records.h"

#include <string.h>

/* Neighbouring records differ in little. A member that is as in the record before is left out.
 * Of an object with the same members only those that changed are written, and its own name
 * begins with "~" then; "-" lists members that are gone. */
static const char gone[] = "-";
enum { PATCH = '~', KEY = 128 };

/* Also in the same order, which tables of the report keep. */
static bool same_members(json_t *a, json_t *b)
{
    if (!json_is_object(a) || !json_is_object(b) || json_object_size(a) != json_object_size(b))
        return false;
    void *at = json_object_iter(a), *there = json_object_iter(b);
    for (; at; at = json_object_iter_next(a, at), there = json_object_iter_next(b, there))
        if (strcmp(json_object_iter_key(at), json_object_iter_key(there)) != 0)
            return false;
    return true;
}

/* json_equal takes 1 and 1.0 for different, which is as it must be. */
static json_t *changed_members(json_t *now, json_t *before, bool deep)
{
    char patch[KEY];
    const char *key;
    json_t *value, *out = json_object();
    json_object_foreach(now, key, value)
    {
        json_t *old = json_object_get(before, key);
        if (old != NULL && json_equal(value, old))
            continue;
        if (deep && strlen(key) < KEY - 1 && same_members(value, old)) {
            snprintf(patch, sizeof patch, "%c%s", PATCH, key);
            json_object_set_new(out, patch, changed_members(value, old, false));
        } else {
            json_object_set(out, key, value);
        }
    }
    return out;
}

static void note_gone(json_t *out, const json_t *now, json_t *before)
{
    const char *key;
    json_t *value, *list = json_array();
    json_object_foreach(before, key, value)
    {
        if (json_object_get(now, key) == NULL)
            json_array_append_new(list, json_string(key));
    }
    if (json_array_size(list) > 0)
        json_object_set(out, gone, list);
    json_decref(list);
}

static int write_line(FILE *out, const json_t *o)
{
    int rc = json_dumpf(o, out, JSON_COMPACT | JSON_REAL_PRECISION(17));
    putc('\n', out);
    return rc;
}

int nh_records_shrink(FILE *out, const struct nh_record *records, size_t count)
{
    json_t *before = json_object();
    int rc = 0;
    for (size_t i = 0; i < count && rc == 0; i++) {
        struct nh_record r = records[i];
        r.sample_count = 0;
        json_t *now = nh_record_json(&r), *line = changed_members(now, before, true);
        note_gone(line, now, before);
        rc = write_line(out, line);
        json_decref(line);
        json_decref(before);
        before = now;
    }
    json_decref(before);
    return rc;
}

/* Objects are copied before they change: jansson shares them. */
static json_t *patched(const json_t *old, json_t *changes)
{
    json_t *copy = json_copy((json_t *)(uintptr_t)old);
    if (json_is_object(copy) && json_is_object(changes))
        json_object_update(copy, changes);
    return copy;
}

static void apply(json_t *record, json_t *line)
{
    const char *key;
    json_t *value, *name;
    size_t i;
    json_array_foreach(json_object_get(line, gone), i, name)
    {
        json_object_del(record, json_string_value(name));
    }
    json_object_del(line, gone);
    json_object_foreach(line, key, value)
    {
        if (key[0] == PATCH)
            json_object_set_new(record, key + 1, patched(json_object_get(record, key + 1), value));
        else
            json_object_set(record, key, value);
    }
}

int nh_records_expand(FILE *out, const char *data, size_t len, struct nh_error *err)
{
    json_t *record = json_object();
    int rc = NH_OK;
    for (const char *at = data, *end = data + len; !rc && at < end;) {
        const char *newline = memchr(at, '\n', (size_t)(end - at));
        size_t length = newline ? (size_t)(newline - at) : (size_t)(end - at);
        json_t *line = json_loadb(at, length, 0, NULL);
        at += length + 1;
        if (json_is_object(line)) {
            apply(record, line);
            write_line(out, record);
        } else {
            rc = nh_fail(err, NH_EINPUT, "the records in it are damaged");
        }
        json_decref(line);
    }
    json_decref(record);
    return rc;
}
