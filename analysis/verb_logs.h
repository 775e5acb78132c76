/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef NH_VERB_LOGS_H
#define NH_VERB_LOGS_H

#include <popt.h>

#include "analysis/guard.h"

/* What `check` and `import` share: files of other suites and records, and what the user says
 * of them. */
struct nh_log_options {
    char *machine, *nodes, *ranks;
    int between, inside, skip_damaged;
};

enum { NH_LOG_OPTIONS = 6 };
/** Writes NH_LOG_OPTIONS entries of an option table to `table`. */
void nh_log_option_table(struct nh_log_options *o, struct poptOption *table);

/** The options as values; NH_EINPUT names the option. */
int nh_log_settings(const struct nh_log_options *o, struct nh_guard_options *out,
                    struct nh_error *err);

struct nh_logs {
    struct nh_log *items;
    size_t count;
};

/** Reads every file. NH_EINPUT for one that holds no benchmark's figures. */
int nh_logs_read(char *const *paths, int count, bool skip_damaged, struct nh_logs *logs,
                 struct nh_error *err);
void nh_logs_clear(struct nh_logs *logs);

#endif
