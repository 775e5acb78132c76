/* SPDX-License-Identifier: BSD-3-Clause */
#include <limits.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "common/fields.h"
#include "common/line_blocks.h"
#include "common/record.h"
#include "common/record_fold.h"
#include "common/samples.h"

static int check_format(const json_t *o, struct nh_error *err)
{
    const char *format;
    int64_t version;
    int rc = nh_field_text(o, "format", &format, err);
    if (!rc && strcmp(format, NH_RECORD_FORMAT) != 0)
        rc = nh_fail(err, NH_EINPUT, "field 'format': is '%.40s'; it must be '%s'", format,
                     NH_RECORD_FORMAT);
    if (!rc)
        rc = nh_field_int(o, "version", 1, INT64_MAX, &version, err);
    if (!rc && version != NH_RECORD_VERSION)
        rc = nh_fail(err, NH_EINPUT,
                     "field 'version': %lld is not known to this nodehour, which reads %d; "
                     "use a newer one",
                     (long long)version, NH_RECORD_VERSION);
    return rc;
}

/* Number fields of the summary, by name. */
static int read_stats_numbers(const json_t *o, bool imported, struct nh_summary *s, double *level,
                              struct nh_error *err)
{
    const struct {
        const char *name;
        double *at;
        int optional;
    } numbers[] = {{"median", &s->median, 0},
                   {"ci_low", &s->ci.lo, 1},
                   {"ci_high", &s->ci.hi, 1},
                   {"ci_level", level, 0},
                   {"ci_coverage", &s->ci.coverage, 1},
                   {"min", &s->min, 0},
                   {"max", &s->max, 0},
                   {"mean", &s->mean, 0},
                   {"mad", &s->mad, 0},
                   {"p90", &s->p90, 1},
                   {"p95", &s->p95, 1},
                   {"p99", &s->p99, 1},
                   {"autocorrelation_lag1", &s->rho1, 1},
                   {"effective_samples", &s->n_eff, 1},
                   {"runs_z", &s->runs_z, 1},
                   {"trend_z", &s->trend_z, 1},
                   {"drift", &s->drift, 1}};
    int rc = NH_OK;
    for (size_t i = 0; !rc && i < sizeof numbers / sizeof *numbers; i++)
        rc = nh_field_number(o, numbers[i].name, numbers[i].optional || imported, numbers[i].at,
                             err);
    if (!rc && (imported ? s->mean < 0 : !(s->median >= 0)))
        rc = nh_fail(err, NH_EINPUT, "field '%s': is negative; a time cannot be",
                     imported ? "mean" : "median");
    return rc;
}

static int read_modes(const json_t *o, struct nh_summary *s, struct nh_error *err)
{
    const json_t *modes = json_object_get(o, "modes");
    s->bimodal = json_is_object(modes);
    if (!s->bimodal)
        return NH_OK;
    int rc = nh_field_number(modes, "low", 0, &s->modes.low, err);
    if (!rc)
        rc = nh_field_number(modes, "high", 0, &s->modes.high, err);
    return rc ? rc : nh_field_number(modes, "low_share", 0, &s->modes.low_share, err);
}

/* What only a series of samples has may be null where another suite's figure was imported. */
static bool is_unknown(const struct nh_record *r, const json_t *o, const char *key)
{
    return r->imported && json_is_null(json_object_get(o, key));
}

static int read_flag(const struct nh_record *r, const json_t *o, const char *key, int *out,
                     struct nh_error *err)
{
    return is_unknown(r, o, key) ? NH_OK : nh_field_bool(o, key, out, err);
}

static int read_stats(const json_t *record, struct nh_record *r, struct nh_error *err)
{
    json_t *o;
    struct nh_summary *s = &r->stats;
    int64_t n = 0, warmup = 0, outliers = 0;
    int steady = 0, autocorrelated = 0, trending = 0;
    int rc = nh_field_value(record, "stats", JSON_OBJECT, &o, err);
    if (!rc)
        rc = nh_field_int(o, "samples", r->imported ? 0 : 1, INT64_MAX, &n, err);
    if (!rc)
        rc = nh_field_int(o, "warmup_samples", 0, INT64_MAX, &warmup, err);
    if (!rc && !is_unknown(r, o, "outliers"))
        rc = nh_field_int(o, "outliers", 0, INT64_MAX, &outliers, err);
    if (!rc)
        rc = read_flag(r, o, "steady", &steady, err);
    if (!rc)
        rc = read_flag(r, o, "autocorrelated", &autocorrelated, err);
    if (!rc)
        rc = read_flag(r, o, "trending", &trending, err);
    if (!rc)
        rc = read_stats_numbers(o, r->imported != NULL, s, &r->level, err);
    if (!rc)
        rc = read_modes(o, s, err);
    s->n = (size_t)n;
    s->warmup = (size_t)warmup;
    s->outliers = (size_t)outliers;
    s->steady = steady;
    s->autocorrelated = autocorrelated;
    s->trending = trending;
    return rc;
}

static int read_texts(const json_t *o, struct nh_record *r, struct nh_error *err)
{
    const struct {
        const char *key;
        char **at;
        int optional;
    } texts[] = {{"time", &r->time, r->imported != NULL},
                 {"program", &r->program, 0},
                 {"run", &r->run, 1},
                 {"job", &r->job, 1},
                 {"kernel", &r->kernel, 0},
                 {"metric", &r->metric, 0},
                 {"timing", &r->timing, 0},
                 {"sync", &r->sync, 0},
                 {"verify", &r->verify, 0},
                 {"machine", &r->machine, 1}};
    int rc = NH_OK;
    for (size_t i = 0; !rc && i < sizeof texts / sizeof *texts; i++)
        rc = texts[i].optional ? nh_field_copy_or_null(o, texts[i].key, texts[i].at, err)
                               : nh_field_copy(o, texts[i].key, texts[i].at, err);
    return rc;
}

static int read_values(const json_t *o, struct nh_record *r, struct nh_error *err)
{
    const struct {
        const char *key;
        json_type type;
        json_t **at;
    } values[] = {{"params", JSON_OBJECT, &r->params},
                  {"derived", JSON_OBJECT, &r->derived},
                  {"clock", JSON_OBJECT, &r->clock},
                  {"placement", JSON_ARRAY, &r->placement},
                  {"transport", JSON_OBJECT, &r->transport},
                  {"system", JSON_OBJECT, &r->system},
                  {"env", JSON_OBJECT, &r->env},
                  {"command", JSON_ARRAY, &r->command}};
    int rc = NH_OK;
    for (size_t i = 0; !rc && i < sizeof values / sizeof *values; i++) {
        rc = nh_field_value(o, values[i].key, values[i].type, values[i].at, err);
        if (rc)
            *values[i].at = NULL;
        else
            json_incref(*values[i].at);
    }
    const struct {
        const char *key;
        json_t **at;
    } optional[] = {{"detail", &r->detail},
                    {"times", &r->times},
                    {"limits", &r->limits},
                    {"imported", &r->imported}};
    for (size_t i = 0; !rc && i < sizeof optional / sizeof *optional; i++) {
        json_t *value = json_object_get(o, optional[i].key);
        if (json_is_object(value))
            *optional[i].at = json_incref(value);
    }
    return rc;
}

/* A program of others is not asked for its first operation, nor for a precision. */
static bool is_application(const struct nh_record *r)
{
    return strcmp(r->kernel, "application") == 0;
}

static int read_numbers(const json_t *o, struct nh_record *r, struct nh_error *err)
{
    int64_t nodes = 0, ranks = 0, ops = 0, launch = -1;
    json_t *stop;
    const struct {
        const char *key;
        int64_t *at, least;
    } integers[] = {{"nodes", &nodes, 1},
                    {"ranks", &ranks, 1},
                    {"ops_per_sample", &ops, 1},
                    {"first_op_ns", &r->first_op_ns, 0}};
    int rc = NH_OK;
    r->first_op_ns = -1;
    for (size_t i = 0; !rc && i < sizeof integers / sizeof *integers; i++)
        if (!is_unknown(r, o, integers[i].key) &&
            !(is_application(r) && json_is_null(json_object_get(o, integers[i].key))))
            rc =
                nh_field_int(o, integers[i].key, integers[i].least, INT64_MAX, integers[i].at, err);
    if (!rc && !json_is_null(json_object_get(o, "launch")))
        rc = nh_field_int(o, "launch", 0, LONG_MAX, &launch, err);
    if (!rc)
        rc = nh_field_value(o, "stop", JSON_OBJECT, &stop, err);
    if (!rc)
        rc = nh_field_copy(stop, "rule", &r->stop_rule, err);
    if (!rc)
        rc = nh_field_number(stop, "precision_target", r->imported || is_application(r),
                             &r->precision_target, err);
    if (!rc)
        rc = nh_field_number(stop, "elapsed_s", r->imported != NULL, &r->elapsed_s, err);
    r->nodes = (long)nodes;
    r->ranks = (long)ranks;
    r->ops_per_sample = (size_t)ops;
    r->launch = (long)launch;
    return rc;
}

static int read_object(const json_t *o, struct nh_record *r, struct nh_error *err)
{
    int rc = check_format(o, err);
    if (!rc)
        rc = read_values(o, r, err); /* first: `imported` decides what may be missing */
    if (!rc)
        rc = read_texts(o, r, err);
    if (!rc)
        rc = read_numbers(o, r, err);
    return rc ? rc : read_stats(o, r, err);
}

int nh_record_parse(const char *line, size_t len, struct nh_record *r, struct nh_error *err)
{
    json_t *o = NULL;
    nh_record_init(r);
    int rc = nh_samples_parse(line, len, &o, &r->samples_ns, &r->sample_count, err);
    if (!rc)
        rc = read_object(o, r, err);
    json_decref(o);
    if (rc)
        nh_record_clear(r);
    return rc;
}

/* Launches on the same nodes have the same rows, one a rank: thousands of objects, which are
 * kept once. Launches are shuffled, so the others with these rows are some records back. */
static void share_placement(const struct nh_records *set, struct nh_record *r)
{
    enum { LOOK_BACK = 64, WORTH_IT = 16 };
    size_t rows = json_array_size(r->placement);
    for (size_t i = 1; rows >= WORTH_IT && i <= set->count && i <= LOOK_BACK; i++) {
        json_t *other = set->items[set->count - i].placement;
        if (json_array_size(other) != rows || !json_equal(other, r->placement))
            continue;
        json_decref(r->placement);
        r->placement = json_incref(other);
        return;
    }
}

static int push_record(struct nh_records *set, const struct nh_record *r, struct nh_error *err)
{
    if ((set->count & (set->count - 1)) == 0) { /* room doubles at powers of two */
        size_t room = set->count ? 2 * set->count : 1;
        struct nh_record *grown = realloc(set->items, room * sizeof *grown);
        if (!grown)
            return nh_fail(err, NH_EFAIL, "out of memory");
        set->items = grown;
    }
    set->items[set->count++] = *r;
    return NH_OK;
}

static void note_damage(struct nh_records *set, const struct nh_error *why)
{
    if (set->damaged++ == 0)
        memcpy(set->damage, why->text, sizeof set->damage);
}

static int read_line(const char *path, size_t number, const char *line, size_t len,
                     bool skip_damaged, struct nh_records *set, struct nh_error *err)
{
    struct nh_record r;
    struct nh_error why = {0};
    int rc = nh_record_parse(line, len, &r, &why);
    if (!rc) {
        share_placement(set, &r);
        rc = push_record(set, &r, err);
        if (rc)
            nh_record_clear(&r);
        return rc;
    }
    nh_context(&why, "%s:%zu", path, number);
    if (skip_damaged && rc == NH_EINPUT) {
        note_damage(set, &why);
        return NH_OK;
    }
    return nh_fail(err, rc, "%s; repair the line or leave it out with --skip-damaged", why.text);
}

/* Lines from `from` to `to`, the first of them numbered `line`. */
struct part {
    const char *path, *from, *to;
    size_t line;
    bool skip_damaged;
    struct nh_folder *folder; /* NULL: every record is kept */
    struct nh_records set;
    struct nh_error err;
    int code;
};

/* Folds a record, or keeps it. */
static int take_line(struct part *p, const char *line, size_t len)
{
    if (p->folder && nh_folder_take(p->folder, line, len))
        return NH_OK;
    size_t before = p->set.count;
    int rc = read_line(p->path, p->line, line, len, p->skip_damaged, &p->set, &p->err);
    if (!rc && p->folder && p->set.count > before)
        rc = nh_folder_kept(p->folder, before, &p->err);
    return rc;
}

static void *read_part(void *argument)
{
    struct part *p = argument;
    for (const char *at = p->from; !p->code && at < p->to; p->line++) {
        const char *newline = memchr(at, '\n', (size_t)(p->to - at));
        const char *stop = newline ? newline : p->to;
        if (stop > at)
            p->code = take_line(p, at, (size_t)(stop - at));
        at = stop + 1;
    }
    return NULL;
}

/* Moves the records; what was counted in the earlier part stays the first. */
static int take_records(struct nh_records *set, struct nh_records *part, struct nh_error *err)
{
    int rc = NH_OK;
    size_t taken = 0;
    while (!rc && taken < part->count)
        if (!(rc = push_record(set, &part->items[taken], err)))
            taken++;
    for (size_t i = taken; i < part->count; i++)
        nh_record_clear(&part->items[i]);
    if (part->damaged && !set->damaged)
        memcpy(set->damage, part->damage, sizeof set->damage);
    set->damaged += part->damaged;
    free(part->items);
    *part = (struct nh_records){0};
    return rc;
}

static int take_part(struct part *part, struct nh_records *set, struct nh_folded_list *folded,
                     struct nh_error *err)
{
    size_t first = set->count;
    int rc = take_records(set, &part->set, err);
    return !rc && part->folder ? nh_folder_flush(part->folder, first, folded, err) : rc;
}

static size_t count_lines(const char *from, const char *to)
{
    size_t n = 0;
    while ((from = memchr(from, '\n', (size_t)(to - from)))) {
        n++;
        from++;
    }
    return n;
}

struct reading {
    const char *path;
    bool skip_damaged;
    struct nh_records *set;
    struct nh_folded_list *folded;
    struct nh_folder *folders[2]; /* one for each thread; NULL: every record is kept */
};

/* Reading JSON is most of a report's time: of a large block, a second thread reads the second
 * half. An error in the first half wins, as if the lines were read in order. */
static int read_halves(struct part *first, struct reading *reading, struct nh_error *err)
{
    static const size_t worth_a_thread = (size_t)4 << 20;
    size_t len = (size_t)(first->to - first->from);
    const char *middle =
        len < worth_a_thread ? NULL : memchr(first->from + len / 2, '\n', len - len / 2);
    struct part second = *first;
    pthread_t thread;
    bool apart = false;
    second.folder = reading->folders[1];
    if (middle) {
        first->to = second.from = middle + 1;
        second.line += count_lines(first->from, first->to);
        json_object_seed(0); /* jansson chooses its hash seed at first use: before there are two */
        apart = pthread_create(&thread, NULL, read_part, &second) == 0;
    }
    read_part(first);
    if (apart)
        pthread_join(thread, NULL);
    else if (middle)
        read_part(&second);
    const struct part *bad = first->code ? first : middle && second.code ? &second : NULL;
    int rc = take_part(first, reading->set, reading->folded, err);
    int rest = take_part(&second, reading->set, reading->folded, err);
    if (bad)
        return nh_fail(err, bad->code, "%s", bad->err.text);
    return rc ? rc : rest;
}

static int read_block(void *context, const char *from, const char *to, size_t line,
                      struct nh_error *err)
{
    struct reading *reading = context;
    struct part all = {.path = reading->path,
                       .from = from,
                       .to = to,
                       .line = line,
                       .skip_damaged = reading->skip_damaged,
                       .folder = reading->folders[0]};
    return read_halves(&all, reading, err);
}

int nh_records_parse(const char *name, const char *data, size_t len, bool skip_damaged,
                     struct nh_records *set, struct nh_error *err)
{
    struct reading reading = {.path = name, .skip_damaged = skip_damaged, .set = set};
    return read_block(&reading, data, data + len, 1, err);
}

int nh_records_read(const char *path, bool skip_damaged, struct nh_records *set,
                    struct nh_error *err)
{
    struct reading reading = {.path = path, .skip_damaged = skip_damaged, .set = set};
    return nh_line_blocks(path, read_block, &reading, err);
}

int nh_records_fold(const char *path, bool skip_damaged, struct nh_records *set,
                    struct nh_folded_list *folded, struct nh_error *err)
{
    struct reading reading = {
        .path = path, .skip_damaged = skip_damaged, .set = set, .folded = folded};
    for (int i = 0; i < 2; i++)
        reading.folders[i] = nh_folder_new();
    int rc = reading.folders[0] && reading.folders[1]
                 ? nh_line_blocks(path, read_block, &reading, err)
                 : nh_fail(err, NH_EFAIL, "out of memory");
    for (int i = 0; i < 2; i++)
        nh_folder_free(reading.folders[i]);
    return rc;
}

void nh_records_clear(struct nh_records *set)
{
    for (size_t i = 0; i < set->count; i++)
        nh_record_clear(&set->items[i]);
    free(set->items);
    *set = (struct nh_records){0};
}

double nh_json_number(const json_t *object, const char *key, double fallback)
{
    const json_t *value = json_object_get(object, key);
    return json_is_number(value) ? json_number_value(value) : fallback;
}

const char *nh_json_text(const json_t *object, const char *key, const char *fallback)
{
    const json_t *value = json_object_get(object, key);
    return json_is_string(value) ? json_string_value(value) : fallback;
}
