/* SPDX-License-Identifier: BSD-3-Clause */
#include "analysis/compare/cases.h"

#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "analysis/import/records.h"

static int no_memory(struct nh_error *err)
{
    return nh_fail(err, NH_EFAIL, "out of memory while gathering cases");
}

/* ---- Names ---- */

static void append(char *buf, size_t size, const char *fmt, ...) NH_PRINTF(3, 4);

static void append(char *buf, size_t size, const char *fmt, ...)
{
    size_t used = strlen(buf);
    va_list args;
    va_start(args, fmt);
    vsnprintf(buf + used, size - used, fmt, args);
    va_end(args);
}

/* Names come from files and go to a terminal. */
static void make_readable(char *text)
{
    for (; *text; text++)
        if ((unsigned char)*text < ' ' || *text == 127)
            *text = ' ';
}

static void name_record(const struct nh_record *r, char *buf, size_t size)
{
    const char *key;
    json_t *value;
    snprintf(buf, size, "%s", r->kernel);
    json_object_foreach(r->params, key, value)
    {
        if (json_is_string(value))
            append(buf, size, ", %s %s", key, json_string_value(value));
        else if (json_is_number(value))
            append(buf, size, ", %s %.10g", key, json_number_value(value));
        else if (json_is_true(value))
            append(buf, size, ", %s", key);
    }
    append(buf, size, ", %ld ranks, %ld node%s, %s", r->ranks, r->nodes, r->nodes == 1 ? "" : "s",
           r->metric);
    make_readable(buf);
}

static void name_point(const struct nh_app *app, const struct nh_app_point *p, char *buf,
                       size_t size)
{
    snprintf(buf, size, "%s", app->name);
    if (app->kind == NH_WEAK && isfinite(p->cells))
        append(buf, size, ", %.10g cells", p->cells);
    if (p->nodes > 0)
        append(buf, size, ", %ld node%s", p->nodes, p->nodes == 1 ? "" : "s");
    if (p->cores > 0)
        append(buf, size, ", %ld core%s", p->cores, p->cores == 1 ? "" : "s");
    append(buf, size, ", time per %s", app->work);
    make_readable(buf);
}

/* ---- Gathering ---- */

/* A value and its case, before values of one case are put together. */
struct entry {
    char name[256];
    double seconds;
    size_t order;
};

struct entries {
    struct entry *items;
    size_t count;
};

static int add_entry(struct entries *e, const char *name, double seconds)
{
    struct entry *grown = nh_grow(e->items, e->count, sizeof *grown);
    if (!grown)
        return NH_EFAIL;
    e->items = grown;
    struct entry *to = &e->items[e->count];
    snprintf(to->name, sizeof to->name, "%s", name);
    to->seconds = seconds;
    to->order = e->count++;
    return NH_OK;
}

static int add_records(const struct nh_records *records, struct entries *e)
{
    int rc = NH_OK;
    for (size_t i = 0; !rc && i < records->count; i++) {
        const struct nh_record *r = &records->items[i];
        double ns = nh_record_central(r);
        char name[256];
        name_record(r, name, sizeof name);
        if (ns > 0)
            rc = add_entry(e, name, ns * 1e-9);
    }
    return rc;
}

static int add_point(const struct nh_app *app, const struct nh_app_point *p, struct entries *e)
{
    char name[256];
    int rc = NH_OK;
    name_point(app, p, name, sizeof name);
    for (size_t i = 0; !rc && i < p->row_count; i++) {
        double solver = p->rows[i].solver_s, job = p->rows[i].job_s;
        double seconds = isfinite(solver) ? solver : job;
        if (isfinite(seconds) && seconds > 0)
            rc = add_entry(e, name, seconds);
    }
    return rc;
}

static int add_apps(const struct nh_dataset *set, struct entries *e)
{
    int rc = NH_OK;
    for (size_t i = 0; !rc && i < set->app_count; i++)
        for (size_t k = 0; !rc && k < set->apps[i].point_count; k++)
            rc = add_point(&set->apps[i], &set->apps[i].points[k], e);
    return rc;
}

static int by_name(const void *left, const void *right)
{
    const struct entry *a = left, *b = right;
    int order = strcmp(a->name, b->name);
    return order ? order : (a->order > b->order) - (a->order < b->order);
}

static int add_case(struct nh_cases *c, const struct entry *e, size_t n)
{
    struct nh_case *to = &c->items[c->count];
    to->seconds = malloc(n * sizeof *to->seconds);
    if (!to->seconds)
        return NH_EFAIL;
    memcpy(to->name, e->name, sizeof to->name);
    for (size_t i = 0; i < n; i++)
        to->seconds[i] = e[i].seconds;
    to->count = n;
    c->count++;
    return NH_OK;
}

static int group(struct entries *e, struct nh_cases *c)
{
    int rc = NH_OK;
    if (e->count)
        qsort(e->items, e->count, sizeof *e->items, by_name);
    c->items = calloc(e->count + 1, sizeof *c->items);
    if (!c->items)
        return NH_EFAIL;
    for (size_t i = 0, next; !rc && i < e->count; i = next) {
        next = i + 1;
        while (next < e->count && strcmp(e->items[i].name, e->items[next].name) == 0)
            next++;
        rc = add_case(c, &e->items[i], next - i);
    }
    return rc;
}

/* Every record counts, so record files are read as they are, and not pooled into curves. */
static int read_records(const char *file, bool skip_damaged, struct entries *e,
                        struct nh_error *err)
{
    struct nh_records records = {0};
    int rc = nh_records_read(file, skip_damaged, &records, err);
    if (!rc && add_records(&records, e))
        rc = no_memory(err);
    nh_records_clear(&records);
    return rc;
}

/* Logs of other suites become records of a set, timings of applications its points. */
static int read_set(char *file, bool skip_damaged, struct entries *e, struct nh_error *err)
{
    struct nh_dataset set;
    int rc = nh_dataset_read(&file, 1, skip_damaged, &set, err);
    if (rc)
        return rc;
    if (add_records(&set.records, e) || add_apps(&set, e))
        rc = no_memory(err);
    nh_dataset_clear(&set);
    return rc;
}

int nh_cases_read(char *const *files, size_t n, bool skip_damaged, struct nh_cases *out,
                  struct nh_error *err)
{
    struct entries entries = {0};
    const struct nh_importer *importer;
    int rc = NH_OK;
    *out = (struct nh_cases){0};
    for (size_t i = 0; !rc && i < n; i++) {
        rc = nh_importer_find(files[i], &importer, err);
        if (!rc)
            rc = importer == &nh_importer_records
                     ? read_records(files[i], skip_damaged, &entries, err)
                     : read_set(files[i], skip_damaged, &entries, err);
    }
    if (!rc && group(&entries, out))
        rc = no_memory(err);
    if (!rc && out->count == 0)
        rc = nh_fail(err, NH_EINPUT, "%s: no times in it; give records or timings", files[0]);
    free(entries.items);
    if (rc)
        nh_cases_clear(out);
    return rc;
}

void nh_cases_clear(struct nh_cases *c)
{
    for (size_t i = 0; i < c->count; i++)
        free(c->items[i].seconds);
    free(c->items);
    *c = (struct nh_cases){0};
}

static int compare_name(const void *key, const void *item)
{
    return strcmp(key, ((const struct nh_case *)item)->name);
}

const struct nh_case *nh_cases_find(const struct nh_cases *c, const char *name)
{
    return c->count ? bsearch(name, c->items, c->count, sizeof *c->items, compare_name) : NULL;
}

int nh_cases_copy(const struct nh_cases *c, double factor, struct nh_cases *out,
                  struct nh_error *err)
{
    *out = (struct nh_cases){.items = calloc(c->count + 1, sizeof *out->items)};
    if (!out->items)
        return no_memory(err);
    for (size_t i = 0; i < c->count; i++) {
        const struct nh_case *from = &c->items[i];
        struct nh_case *to = &out->items[out->count];
        *to = *from;
        to->seconds = malloc((from->count + 1) * sizeof *to->seconds);
        if (!to->seconds) {
            nh_cases_clear(out);
            return no_memory(err);
        }
        out->count++;
        for (size_t k = 0; k < from->count; k++)
            to->seconds[k] = from->seconds[k] * factor;
        nh_sort(to->seconds, to->count);
    }
    return NH_OK;
}
