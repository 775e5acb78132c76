/* SPDX-License-Identifier: BSD-3-Clause */
#include "bench/nvme/result.h"

#include <jansson.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/record.h"

/* Whether text came before the JSON: fio writes its notes into the same file. */
static const char *begin_of_json(const char *data)
{
    if (*data == '{')
        return data;
    const char *at = strstr(data, "\n{");
    return at ? at + 1 : NULL;
}

/* The side of a job that moved something. */
static const json_t *side_of(const json_t *job)
{
    const json_t *read = json_object_get(job, "read");
    return nh_json_number(read, "total_ios", 0) > 0 ? read : json_object_get(job, "write");
}

static int by_time(const void *left, const void *right)
{
    const struct nh_bin *a = left, *b = right;
    return (a->ns > b->ns) - (a->ns < b->ns);
}

static void join_equal(struct nh_fio_result *r)
{
    size_t n = 0;
    if (!r->bin_count)
        return;
    qsort(r->bins, r->bin_count, sizeof *r->bins, by_time);
    for (size_t i = 0; i < r->bin_count; i++)
        if (n && r->bins[n - 1].ns >= r->bins[i].ns)
            r->bins[n - 1].count += r->bins[i].count;
        else
            r->bins[n++] = r->bins[i];
    r->bin_count = n;
}

static int add_bins(struct nh_fio_result *r, json_t *bins, struct nh_error *err)
{
    const char *key;
    json_t *value;
    size_t more = json_object_size(bins);
    struct nh_bin *grown = more ? realloc(r->bins, (r->bin_count + more) * sizeof *grown) : NULL;
    if (!more)
        return NH_OK;
    if (!grown)
        return nh_fail(err, NH_EFAIL, "out of memory");
    r->bins = grown;
    json_object_foreach(bins, key, value)
    {
        char *end;
        double ns = strtod(key, &end), count = json_number_value(value);
        if (end != key && !*end && isfinite(ns) && ns >= 0 && count > 0)
            r->bins[r->bin_count++] = (struct nh_bin){ns, count};
    }
    join_equal(r); /* keeps the list short: threads have the same bins */
    return NH_OK;
}

/* Threads of a section come one after the other, under its name. */
static struct nh_fio_part *part_of(struct nh_fio_result *r, const char *name)
{
    struct nh_fio_part *last = r->part_count ? &r->parts[r->part_count - 1] : NULL;
    if (last && strncmp(last->name, name, sizeof last->name - 1) == 0)
        return last;
    if (r->part_count == NH_FIO_PARTS)
        return NULL;
    last = &r->parts[r->part_count++];
    *last = (struct nh_fio_part){.first_done_s = INFINITY};
    snprintf(last->name, sizeof last->name, "%.31s", name);
    return last;
}

static void add_to_part(struct nh_fio_part *part, double bytes, double run_s)
{
    if (!part)
        return;
    part->bytes += bytes;
    part->first_done_s = fmin(part->first_done_s, run_s);
    part->last_done_s = fmax(part->last_done_s, run_s);
}

static int add_thread(struct nh_fio_result *r, const json_t *job, struct nh_error *err)
{
    const json_t *side = side_of(job), *latency = json_object_get(side, "clat_ns");
    int error = (int)nh_json_number(job, "error", 0);
    double run_s = nh_json_number(side, "runtime", 0) / 1000;
    double bytes = nh_json_number(side, "io_bytes", 0), ops = nh_json_number(side, "total_ios", 0);
    if (error)
        return nh_fail(err, NH_EFAIL, "fio job '%.40s': %s (error %d)",
                       nh_json_text(job, "jobname", "?"), strerror(error), error);
    if (!(run_s > 0 && bytes > 0 && ops > 0)) /* a thread that got no turn */
        return NH_OK;
    r->mean_ns = (r->mean_ns * r->operations + nh_json_number(latency, "mean", 0) * ops) /
                 (r->operations + ops);
    r->bytes += bytes;
    r->operations += ops;
    r->min_ns = fmin(r->min_ns, nh_json_number(latency, "min", INFINITY));
    r->max_ns = fmax(r->max_ns, nh_json_number(latency, "max", 0));
    r->first_done_s = fmin(r->first_done_s, run_s);
    r->last_done_s = fmax(r->last_done_s, run_s);
    r->user_s += run_s * nh_json_number(job, "usr_cpu", 0) / 100;
    r->system_s += run_s * nh_json_number(job, "sys_cpu", 0) / 100;
    add_to_part(part_of(r, nh_json_text(job, "jobname", "?")), bytes, run_s);
    return add_bins(r, json_object_get(latency, "bins"), err);
}

static int read_jobs(const json_t *jobs, struct nh_fio_result *r, struct nh_error *err)
{
    int rc = json_array_size(jobs) ? NH_OK : nh_fail(err, NH_EFAIL, "has no jobs");
    for (size_t i = 0; !rc && i < json_array_size(jobs); i++)
        rc = add_thread(r, json_array_get(jobs, i), err);
    if (!rc && !(r->bytes > 0))
        rc = nh_fail(err, NH_EFAIL, "nothing was read or written");
    return rc;
}

int nh_fio_result_read(const char *name, const char *data, size_t len, struct nh_fio_result *r,
                       struct nh_error *err)
{
    json_error_t why;
    const char *begin = begin_of_json(data);
    *r = (struct nh_fio_result){.min_ns = INFINITY, .first_done_s = INFINITY};
    json_t *root = begin ? json_loadb(begin, len - (size_t)(begin - data), 0, &why) : NULL;
    if (!root)
        return nh_fail(err, NH_EFAIL, "%s: %s; fio was ended before it could write all of it", name,
                       begin ? "the JSON is cut" : "no JSON");
    int rc = read_jobs(json_object_get(root, "jobs"), r, err);
    json_decref(root);
    if (rc) {
        nh_fio_result_clear(r);
        return nh_context(err, "%s", name);
    }
    return NH_OK;
}

void nh_fio_result_clear(struct nh_fio_result *r)
{
    free(r->bins);
    r->bins = NULL;
    r->bin_count = 0;
}

double nh_fio_bandwidth(const struct nh_fio_result *r)
{
    return r->bytes / r->last_done_s;
}

double nh_fio_percentile(const struct nh_fio_result *r, double p)
{
    double total = 0, seen = 0;
    for (size_t i = 0; i < r->bin_count; i++)
        total += r->bins[i].count;
    if (!(total * (1 - p) >= 10))
        return NAN;
    for (size_t i = 0; i < r->bin_count; i++) {
        seen += r->bins[i].count;
        if (seen >= ceil(p * total))
            return r->bins[i].ns;
    }
    return NAN;
}

/* ---- log of rates ---- */

struct window {
    double kib_per_s;
    long entries;
};

enum { MOST_WINDOWS = 1000000 };

/* The window and the rate of a line, "TIME_MS, KIB_PER_S, ..."; false for a line that is none. */
static bool next_entry(const char **at, long window_ms, size_t *index, double *kib)
{
    char *comma, *end;
    long ms = strtol(*at, &comma, 10);
    if (comma == *at || *comma != ',' || ms < 0 || ms / window_ms >= MOST_WINDOWS)
        return false;
    *kib = strtod(comma + 1, &end);
    if (end == comma + 1 || *end != ',' || !isfinite(*kib) || *kib < 0)
        return false;
    *index = (size_t)((ms + window_ms / 2) / window_ms);
    *at = end + strcspn(end, "\n");
    *at += **at == '\n';
    return true;
}

static int last_window(const char *name, const char *data, long window_ms, size_t *last,
                       struct nh_error *err)
{
    size_t index;
    double kib;
    long line = 1;
    *last = 0;
    for (const char *at = data; *at; line++) {
        if (!next_entry(&at, window_ms, &index, &kib))
            return nh_fail(err, NH_EFAIL, "%s:%ld: is no entry of a log of rates", name, line);
        *last = index > *last ? index : *last;
    }
    return NH_OK;
}

/* A thread that logged nothing moved nothing. More entries than threads: some fell into the
 * window of their neighbours by a few milliseconds; their mean counts. */
static double rate_of(const struct window *w, long threads)
{
    double scale = w->entries > threads ? (double)threads / (double)w->entries : 1;
    return w->kib_per_s * 1024 * scale;
}

int nh_fio_rates(const char *name, const char *data, long window_ms, long threads, double **rates,
                 size_t *count, struct nh_error *err)
{
    size_t last, index;
    double kib;
    *rates = NULL;
    *count = 0;
    int rc = last_window(name, data, window_ms, &last, err);
    if (rc || last < 3)
        return rc;
    struct window *windows = calloc(last + 1, sizeof *windows);
    *rates = malloc(last * sizeof **rates);
    if (!windows || !*rates) {
        free(windows);
        free(*rates);
        *rates = NULL;
        return nh_fail(err, NH_EFAIL, "out of memory");
    }
    for (const char *at = data; *at && next_entry(&at, window_ms, &index, &kib);) {
        windows[index].kib_per_s += kib;
        windows[index].entries++;
    }
    for (size_t i = 2; i < last; i++) /* entry 1 is of the first window */
        (*rates)[(*count)++] = rate_of(&windows[i], threads);
    free(windows);
    return NH_OK;
}
