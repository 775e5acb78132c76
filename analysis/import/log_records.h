/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef NH_LOG_RECORDS_H
#define NH_LOG_RECORDS_H

#include "analysis/dataset.h"

/** Reads one file of another suite into `log`. NH_EINPUT as nh_log_parse_fn. */
int nh_log_read(const char *path, nh_log_parse_fn parse, bool skip_damaged, struct nh_log *log,
                struct nh_error *err);

/** A record for each row, with `imported` saying where it came from and what it is. Adds to
 *  `records`; what the log does not say stays unknown. */
int nh_log_to_records(const struct nh_log *log, struct nh_records *records, struct nh_error *err);

/** Parses a file of another suite into the records of `set`, with a warning for lines left
 *  out. NH_EINPUT as nh_log_parse_fn. */
int nh_log_import(const char *name, const char *data, size_t len, nh_log_parse_fn parse,
                  bool skip_damaged, struct nh_dataset *set, struct nh_error *err);

/** The other way: records of a file, ours or imported, as series of a log, so that one guard
 *  judges all. `lines` are counted from 1; bandwidths are those of the central figure. */
int nh_log_from_records(const char *path, const struct nh_records *records, struct nh_log *log,
                        struct nh_error *err);

#endif
