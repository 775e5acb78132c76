/* SPDX-License-Identifier: BSD-3-Clause */
#include "analysis/import/runs.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "analysis/dataset.h"
#include "common/units.h"

static const long most_nodes = 1000000, most_cores = 100000000;
static const double most_cells = 1e15, longest_s = 1e8;

struct nh_app_run *nh_app_run_add(struct nh_app_runs *runs, const char *program, const char *file,
                                  long line, struct nh_error *err)
{
    struct nh_app_run *grown = nh_grow(runs->items, runs->count, sizeof *grown);
    if (!grown) {
        nh_fail(err, NH_EFAIL, "out of memory");
        return NULL;
    }
    runs->items = grown;
    struct nh_app_run *r = &runs->items[runs->count++];
    *r = (struct nh_app_run){.counted = "cells",
                             .unit = "run",
                             .cells = NAN,
                             .solver_s = NAN,
                             .job_s = NAN,
                             .amount = 1,
                             .total = 1,
                             .launch = -1};
    snprintf(r->program, sizeof r->program, "%.31s", program);
    snprintf(r->origin, sizeof r->origin, "%.220s:%ld", file, line);
    return r;
}

void nh_app_runs_clear(struct nh_app_runs *runs)
{
    free(runs->items);
    *runs = (struct nh_app_runs){0};
}

int nh_app_runs_choose(struct nh_app_runs *runs, size_t first, const struct nh_given *given,
                       const char *file, struct nh_error *err)
{
    size_t n = runs->count - first;
    if (n <= 1 || given->which < 0)
        return NH_OK;
    if (given->which == 0)
        return nh_fail(err, NH_EINPUT,
                       "%s: %zu timed runs in one log; say which with --run N (from 1), or "
                       "--run all when they are repeats",
                       file, n);
    if ((size_t)given->which > n)
        return nh_fail(err, NH_EINPUT, "%s: --run %ld: it has %zu timed runs", file, given->which,
                       n);
    runs->items[first] = runs->items[first + (size_t)given->which - 1];
    runs->count = first + 1;
    return NH_OK;
}

/* ---- Names ---- */

/* One item "name=meaning" of the list. */
static bool maps(const char *item, size_t len, const char *name, char *buf, size_t size)
{
    const char *equals = memchr(item, '=', len);
    size_t n = equals ? (size_t)(equals - item) : len;
    if (!equals || strlen(name) != n || strncasecmp(item, name, n) != 0)
        return false;
    snprintf(buf, size, "%.*s", (int)(len - n - 1), equals + 1);
    return true;
}

void nh_given_name(const struct nh_given *given, const char *name, char *buf, size_t size)
{
    const char *item = given->map ? given->map : "";
    for (size_t len; *item; item += len + (item[len] == ',')) {
        len = strcspn(item, ",");
        if (maps(item, len, name, buf, size))
            return;
    }
    snprintf(buf, size, "%s", name);
}

static bool set_count(const char *text, long most, long *out)
{
    return nh_parse_long("", text, 1, most, out, NULL) == NH_OK;
}

static bool set_real(const char *text, double most, double *out)
{
    double value;
    if (nh_parse_double("", text, &value, NULL) || !(value > 0 && value <= most))
        return false;
    *out = value;
    return true;
}

static bool set_text(const char *text, char *buf, size_t size)
{
    if (strlen(text) >= size)
        return false;
    snprintf(buf, size, "%s", text);
    return true;
}

static bool set_known(struct nh_app_run *r, const char *field, const char *text, bool *known)
{
    const struct {
        const char *field;
        long most, *at;
    } counts[] = {{"nodes", most_nodes, &r->nodes},
                  {"ranks", most_cores, &r->ranks},
                  {"threads", most_cores, &r->threads},
                  {"cores", most_cores, &r->cores}};
    const struct {
        const char *field;
        double most, *at;
    } reals[] = {{"cells", most_cells, &r->cells},
                 {"solver_s", longest_s, &r->solver_s},
                 {"job_s", longest_s, &r->job_s}};
    *known = true;
    for (size_t i = 0; i < sizeof counts / sizeof *counts; i++)
        if (strcasecmp(field, counts[i].field) == 0)
            return set_count(text, counts[i].most, counts[i].at);
    for (size_t i = 0; i < sizeof reals / sizeof *reals; i++)
        if (strcasecmp(field, reals[i].field) == 0)
            return set_real(text, reals[i].most, reals[i].at);
    if (strcasecmp(field, "machine") == 0)
        return set_text(text, r->machine, sizeof r->machine);
    if (strcasecmp(field, "case") == 0)
        return set_text(text, r->name, sizeof r->name);
    *known = false;
    return false;
}

enum nh_run_field nh_app_run_set(struct nh_app_run *run, const struct nh_given *given,
                                 const char *name, const char *text)
{
    char field[64];
    bool known;
    nh_given_name(given, name, field, sizeof field);
    bool set = set_known(run, field, text, &known);
    return set ? NH_RUN_FIELD_SET : known ? NH_RUN_FIELD_BAD : NH_RUN_FIELD_NONE;
}

double nh_seconds_in(const char *unit)
{
    static const struct {
        const char *name;
        double seconds;
    } units[] = {{"s", 1},     {"sec", 1},   {"seconds", 1}, {"ms", 1e-3},
                 {"us", 1e-6}, {"ns", 1e-9}, {"min", 60},    {"h", 3600}};
    for (size_t i = 0; i < sizeof units / sizeof *units; i++)
        if (strcmp(units[i].name, unit) == 0)
            return units[i].seconds;
    return NAN;
}

const char *nh_base_name(const char *path)
{
    const char *slash = strrchr(path, '/');
    return slash ? slash + 1 : path;
}
