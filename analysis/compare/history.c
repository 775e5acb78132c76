/* SPDX-License-Identifier: BSD-3-Clause */
#include "analysis/compare/history.h"

#include <stdlib.h>
#include <string.h>

static int no_memory(struct nh_error *err)
{
    return nh_fail(err, NH_EFAIL, "out of memory while reading a history");
}

static struct nh_series *find_or_add(struct nh_history *h, const char *name)
{
    for (size_t i = 0; i < h->count; i++)
        if (strcmp(h->items[i].name, name) == 0)
            return &h->items[i];
    struct nh_series *grown = nh_grow(h->items, h->count, sizeof *grown);
    if (!grown)
        return NULL;
    h->items = grown;
    struct nh_series *to = &h->items[h->count++];
    *to = (struct nh_series){0};
    memcpy(to->name, name, strlen(name) + 1);
    return to;
}

static int add_value(struct nh_series *s, double seconds, size_t file)
{
    double *values = nh_grow(s->seconds, s->count, sizeof *values);
    if (!values)
        return NH_EFAIL;
    s->seconds = values;
    size_t *files = nh_grow(s->file, s->count, sizeof *files);
    if (!files)
        return NH_EFAIL;
    s->file = files;
    s->seconds[s->count] = seconds;
    s->file[s->count++] = file;
    return NH_OK;
}

static int add_case(struct nh_history *h, struct nh_case *c, size_t file, bool every_value)
{
    struct nh_series *s = find_or_add(h, c->name);
    if (!s)
        return NH_EFAIL;
    if (!every_value)
        return add_value(s, nh_median(c->seconds, c->count, c->seconds), file);
    int rc = NH_OK;
    for (size_t i = 0; !rc && i < c->count; i++)
        rc = add_value(s, c->seconds[i], file);
    return rc;
}

static int add_file(struct nh_history *h, char *const *files, size_t n, size_t file,
                    bool skip_damaged, struct nh_error *err)
{
    struct nh_cases cases;
    int rc = nh_cases_read(&files[file], 1, skip_damaged, &cases, err);
    if (rc)
        return rc;
    for (size_t i = 0; !rc && i < cases.count; i++)
        if (add_case(h, &cases.items[i], file, n == 1))
            rc = no_memory(err);
    nh_cases_clear(&cases);
    return rc;
}

static int by_name(const void *left, const void *right)
{
    return strcmp(((const struct nh_series *)left)->name, ((const struct nh_series *)right)->name);
}

int nh_history_read(char *const *files, size_t n, bool skip_damaged,
                    const struct nh_change_options *options, struct nh_history *out,
                    struct nh_error *err)
{
    int rc = NH_OK;
    *out = (struct nh_history){.alpha = options->alpha};
    for (size_t i = 0; !rc && i < n; i++)
        rc = add_file(out, files, n, i, skip_damaged, err);
    if (out->count)
        qsort(out->items, out->count, sizeof *out->items, by_name);
    for (size_t i = 0; !rc && i < out->count; i++) {
        struct nh_series *s = &out->items[i];
        rc = nh_change_points_find(s->seconds, s->count, options, &s->changes, err);
        if (rc)
            nh_context(err, "%s", s->name);
    }
    if (rc)
        nh_history_clear(out);
    return rc;
}

void nh_history_clear(struct nh_history *h)
{
    for (size_t i = 0; i < h->count; i++) {
        free(h->items[i].seconds);
        free(h->items[i].file);
        nh_change_points_clear(&h->items[i].changes);
    }
    free(h->items);
    *h = (struct nh_history){0};
}

bool nh_series_regressed(const struct nh_series *s)
{
    const struct nh_change_points *c = &s->changes;
    return c->count > 0 && c->items[c->count - 1].after > c->items[c->count - 1].before;
}
