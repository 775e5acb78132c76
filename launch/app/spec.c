/* SPDX-License-Identifier: BSD-3-Clause */
#include "launch/app/spec.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct filling {
    const struct nh_fill_name *names;
    size_t count;
    bool last;
    char *key;
    struct nh_error *err;
};

/* Braces have a meaning of their own there. */
static bool is_verbatim(const char *key)
{
    static const char *const keys[] = {"match", "never",   "json",
                                       "name",  "machine", "environment_label"};
    for (size_t i = 0; i < sizeof keys / sizeof *keys; i++)
        if (strcmp(keys[i], key) == 0)
            return true;
    return false;
}

static json_t *fill(const struct filling *f, const json_t *from);

static json_t *fill_text(const struct filling *f, const char *text)
{
    char *filled;
    if (nh_fill(text, f->names, f->count, f->last, &filled, f->err))
        return NULL;
    json_t *value = json_string(filled);
    free(filled);
    if (!value)
        nh_fail(f->err, NH_EINPUT, "a value is no UTF-8; mend it");
    return value;
}

static json_t *fill_list(const struct filling *f, const json_t *from)
{
    json_t *list = json_array(), *item, *filled;
    size_t i;
    json_array_foreach(from, i, item)
    {
        filled = fill(f, item);
        if (!filled) {
            json_decref(list);
            return NULL;
        }
        json_array_append_new(list, filled);
    }
    return list;
}

static json_t *fill_map(const struct filling *f, const json_t *from)
{
    json_t *map = json_object(), *item;
    const char *key;
    json_object_foreach((json_t *)from, key, item)
    {
        json_t *filled = is_verbatim(key) ? json_incref(item) : fill(f, item);
        if (!filled) {
            char inner[64];
            snprintf(inner, sizeof inner, "%s", f->key);
            snprintf(f->key, 64, "%.30s%s%.30s", key, *inner ? "." : "", inner);
            json_decref(map);
            return NULL;
        }
        json_object_set_new(map, key, filled);
    }
    return map;
}

static json_t *fill(const struct filling *f, const json_t *from)
{
    if (json_is_string(from))
        return fill_text(f, json_string_value(from));
    return json_is_array(from) ? fill_list(f, from) : fill_map(f, from);
}

json_t *nh_spec_fill(const json_t *spec, const struct nh_fill_name *names, size_t count, bool last,
                     char key[64], struct nh_error *err)
{
    const struct filling f = {names, count, last, key, err};
    *key = '\0';
    return fill_map(&f, spec);
}
