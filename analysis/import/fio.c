/* SPDX-License-Identifier: BSD-3-Clause */
#include "analysis/import/fio.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "analysis/import/json_text.h"
#include "common/record.h"
#include "common/units.h"

enum { DEFAULT_BLOCK = 4096 };

struct reader {
    const struct nh_json_file *file;
    struct nh_log *log;
    char version[24];
    const json_t *global; /* options for all jobs, NULL without */
    size_t item;          /* index of the job */
    struct nh_error *err;
};

/* One job's one direction, or the sum over jobs that ran together. */
struct side {
    const char *direction; /* "read", "write", "trim": keys of a job */
    double bytes_per_s;
    long jobs;
    size_t parts;
    bool apart; /* some job waited for others: rates do not add up */
};

static bool recognise(const char *head, size_t len)
{
    return nh_lines_contain(head, len, "{") && memmem(head, len, "\"fio version\"", 13) != NULL;
}

static const char *option(const struct reader *r, const json_t *job, const char *key,
                          const char *fallback)
{
    const char *global = nh_json_text(r->global, key, fallback);
    return nh_json_text(json_object_get(job, "job options"), key, global);
}

static bool has_option(const struct reader *r, const json_t *job, const char *key)
{
    return json_object_get(json_object_get(job, "job options"), key) != NULL ||
           json_object_get(r->global, key) != NULL;
}

/* "/dev/nvme1n1:/dev/nvme2n1": disks; partitions, arrays and plain files tell no number. */
static long count_drives(const char *files)
{
    static const char prefix[] = "/dev/nvme";
    long n = 0;
    for (const char *p = files; *p; p += strcspn(p, ":"), p += *p == ':') {
        if (strncmp(p, prefix, sizeof prefix - 1) != 0)
            return 0;
        n++;
    }
    return n;
}

/* "128k,64k": sizes for reads and writes; "4k-64k": a range, of which nothing is known. */
static double block_size(const char *text)
{
    char first[32];
    size_t bytes;
    snprintf(first, sizeof first, "%.*s", (int)strcspn(text, ","), text);
    return nh_parse_size(first, &bytes, NULL) ? NAN : (double)bytes;
}

static void fill_percentiles(const json_t *clat, struct nh_log_row *row)
{
    static const struct {
        const char *key;
        enum nh_log_value value;
    } keys[] = {{"50.000000", NH_LOG_P50},
                {"90.000000", NH_LOG_P90},
                {"95.000000", NH_LOG_P95},
                {"99.000000", NH_LOG_P99},
                {"99.900000", NH_LOG_P999}};
    const json_t *percentiles = json_object_get(clat, "percentile");
    for (size_t i = 0; i < sizeof keys / sizeof *keys; i++) {
        double v = nh_json_number(percentiles, keys[i].key, NAN);
        row->value[keys[i].value] = v >= 0 ? v : NAN;
    }
}

/* Completion latency is in ns since 3.0, and in us before. */
static void fill_row(const json_t *o, const char *block, struct nh_log_row *row)
{
    const json_t *clat = json_object_get(o, "clat_ns");
    row->bytes = block ? block_size(block) : DEFAULT_BLOCK;
    row->value[NH_LOG_RATE] = nh_json_number(o, "bw_bytes", NAN);
    if (isnan(row->value[NH_LOG_RATE]))
        row->value[NH_LOG_RATE] = nh_json_number(o, "bw", NAN) * 1024;
    row->value[NH_LOG_MESSAGES] = nh_json_number(o, "iops", NAN);
    row->value[NH_LOG_REPEATS] = nh_json_number(o, "total_ios", NAN);
    row->value[NH_LOG_TIME] = nh_json_number(clat, "mean", NAN);
    row->value[NH_LOG_MIN] = nh_json_number(clat, "min", NAN);
    row->value[NH_LOG_MAX] = nh_json_number(clat, "max", NAN);
    fill_percentiles(clat, row);
}

static long job_count(const struct reader *r, const json_t *job)
{
    long jobs;
    return nh_parse_long("", option(r, job, "numjobs", "1"), 1, 1000000, &jobs, NULL) ? 1 : jobs;
}

static struct nh_log_series *add_side(struct reader *r, const json_t *job, const char *name,
                                      const char *direction, long jobs, long line)
{
    struct nh_log_series *s = nh_log_add_series(r->log, line, r->err);
    if (!s)
        return NULL;
    snprintf(s->program, sizeof s->program, "fio");
    snprintf(s->version, sizeof s->version, "%s", r->version);
    snprintf(s->variant, sizeof s->variant, "%.24s, %s, %ld job%s", name, direction, jobs,
             jobs == 1 ? "" : "s");
    s->op = &nh_operation_storage;
    s->statistic = "mean over all I/Os";
    s->nodes = 1;
    s->drives = count_drives(option(r, job, "filename", ""));
    s->buffered = strcmp(option(r, job, "direct", "0"), "1") != 0;
    return s;
}

static int read_side(struct reader *r, const json_t *job, struct side *side, long line)
{
    const json_t *o = json_object_get(job, side->direction);
    if (!(nh_json_number(o, "total_ios", nh_json_number(o, "io_bytes", 0)) > 0))
        return NH_OK;
    long jobs = job_count(r, job);
    struct nh_log_series *s =
        add_side(r, job, nh_json_text(job, "jobname", "job"), side->direction, jobs, line);
    struct nh_log_row *row = s ? nh_log_add_row(s, line, r->err) : NULL;
    if (!row)
        return NH_EFAIL;
    row->item = (long)r->item;
    fill_row(o, option(r, job, "bs", option(r, job, "blocksize", NULL)), row);
    for (int i = 0; i < NH_LOG_VALUES; i++)
        if (row->value[i] < 0)
            row->value[i] = NAN;
    side->bytes_per_s += row->value[NH_LOG_RATE];
    side->jobs += jobs;
    side->parts++;
    side->apart = side->apart || has_option(r, job, "stonewall");
    return NH_OK;
}

/* Jobs of one file run at the same time unless one says stonewall: what the disks did is
 * the sum. */
static int add_sum(struct reader *r, const json_t *job, const struct side *side, long line)
{
    if (side->parts < 2 || side->apart || !isfinite(side->bytes_per_s))
        return NH_OK;
    struct nh_log_series *s = add_side(r, job, "all jobs", side->direction, side->jobs, line);
    struct nh_log_row *row = s ? nh_log_add_row(s, line, r->err) : NULL;
    if (!row)
        return NH_EFAIL;
    s->drives = 0;
    row->value[NH_LOG_RATE] = side->bytes_per_s;
    return NH_OK;
}

static int read_jobs(struct reader *r, const json_t *jobs)
{
    struct side sides[] = {{.direction = "read"}, {.direction = "write"}, {.direction = "trim"}};
    enum { SIDES = sizeof sides / sizeof *sides };
    int rc = NH_OK;
    for (size_t i = 0; !rc && i < json_array_size(jobs); i++) {
        r->item = i;
        long line = nh_json_line(r->file, "\"jobname\"", i);
        for (size_t k = 0; !rc && k < SIDES; k++)
            rc = read_side(r, json_array_get(jobs, i), &sides[k], line);
    }
    for (size_t k = 0; !rc && k < SIDES; k++)
        rc = add_sum(r, json_array_get(jobs, 0), &sides[k], nh_json_line(r->file, "\"jobs\"", 0));
    return rc;
}

static int parse(const char *name, const char *data, size_t len, bool skip_damaged,
                 struct nh_log *log, struct nh_error *err)
{
    (void)skip_damaged; /* a torn JSON file is lost as a whole */
    struct nh_json_file file;
    nh_log_init(log, name, "fio");
    int rc = nh_json_open(name, data, len, &file, err);
    if (rc)
        return rc;
    struct reader r = {.file = &file, .log = log, .err = err};
    const char *version = nh_json_text(file.root, "fio version", "");
    r.global = json_object_get(file.root, "global options");
    snprintf(r.version, sizeof r.version, "%.20s",
             strncmp(version, "fio-", 4) == 0 ? version + 4 : version);
    rc = read_jobs(&r, json_object_get(file.root, "jobs"));
    json_decref(file.root);
    return rc ? rc : nh_log_tidy(log, err);
}

const struct nh_importer nh_importer_fio = {.name = "fio", .recognise = recognise, .parse = parse};
