/* SPDX-License-Identifier: BSD-3-Clause */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "analysis/import/json_text.h"
#include "analysis/import/nccl.h"
#include "common/record.h"

/* Keys of a result for the two places, with those of -I. */
static const struct place {
    const char *key, *per_iteration, *words;
} places[] = {{"out_of_place", "out_of_place_per_iter", "out of place"},
              {"in_place", "in_place_per_iter", "in place"}};

struct reader {
    const struct nh_json_file *file;
    struct nh_log *log;
    char program[48];
    long ranks, nodes, repeats;
    bool skip_damaged;
    struct nh_error *err;
};

static bool recognise(const char *head, size_t len)
{
    return nh_lines_contain(head, len, "{") && memmem(head, len, "\"nccl_version\"", 14) != NULL;
}

/* argv[0] of the test, without its folder. */
static void read_program(struct reader *r, const json_t *args)
{
    for (size_t i = 0; i < json_array_size(args); i++) {
        const char *word = json_string_value(json_array_get(args, i));
        const char *slash = word ? strrchr(word, '/') : NULL;
        const char *name = slash ? slash + 1 : word;
        if (name && strstr(name, "_perf")) {
            snprintf(r->program, sizeof r->program, "%.47s", name);
            return;
        }
    }
    snprintf(r->program, sizeof r->program, "nccl-tests");
}

static bool seen_before(const json_t *devices, size_t at, const char *host)
{
    for (size_t i = 0; i < at; i++)
        if (strcmp(nh_json_text(json_array_get(devices, i), "hostname", ""), host) == 0)
            return true;
    return false;
}

static void read_devices(struct reader *r, const json_t *devices)
{
    r->ranks = (long)json_array_size(devices);
    for (size_t i = 0; i < json_array_size(devices); i++) {
        const char *host = nh_json_text(json_array_get(devices, i), "hostname", "");
        if (*host && !seen_before(devices, i, host))
            r->nodes++;
    }
}

static double positive(const json_t *o, const char *key, double unit)
{
    double value = nh_json_number(o, key, NAN);
    return value >= 0 ? value * unit : NAN;
}

static void fill_row(const struct reader *r, const json_t *result, const struct place *p,
                     struct nh_log_row *row)
{
    const json_t *o = json_object_get(result, p->key);
    const json_t *each = json_object_get(result, p->per_iteration);
    double time = positive(o, "time", 1e3),
           count = nh_json_number(result, "actual_iterations", NAN);
    row->bytes = positive(result, "size", 1);
    row->value[NH_LOG_TIME] = isnan(time) ? positive(o, "cpu_time", 1e3) : time;
    row->value[NH_LOG_RATE] = positive(o, "alg_bw", 1e9);
    row->value[NH_LOG_BUS_RATE] = positive(o, "bus_bw", 1e9);
    row->value[NH_LOG_WRONG] = positive(o, "nwrong", 1);
    row->value[NH_LOG_MIN] = positive(each, "min_us", 1e3);
    row->value[NH_LOG_MAX] = positive(each, "max_us", 1e3);
    row->value[NH_LOG_P50] = positive(each, "p50_us", 1e3);
    row->value[NH_LOG_P95] = positive(each, "p95_us", 1e3);
    row->value[NH_LOG_P99] = positive(each, "p99_us", 1e3);
    row->value[NH_LOG_REPEATS] = isnan(count) ? (double)r->repeats : count;
    /* Printed with six decimals. */
    row->step[NH_LOG_RATE] = row->step[NH_LOG_BUS_RATE] = 0.5e-6 * 1e9;
}

static struct nh_log_series *series_for(struct reader *r, const char *variant, long line)
{
    for (size_t i = 0; i < r->log->series_count; i++)
        if (strcmp(r->log->series[i].variant, variant) == 0)
            return &r->log->series[i];
    struct nh_log_series *s = nh_log_add_series(r->log, line, r->err);
    if (!s)
        return NULL;
    snprintf(s->program, sizeof s->program, "%s", r->program);
    snprintf(s->variant, sizeof s->variant, "%s", variant);
    s->op = nh_operation_by_nccl(r->program);
    s->statistic = "mean over iterations";
    s->total_size = true;
    s->ranks = r->ranks;
    s->nodes = r->nodes;
    return s;
}

static int read_place(struct reader *r, const json_t *result, size_t item, const struct place *p)
{
    char variant[64];
    long line = nh_json_line(r->file, "\"size\":", item);
    if (!json_is_object(json_object_get(result, p->key)))
        return NH_OK;
    snprintf(variant, sizeof variant, "%.16s, %.8s, %s", nh_json_text(result, "type", "?"),
             nh_json_text(result, "redop", "none"), p->words);
    struct nh_log_series *s = series_for(r, variant, line);
    struct nh_log_row *row = s ? nh_log_add_row(s, line, r->err) : NULL;
    if (!row)
        return NH_EFAIL;
    row->item = (long)item;
    fill_row(r, result, p, row);
    if (isfinite(row->bytes) && isfinite(row->value[NH_LOG_TIME]))
        return NH_OK;
    s->row_count--;
    return nh_log_damage(r->log, line, r->skip_damaged, r->err,
                         "results[%zu].%s has no size or no time", item, p->key);
}

static int read_results(struct reader *r, const json_t *results)
{
    int rc = NH_OK;
    for (size_t i = 0; !rc && i < json_array_size(results); i++)
        for (size_t p = 0; !rc && p < sizeof places / sizeof *places; p++)
            rc = read_place(r, json_array_get(results, i), i, &places[p]);
    return rc;
}

static void read_average(struct reader *r, const json_t *root)
{
    const json_t *average = json_object_get(root, "average_bus_bandwidth");
    double value = nh_json_number(average, "bandwidth", NAN);
    if (isnan(value))
        return;
    r->log->average_line = nh_json_line(r->file, "\"average_bus_bandwidth\"", 0);
    r->log->average_Bps = value * 1e9;
}

static int parse(const char *name, const char *data, size_t len, bool skip_damaged,
                 struct nh_log *log, struct nh_error *err)
{
    struct nh_json_file file;
    nh_log_init(log, name, "nccl-tests");
    int rc = nh_json_open(name, data, len, &file, err);
    if (rc)
        return rc;
    struct reader r = {.file = &file, .log = log, .skip_damaged = skip_damaged, .err = err};
    const json_t *config = json_object_get(file.root, "config");
    read_program(&r, json_object_get(file.root, "args"));
    read_devices(&r, json_object_get(config, "devices"));
    r.repeats = (long)nh_json_number(config, "iterations", 0);
    rc = read_results(&r, json_object_get(file.root, "results"));
    read_average(&r, file.root);
    json_decref(file.root);
    return rc ? rc : nh_log_tidy(log, err);
}

const struct nh_importer nh_importer_nccl_json = {
    .name = "nccl-tests JSON", .recognise = recognise, .parse = parse};
