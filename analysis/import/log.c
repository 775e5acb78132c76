/* SPDX-License-Identifier: BSD-3-Clause */
#include "analysis/import/log.h"

#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include "analysis/dataset.h"

void nh_log_init(struct nh_log *log, const char *path, const char *format)
{
    *log = (struct nh_log){.format = format, .average_Bps = NAN};
    snprintf(log->path, sizeof log->path, "%s", path);
}

void nh_log_clear(struct nh_log *log)
{
    for (size_t i = 0; i < log->series_count; i++)
        free(log->series[i].rows);
    free(log->series);
    *log = (struct nh_log){0};
}

struct nh_log_series *nh_log_add_series(struct nh_log *log, long line, struct nh_error *err)
{
    struct nh_log_series *grown = nh_grow(log->series, log->series_count, sizeof *grown);
    if (!grown) {
        nh_fail(err, NH_EFAIL, "out of memory");
        return NULL;
    }
    log->series = grown;
    struct nh_log_series *s = &log->series[log->series_count++];
    *s = (struct nh_log_series){.line = line, .op = &nh_operation_unknown, .statistic = "mean"};
    return s;
}

void nh_log_row_init(struct nh_log_row *row, long line)
{
    *row = (struct nh_log_row){.line = line, .item = -1, .bytes = NAN};
    for (int i = 0; i < NH_LOG_VALUES; i++)
        row->value[i] = NAN;
}

struct nh_log_row *nh_log_add_row(struct nh_log_series *series, long line, struct nh_error *err)
{
    struct nh_log_row *grown = nh_grow(series->rows, series->row_count, sizeof *grown);
    if (!grown) {
        nh_fail(err, NH_EFAIL, "out of memory");
        return NULL;
    }
    series->rows = grown;
    struct nh_log_row *row = &series->rows[series->row_count++];
    nh_log_row_init(row, line);
    return row;
}

int nh_log_tidy(struct nh_log *log, struct nh_error *err)
{
    size_t kept = 0;
    for (size_t i = 0; i < log->series_count; i++)
        if (log->series[i].row_count > 0)
            log->series[kept++] = log->series[i];
        else
            free(log->series[i].rows); /* room of damaged ones that were left out */
    log->series_count = kept;
    if (kept > 0)
        return NH_OK;
    return nh_fail(err, NH_EINPUT,
                   "%s: no line with a result in it; give the whole output of the benchmark",
                   log->path);
}

int nh_log_damage(struct nh_log *log, long line, bool skip_damaged, struct nh_error *err,
                  const char *fmt, ...)
{
    char what[384];
    va_list args;
    va_start(args, fmt);
    vsnprintf(what, sizeof what, fmt, args);
    va_end(args);
    if (!skip_damaged)
        return nh_fail(err, NH_EINPUT,
                       "%s:%ld: %s; repair the line or leave it out with --skip-damaged", log->path,
                       line, what);
    if (log->damaged++ == 0)
        snprintf(log->damage, sizeof log->damage, "%.100s:%ld: %s", log->path, line, what);
    return NH_OK;
}
