/* SPDX-License-Identifier: BSD-3-Clause */
#include "analysis/import/log_records.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "analysis/import/log_own.h"
#include "common/fields.h"
#include "common/journal.h"

/* ---- Names ---- */

static bool is_rate(enum nh_pattern p)
{
    return p == NH_PATTERN_RATE || p == NH_PATTERN_RATE_TWO || p == NH_PATTERN_RATE_ALL;
}

/* Collectives of GPUs stand apart from those of MPI; what no table knows keeps its own name. */
static void name_kernel(const struct nh_log_series *s, char *buf, size_t size)
{
    if (s->op->pattern == NH_PATTERN_STORAGE)
        snprintf(buf, size, "fio");
    else if (s->op == &nh_operation_unknown)
        snprintf(buf, size, "%s", s->program);
    else if (s->op->one_sided)
        snprintf(buf, size, "rma");
    else if (s->op->pattern == NH_PATTERN_RATE_TWO)
        snprintf(buf, size, "bandwidth");
    else
        snprintf(buf, size, "%s%s", s->total_size ? "nccl_" : "", s->op->kernel);
}

static const char *metric_of(const struct nh_log_series *s)
{
    if (s->op->pattern == NH_PATTERN_LATENCY)
        return "one_way_latency";
    if (s->op->pattern == NH_PATTERN_STORAGE)
        return "completion_latency";
    return is_rate(s->op->pattern) ? "time_per_message" : "time_per_operation";
}

/* ---- Values ---- */

static void put(json_t *o, const char *key, double value)
{
    if (isfinite(value))
        json_object_set_new(o, key, json_real(value));
}

static void put_text(json_t *o, const char *key, const char *text)
{
    json_t *value = *text ? json_string(text) : NULL; /* foreign bytes may be no UTF-8 */
    if (value)
        json_object_set_new(o, key, value);
}

/* A barrier has no size, and stands at zero bytes. */
static json_t *size_json(const struct nh_log_series *s, const struct nh_log_row *row)
{
    double size = isnan(row->bytes) && s->op->pattern != NH_PATTERN_STORAGE ? 0 : row->bytes;
    if (!(size >= 0 && size < 9e15))
        return json_null();
    return size == floor(size) ? json_integer((json_int_t)size) : json_real(size);
}

static json_t *params_of(const struct nh_log_series *s, const struct nh_log_row *row)
{
    json_t *o = json_object();
    json_object_set_new(o, "size_bytes", size_json(s, row));
    if (s->op->pattern == NH_PATTERN_RATE)
        put_text(o, "direction", "one");
    if (s->op->pattern == NH_PATTERN_RATE_TWO)
        put_text(o, "direction", "two");
    if (s->pairs > 0)
        json_object_set_new(o, "pairs", json_integer(s->pairs));
    put_text(o, "op", s->op->one_sided ? s->op->one_sided : "");
    put_text(o, "epoch", s->epoch);
    put_text(o, "variant", s->variant);
    put_text(o, "origin", s->origin);
    return o;
}

/* ns for one operation; a rate is turned into the time of one message. */
static double central_of(const struct nh_log_series *s, const struct nh_log_row *row)
{
    if (!is_rate(s->op->pattern) || isfinite(row->value[NH_LOG_TIME]))
        return row->value[NH_LOG_TIME];
    return row->value[NH_LOG_RATE] > 0 ? row->bytes / row->value[NH_LOG_RATE] * 1e9 : NAN;
}

static json_t *derived_of(const struct nh_log_series *s, const struct nh_log_row *row)
{
    json_t *o = json_object();
    double rate = row->value[NH_LOG_RATE], time = row->value[NH_LOG_TIME];
    if (isnan(rate) && s->op->pattern == NH_PATTERN_LATENCY && time > 0 && row->bytes > 0)
        rate = row->bytes / time * 1e9;
    put(o, "bandwidth_bytes_per_s", rate);
    put(o, "bus_bandwidth_bytes_per_s", row->value[NH_LOG_BUS_RATE]);
    put(o, "message_rate_per_s", row->value[NH_LOG_MESSAGES]);
    return o;
}

/* Extremes and percentiles mean other things in other suites, so they stay beside the
 * statistics that nodehour makes. */
static json_t *printed_of(const struct nh_log_row *row)
{
    static const struct {
        enum nh_log_value value;
        const char *key;
    } keys[] = {{NH_LOG_MIN, "min_ns"},   {NH_LOG_MAX, "max_ns"},         {NH_LOG_P50, "p50_ns"},
                {NH_LOG_P90, "p90_ns"},   {NH_LOG_P95, "p95_ns"},         {NH_LOG_P99, "p99_ns"},
                {NH_LOG_P999, "p999_ns"}, {NH_LOG_REPEATS, "operations"}, {NH_LOG_WRONG, "wrong"}};
    json_t *o = json_object();
    for (size_t i = 0; i < sizeof keys / sizeof *keys; i++)
        put(o, keys[i].key, row->value[keys[i].value]);
    if (json_object_size(o) > 0)
        return o;
    json_decref(o);
    return NULL;
}

/* Half a unit of the last digit printed: without it a rounded figure looks contradictory. */
static const struct {
    enum nh_log_value value;
    const char *key;
} rounded[] = {{NH_LOG_TIME, "time_ns"},
               {NH_LOG_MIN, "min_ns"},
               {NH_LOG_RATE, "bandwidth_bytes_per_s"},
               {NH_LOG_BUS_RATE, "bus_bandwidth_bytes_per_s"}};

static json_t *rounding_of(const struct nh_log_row *row)
{
    json_t *o = json_object();
    for (size_t i = 0; i < sizeof rounded / sizeof *rounded; i++)
        if (row->step[rounded[i].value] > 0)
            put(o, rounded[i].key, row->step[rounded[i].value]);
    return o;
}

static json_t *imported_of(const struct nh_log *log, const struct nh_log_series *s,
                           const struct nh_log_row *row)
{
    json_t *o = json_object();
    put_text(o, "format", log->format);
    put_text(o, "file", log->path);
    json_object_set_new(o, "line", json_integer(row->line));
    if (row->item >= 0)
        json_object_set_new(o, "item", json_integer(row->item));
    put_text(o, "statistic", s->statistic);
    json_object_set_new(o, "rounding", rounding_of(row));
    return o;
}

static char *program_of(const struct nh_log_series *s)
{
    char text[80];
    snprintf(text, sizeof text, "%s%s%s", s->program, *s->version ? " " : "", s->version);
    return strdup(text);
}

static void fill(const struct nh_log *log, const struct nh_log_series *s,
                 const struct nh_log_row *row, struct nh_record *r)
{
    char kernel[64];
    name_kernel(s, kernel, sizeof kernel);
    r->kernel = strdup(kernel);
    r->program = program_of(s);
    r->metric = strdup(metric_of(s));
    r->timing = strdup(s->over_ranks ? "mean_over_ranks" : "unknown");
    r->sync = strdup("unknown");
    r->verify = strdup(row->value[NH_LOG_WRONG] > 0 ? "failed" : "unknown");
    r->stop_rule = strdup("unknown");
    r->machine = *s->machine ? strdup(s->machine) : NULL;
    r->nodes = s->nodes;
    r->ranks = s->ranks;
    r->params = params_of(s, row);
    r->derived = derived_of(s, row);
    r->detail = printed_of(row);
    r->imported = imported_of(log, s, row);
    r->clock = json_object();
    r->placement = json_array();
    r->transport = json_pack("{s:s, s:s}", "verdict", "unknown", "evidence",
                             "imported: no counters were read");
    r->system = json_object();
    r->env = json_object();
    r->command = json_array();
}

/* No samples: every statistic but the mean is unknown. */
static void fill_stats(const struct nh_log_series *s, const struct nh_log_row *row,
                       struct nh_record *r)
{
    r->precision_target = r->elapsed_s = NAN;
    r->ops_per_sample = 0;
    r->first_op_ns = -1;
    r->stats = (struct nh_summary){.median = NAN,
                                   .ci = {NAN, NAN, NAN},
                                   .min = NAN,
                                   .max = NAN,
                                   .mean = central_of(s, row),
                                   .mad = NAN,
                                   .p90 = NAN,
                                   .p95 = NAN,
                                   .p99 = NAN,
                                   .rho1 = NAN,
                                   .n_eff = NAN,
                                   .runs_z = NAN,
                                   .trend_z = NAN,
                                   .drift = NAN};
}

static int add_record(const struct nh_log *log, const struct nh_log_series *s,
                      const struct nh_log_row *row, struct nh_records *records,
                      struct nh_error *err)
{
    struct nh_record *grown = nh_grow(records->items, records->count, sizeof *grown);
    if (!grown)
        return nh_fail(err, NH_EFAIL, "out of memory");
    records->items = grown;
    struct nh_record *r = &records->items[records->count++];
    nh_record_init(r);
    fill(log, s, row, r);
    fill_stats(s, row, r);
    if (r->kernel && r->program && r->metric && r->timing && r->sync && r->verify && r->stop_rule)
        return NH_OK;
    return nh_fail(err, NH_EFAIL, "out of memory");
}

int nh_log_to_records(const struct nh_log *log, struct nh_records *records, struct nh_error *err)
{
    int rc = NH_OK;
    for (size_t i = 0; !rc && i < log->series_count; i++)
        for (size_t k = 0; !rc && k < log->series[i].row_count; k++)
            rc = add_record(log, &log->series[i], &log->series[i].rows[k], records, err);
    return rc;
}

/* ---- Files ---- */

int nh_log_read(const char *path, nh_log_parse_fn parse, bool skip_damaged, struct nh_log *log,
                struct nh_error *err)
{
    char *data;
    size_t len;
    nh_log_init(log, path, "");
    int rc = nh_file_read(path, &data, &len, err);
    if (rc)
        return rc;
    rc = parse(path, data, len, skip_damaged, log, err);
    free(data);
    if (rc)
        nh_log_clear(log);
    return rc;
}

int nh_log_import(const char *name, const char *data, size_t len, nh_log_parse_fn parse,
                  bool skip_damaged, struct nh_dataset *set, struct nh_error *err)
{
    struct nh_log log;
    int rc = parse(name, data, len, skip_damaged, &log, err);
    if (rc) {
        nh_log_clear(&log);
        return rc;
    }
    rc = nh_log_to_records(&log, &set->records, err);
    if (log.damaged)
        nh_dataset_warn(set, "%zu damaged line%s skipped; the first: %s", log.damaged,
                        log.damaged == 1 ? " was" : "s were", log.damage);
    nh_log_clear(&log);
    return rc;
}

/* ---- Records as a log ---- */

/* One-sided operations: many before each flush, by the window, or by what another suite means. */
static bool in_a_window(const struct nh_record *r)
{
    return nh_json_number(r->params, "window", 1) > 1 || strcmp(r->metric, "time_per_message") == 0;
}

static const struct nh_operation *operation_of(const struct nh_record *r, bool *nccl)
{
    const char *kernel = r->kernel;
    *nccl = strncmp(kernel, "nccl_", 5) == 0;
    bool rate = strcmp(kernel, "rate") == 0;
    bool both = strcmp(nh_json_text(r->params, "direction", "one"), "two") == 0;
    if (strcmp(kernel, "fio") == 0)
        return &nh_operation_storage;
    if (strcmp(kernel, "rma") == 0)
        return nh_operation_one_sided(nh_json_text(r->params, "op", "put"),
                                      both             ? NH_PATTERN_RATE_TWO
                                      : in_a_window(r) ? NH_PATTERN_RATE
                                                       : NH_PATTERN_ONE_SIDED);
    if (rate || strcmp(kernel, "bandwidth") == 0)
        return nh_operation_by_kernel(both   ? "bandwidth_two_way"
                                      : rate ? "message_rate"
                                             : "bandwidth");
    return nh_operation_by_kernel(*nccl ? kernel + 5 : kernel);
}

static void describe_record(const struct nh_record *r, long line, struct nh_log_series *s)
{
    bool nccl;
    s->op = operation_of(r, &nccl);
    s->line = line;
    s->total_size = nccl;
    s->nodes = r->nodes;
    s->ranks = r->ranks;
    s->pairs = (long)nh_json_number(r->params, "pairs", 0);
    s->over_ranks = strcmp(r->timing, "mean_over_ranks") == 0;
    s->statistic = r->imported ? "mean" : "median";
    snprintf(s->program, sizeof s->program, "%.47s", r->imported ? r->program : r->kernel);
    snprintf(s->machine, sizeof s->machine, "%.31s", r->machine ? r->machine : "");
    snprintf(s->variant, sizeof s->variant, "%.63s", nh_json_text(r->params, "variant", ""));
    snprintf(s->origin, sizeof s->origin, "%.63s",
             nh_json_text(r->params, "origin", nh_json_text(r->system, "mpi_library", "")));
    snprintf(s->epoch, sizeof s->epoch, "%.15s", nh_json_text(r->params, "epoch", ""));
    nh_log_own_series(r, s);
}

static void fill_from(const struct nh_record *r, struct nh_log_row *row)
{
    static const struct {
        const char *key;
        enum nh_log_value value;
    } printed[] = {{"min_ns", NH_LOG_MIN},  {"max_ns", NH_LOG_MAX},        {"p90_ns", NH_LOG_P90},
                   {"p95_ns", NH_LOG_P95},  {"p99_ns", NH_LOG_P99},        {"p999_ns", NH_LOG_P999},
                   {"wrong", NH_LOG_WRONG}, {"operations", NH_LOG_REPEATS}};
    row->bytes = nh_json_number(r->params, "size_bytes", NAN);
    row->value[NH_LOG_TIME] = nh_record_central(r);
    row->value[NH_LOG_RATE] = nh_json_number(r->derived, "bandwidth_bytes_per_s", NAN);
    row->value[NH_LOG_BUS_RATE] = nh_json_number(r->derived, "bus_bandwidth_bytes_per_s", NAN);
    row->value[NH_LOG_MESSAGES] = nh_json_number(r->derived, "message_rate_per_s", NAN);
    for (size_t i = 0; i < sizeof printed / sizeof *printed; i++)
        row->value[printed[i].value] = nh_json_number(r->detail, printed[i].key, NAN);
    const json_t *rounding = json_object_get(r->imported, "rounding");
    for (size_t i = 0; i < sizeof rounded / sizeof *rounded; i++)
        row->step[rounded[i].value] = nh_json_number(rounding, rounded[i].key, 0);
    nh_log_own_limits(r, row);
}

static bool joins(const struct nh_log_series *a, const struct nh_log_series *b)
{
    return a->op == b->op && a->nodes == b->nodes && a->ranks == b->ranks && a->pairs == b->pairs &&
           strcmp(a->program, b->program) == 0 && strcmp(a->machine, b->machine) == 0 &&
           strcmp(a->variant, b->variant) == 0 && strcmp(a->origin, b->origin) == 0 &&
           strcmp(a->epoch, b->epoch) == 0 && strcmp(a->transport, b->transport) == 0 &&
           strcmp(a->missed, b->missed) == 0 && a->pipelined == b->pipelined;
}

/* Records of one launch come together, in the order of sizes: the last series is tried only. */
static struct nh_log_series *series_for(struct nh_log *log, const struct nh_log_series *wanted,
                                        struct nh_error *err)
{
    if (log->series_count > 0 && joins(&log->series[log->series_count - 1], wanted))
        return &log->series[log->series_count - 1];
    struct nh_log_series *s = nh_log_add_series(log, wanted->line, err);
    if (s)
        *s = *wanted;
    return s;
}

static int add_row(struct nh_log *log, const struct nh_record *r, long line, struct nh_error *err)
{
    struct nh_log_series wanted = {0};
    struct nh_log_row figure;
    describe_record(r, line, &wanted);
    nh_log_row_init(&figure, line);
    if (nh_log_is_matrix(r))
        nh_log_own_matrix(r, &wanted, &figure);
    else
        fill_from(r, &figure);
    struct nh_log_series *s = series_for(log, &wanted, err);
    struct nh_log_row *row = s ? nh_log_add_row(s, line, err) : NULL;
    if (!row)
        return NH_EFAIL;
    *row = figure;
    return NH_OK;
}

int nh_log_from_records(const char *path, const struct nh_records *records, struct nh_log *log,
                        struct nh_error *err)
{
    nh_log_init(log, path, "records");
    for (size_t i = 0; i < records->count; i++)
        if (add_row(log, &records->items[i], (long)i + 1, err))
            return NH_EFAIL;
    return nh_log_tidy(log, err);
}
