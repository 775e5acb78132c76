/* SPDX-License-Identifier: BSD-3-Clause */
#include "analysis/storage.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

bool nh_storage_is(const struct nh_record *r)
{
    return r->kernel && strcmp(r->kernel, "nvme") == 0 && !r->imported;
}

const char *nh_storage_name(const struct nh_storage_line *line)
{
    return nh_json_text(line->first->params, "test", "?");
}

/* Two figures of the same test on the same storage, by all that was asked for. */
static bool same(const struct nh_record *a, const struct nh_record *b)
{
    const char *const seen[] = {"block_device", "file_system"};
    bool equal = json_equal(a->params, b->params) &&
                 strcmp(a->machine ? a->machine : "", b->machine ? b->machine : "") == 0;
    for (size_t i = 0; i < sizeof seen / sizeof *seen; i++)
        equal = equal && strcmp(nh_json_text(a->system, seen[i], ""),
                                nh_json_text(b->system, seen[i], "")) == 0;
    return equal;
}

static double fact_of(const struct nh_record *r, enum nh_storage_fact fact)
{
    const json_t *latency = json_object_get(r->detail, "latency_ns");
    switch (fact) {
    case NH_STORAGE_BANDWIDTH:
        return nh_json_number(r->derived, "bandwidth_bytes_per_s", NAN);
    case NH_STORAGE_OPERATIONS:
        return nh_json_number(r->derived, "operations_per_s", NAN);
    case NH_STORAGE_P50:
        return nh_json_number(latency, "p50", NAN);
    case NH_STORAGE_P99:
        return nh_json_number(latency, "p99", NAN);
    case NH_STORAGE_P999:
        return nh_json_number(latency, "p999", NAN);
    default:
        return nh_json_number(r->limits, "ratio", NAN);
    }
}

static void add_launch(struct nh_storage_line *lines, size_t *count, const struct nh_record *r)
{
    size_t i = 0;
    while (i < *count && !same(lines[i].first, r))
        i++;
    if (i == *count)
        lines[(*count)++] = (struct nh_storage_line){.first = r};
    lines[i].launches++;
    lines[i].steady += json_is_true(json_object_get(r->detail, "steady"));
}

/* Sorted values of the launches of a line; `x` has room for all records. */
static size_t collect(const struct nh_records *records, const struct nh_storage_line *line,
                      enum nh_storage_fact fact, double *x)
{
    size_t n = 0;
    for (size_t i = 0; i < records->count; i++) {
        const struct nh_record *r = &records->items[i];
        double value = nh_storage_is(r) && same(line->first, r) ? fact_of(r, fact) : NAN;
        if (isfinite(value))
            x[n++] = value;
    }
    nh_sort(x, n);
    return n;
}

static void pool(const struct nh_records *records, struct nh_storage_line *line, double *x)
{
    struct nh_ranks ranks;
    line->bandwidth_ci = (struct nh_interval){NAN, NAN, NAN};
    for (int fact = NH_STORAGE_FACTS - 1; fact >= 0; fact--) {
        size_t n = collect(records, line, (enum nh_storage_fact)fact, x);
        line->median[fact] = n ? nh_median_sorted(x, n) : NAN;
        if (fact == NH_STORAGE_BANDWIDTH && nh_quantile_ranks(n, 0.5, 0.95, &ranks))
            line->bandwidth_ci =
                (struct nh_interval){x[ranks.lo - 1], x[ranks.hi - 1], ranks.coverage};
    }
}

int nh_storage_lines(const struct nh_records *records, struct nh_storage_line **lines,
                     size_t *count, struct nh_error *err)
{
    double *x = malloc((records->count + 1) * sizeof *x);
    *lines = malloc((records->count + 1) * sizeof **lines);
    *count = 0;
    if (!x || !*lines) {
        free(x);
        free(*lines);
        *lines = NULL;
        return nh_fail(err, NH_EFAIL, "out of memory");
    }
    for (size_t i = 0; i < records->count; i++)
        if (nh_storage_is(&records->items[i]))
            add_launch(*lines, count, &records->items[i]);
    for (size_t i = 0; i < *count; i++)
        pool(records, &(*lines)[i], x);
    free(x);
    return NH_OK;
}
