/* SPDX-License-Identifier: BSD-3-Clause */
#include "analysis/doubts.h"

#include <math.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "analysis/import/log_records.h"
#include "common/units.h"

void nh_series_name(const struct nh_log_series *s, char *buf, size_t size)
{
    const char *const words[] = {s->program, s->variant, s->origin, s->machine};
    *buf = '\0';
    for (size_t i = 0; i < sizeof words / sizeof *words; i++) {
        size_t used = strlen(buf);
        if (*words[i])
            snprintf(buf + used, size - used, "%s%s", used ? ", " : "", words[i]);
    }
}

/* ---- Logs of the inputs ---- */

/* The guard refuses names it does not know; an observed machine need not be in the catalog. */
static void settle_machines(struct nh_log *log, const struct nh_catalog *catalog,
                            const char *machine)
{
    for (size_t i = 0; i < log->series_count; i++) {
        struct nh_log_series *s = &log->series[i];
        if (!*s->machine && machine)
            snprintf(s->machine, sizeof s->machine, "%.31s", machine);
        if (*s->machine && !nh_catalog_machine(catalog, s->machine, NULL))
            s->machine[0] = '\0';
    }
}

/* A log of another suite is parsed again: its records no longer know how figures were rounded. */
static int log_of(const struct nh_dataset *set, size_t source, const struct nh_catalog *catalog,
                  const char *machine, struct nh_log *log, struct nh_error *err)
{
    const struct nh_input *input = &set->inputs[source];
    const char *name = set->sources[source];
    size_t first = source > 0 ? set->inputs[source - 1].records_end : 0;
    nh_log_init(log, name, "records");
    if (input->records_end == first)
        return NH_OK;
    const struct nh_records mine = {.items = set->records.items + first,
                                    .count = input->records_end - first};
    int rc = input->importer->parse
                 ? input->importer->parse(name, input->data, input->len, true, log, err)
                 : nh_log_from_records(name, &mine, log, err);
    if (!rc)
        settle_machines(log, catalog, input->importer->parse ? machine : NULL);
    return rc;
}

static int make_logs(const struct nh_dataset *set, const struct nh_catalog *catalog,
                     const char *machine, struct nh_log *logs, struct nh_error *err)
{
    int rc = NH_OK;
    for (size_t i = 0; !rc && i < set->source_count; i++)
        rc = log_of(set, i, catalog, machine, &logs[i], err);
    return rc;
}

/* ---- Findings ---- */

static void name_place(const struct nh_guard_line *line, bool records, char *buf, size_t size)
{
    if (records)
        snprintf(buf, size, "%s, record %ld", line->log->path, line->line);
    else if (line->row && line->row->item >= 0)
        snprintf(buf, size, "%s:%ld, item %ld", line->log->path, line->line, line->row->item);
    else
        snprintf(buf, size, "%s:%ld", line->log->path, line->line);
}

static void name_figure(const struct nh_guard_line *line, char *buf, size_t size)
{
    char bytes[NH_UNIT_TEXT];
    *buf = '\0';
    if (!line->series)
        return;
    nh_series_name(line->series, buf, size);
    double value = line->row ? line->row->bytes : NAN;
    size_t used = strlen(buf);
    if (value >= 0 && value < 1e18)
        snprintf(buf + used, size - used, ", %s", nh_format_bytes((size_t)value, bytes));
}

static int add_doubt(struct nh_doubts *f, const struct nh_guard_line *line, size_t series,
                     struct nh_error *err)
{
    struct nh_doubt *grown = nh_grow(f->items, f->count, sizeof *grown);
    if (!grown)
        return nh_fail(err, NH_EFAIL, "out of memory");
    f->items = grown;
    struct nh_doubt *doubt = &f->items[f->count++];
    *doubt = (struct nh_doubt){.level = line->level,
                               .rule = line->rule,
                               .why = line->why,
                               .number = line->line,
                               .series = series};
    name_place(line, strcmp(line->log->format, "records") == 0, doubt->where, sizeof doubt->where);
    name_figure(line, doubt->figure, sizeof doubt->figure);
    return NH_OK;
}

static int collect(const struct nh_guard *guard, struct nh_doubts *f, struct nh_error *err)
{
    int rc = NH_OK;
    size_t series = 0;
    memcpy(f->levels, guard->levels, sizeof f->levels);
    for (size_t i = 0; !rc && i < guard->count; i++) {
        series += i > 0 && guard->lines[i].series != guard->lines[i - 1].series;
        if (guard->lines[i].level >= NH_SUSPICIOUS)
            rc = add_doubt(f, &guard->lines[i], series, err);
    }
    return rc;
}

/* Folded records go with the one that stands for them. */
static void follow(struct nh_dataset *set, const size_t *now)
{
    struct nh_folded_list *folded = &set->folded;
    size_t kept = 0, all = folded->count;
    for (size_t i = 0; i < all; i++) {
        struct nh_folded item = folded->items[i];
        if (now[item.record] == SIZE_MAX)
            continue;
        item.record = (uint32_t)now[item.record];
        folded->items[kept++] = item;
    }
    folded->count = kept;
    if (kept < all)
        nh_dataset_warn(set,
                        "records left out because the first of their configuration cannot be true: "
                        "%zu",
                        all - kept);
}

/* Every line with a row is a record, and they are in the same order. */
static int refuse(struct nh_dataset *set, const struct nh_guard *guard, struct nh_error *err)
{
    struct nh_records *records = &set->records, *refused = &set->refused;
    size_t at = 0, kept = 0;
    refused->items = calloc(guard->levels[NH_IMPOSSIBLE] + 1, sizeof *refused->items);
    size_t *now = malloc((records->count + 1) * sizeof *now); /* its index; SIZE_MAX: refused */
    if (!refused->items || !now) {
        free(now);
        return nh_fail(err, NH_EFAIL, "out of memory");
    }
    for (size_t i = 0; i < guard->count && at < records->count; i++) {
        if (!guard->lines[i].row)
            continue;
        struct nh_record *r = &records->items[at];
        bool impossible = guard->lines[i].level == NH_IMPOSSIBLE;
        now[at++] = impossible ? SIZE_MAX : kept;
        if (impossible)
            refused->items[refused->count++] = *r;
        else
            records->items[kept++] = *r;
    }
    while (at < records->count) {
        now[at] = kept;
        records->items[kept++] = records->items[at++];
    }
    records->count = kept;
    follow(set, now);
    free(now);
    return NH_OK;
}

int nh_doubts_make(struct nh_dataset *set, const struct nh_catalog *catalog, const char *machine,
                   struct nh_doubts *out, struct nh_error *err)
{
    const struct nh_guard_options options = {0};
    struct nh_guard guard = {0};
    struct nh_log *logs = calloc(set->source_count + 1, sizeof *logs);
    *out = (struct nh_doubts){0};
    int rc = logs ? NH_OK : nh_fail(err, NH_EFAIL, "out of memory");
    if (!rc)
        rc = make_logs(set, catalog, machine, logs, err);
    if (!rc)
        rc = nh_guard_check(logs, set->source_count, catalog, &options, &guard, err);
    if (!rc)
        rc = collect(&guard, out, err);
    if (!rc)
        rc = refuse(set, &guard, err);
    nh_guard_clear(&guard);
    for (size_t i = 0; logs && i < set->source_count; i++)
        nh_log_clear(&logs[i]);
    free(logs);
    return rc;
}

void nh_doubts_clear(struct nh_doubts *f)
{
    free(f->items);
    *f = (struct nh_doubts){0};
}

size_t nh_doubts_alike(const struct nh_doubts *f, size_t first)
{
    const struct nh_doubt *a = &f->items[first];
    size_t end = first + 1;
    while (end < f->count && f->items[end].series == a->series && f->items[end].rule == a->rule &&
           f->items[end].level == a->level)
        end++;
    return end;
}

const char *nh_doubts_summary(const struct nh_doubts *f, char *buf)
{
    size_t all = 0, bad = f->levels[NH_IMPOSSIBLE], odd = f->levels[NH_SUSPICIOUS];
    for (size_t i = 0; i <= NH_IMPOSSIBLE; i++)
        all += f->levels[i];
    *buf = '\0';
    if (bad > 0)
        snprintf(buf, NH_DOUBTS_TEXT,
                 "%zu of %zu figures cannot be true and %s in no chart and no answer", bad, all,
                 bad == 1 ? "is" : "are");
    size_t used = strlen(buf);
    if (odd > 0)
        snprintf(buf + used, NH_DOUBTS_TEXT - used,
                 "%s%zu of %zu figures %s suspicious: they are shown, and must not be quoted as "
                 "they stand",
                 used ? "; " : "", odd, all, odd == 1 ? "is" : "are");
    return buf;
}
