/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef NH_CSV_H
#define NH_CSV_H

#include "analysis/dataset.h"

/*
 * Application timings as CSV (RFC 4180, header line). Columns: nodes and/or cores,
 * solver_s and/or job_s; optional cells, case, machine, repeat, scaling, note, work. A line
 * with `file` names a log that the times are in, and says what the log does not: it becomes
 * one of set->runs, to be read with nh_runs_group.
 * Lines that start with '#' are comments.
 */

/**
 * Adds the timings in `data` to `set`. `name` is the file name shown in errors, which
 * read "NAME:LINE: field 'x': problem; remedy" (code NH_EINPUT).
 */
int nh_csv_parse(const char *name, const char *data, size_t len, struct nh_dataset *set,
                 struct nh_error *err);

extern const struct nh_importer nh_importer_csv;

#endif
