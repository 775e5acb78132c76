/* SPDX-License-Identifier: BSD-3-Clause */
#include "analysis/cost/price_file.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/journal.h"
#include "common/paths.h"

static void put(json_t *o, const char *key, json_t *value)
{
    json_object_set_new(o, key, value ? value : json_null());
}

static void put_deciles(json_t *o, const struct nh_price *p)
{
    json_t *list = json_array();
    char amount[NH_MONEY_TEXT];
    for (size_t i = 0; i < NH_PRICE_DECILES; i++)
        json_array_append_new(list,
                              json_string(nh_money_decimal(nh_money_of(p->deciles[i]), amount)));
    put(o, "deciles", list);
}

json_t *nh_price_json(const struct nh_price *p, const char *source)
{
    json_t *o = json_object();
    char amount[NH_MONEY_TEXT];
    put(o, "machine", json_string(p->machine));
    put(o, "model", json_string(p->model));
    put(o, "per_hour", json_string(nh_money_decimal(p->per_hour, amount)));
    put(o, "currency", json_string(p->per_hour.currency));
    put(o, "region", json_string(p->region));
    put(o, "as_of", json_string(p->as_of));
    put(o, "source", json_string(source));
    if (p->upfront.micro > 0)
        put(o, "upfront", json_string(nh_money_decimal(p->upfront, amount)));
    if (p->block_hours > 0)
        put(o, "block_hours", json_real(p->block_hours));
    if (p->deciles[NH_PRICE_DECILES - 1] > 0)
        put_deciles(o, p);
    return o;
}

/* The key of a source's text in the file's table, which grows by it. */
static const char *source_key(json_t *sources, const char *text)
{
    const char *key;
    json_t *value;
    char next[24];
    json_object_foreach(sources, key,
                        value) if (strcmp(json_string_value(value), text) == 0) return key;
    snprintf(next, sizeof next, "s%zu", json_object_size(sources) + 1);
    put(sources, next, json_string(text));
    return json_object_iter_key(json_object_iter_at(sources, next));
}

static int write_file(const char *path, const struct nh_catalog *c, struct nh_error *err)
{
    json_t *o = json_object(), *sources = json_object(), *prices = json_array();
    for (size_t i = 0; i < c->price_count; i++)
        json_array_append_new(
            prices, nh_price_json(&c->prices[i], source_key(sources, c->prices[i].source)));
    put(o, "format", json_string("nodehour-prices"));
    put(o, "version", json_integer(1));
    put(o, "sources", sources);
    put(o, "prices", prices);
    char *text = json_dumps(o, JSON_INDENT(1) | JSON_REAL_PRECISION(12));
    json_decref(o);
    int rc = text ? nh_file_replace(path, text, strlen(text), err)
                  : nh_fail(err, NH_EFAIL, "out of memory");
    free(text);
    return rc;
}

static int make_folder(const char *path, struct nh_error *err)
{
    char folder[NH_PATH_MAX];
    const char *slash = strrchr(path, '/');
    if (!slash || slash == path)
        return NH_OK;
    int rc = nh_path(folder, sizeof folder, err, "%.*s", (int)(slash - path), path);
    return rc ? rc : nh_make_dirs(folder, err);
}

static void count_changes(const struct nh_catalog *before, const struct nh_price *p,
                          struct nh_price_changes *changes)
{
    for (size_t i = 0; i < before->price_count; i++) {
        const struct nh_price *old = &before->prices[i];
        if (strcmp(old->machine, p->machine) != 0 || strcmp(old->model, p->model) != 0 ||
            strcmp(old->region, p->region) != 0)
            continue;
        changes->changed += old->per_hour.micro != p->per_hour.micro;
        changes->same += old->per_hour.micro == p->per_hour.micro;
        return;
    }
    changes->added++;
}

int nh_price_file_update(const char *path, const struct nh_price *prices, size_t count,
                         struct nh_price_changes *changes, struct nh_error *err)
{
    struct nh_catalog c = {0};
    *changes = (struct nh_price_changes){0};
    int rc = access(path, F_OK) == 0 ? nh_catalog_add_prices(&c, path, err) : NH_OK;
    for (size_t i = 0; !rc && i < count; i++)
        count_changes(&c, &prices[i], changes);
    if (!rc)
        rc = nh_catalog_put_prices(&c, prices, count, err);
    if (!rc)
        rc = make_folder(path, err);
    if (!rc)
        rc = write_file(path, &c, err);
    nh_catalog_clear(&c);
    return rc;
}
