/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef NH_RECORD_OPTIONS_H
#define NH_RECORD_OPTIONS_H

#include <popt.h>
#include <stdbool.h>

#include "bench/engine/engine.h"
#include "common/error.h"

/*
 * Options that all measuring programs share, whatever they measure over. A verb holds a
 * struct nh_kernel_options, puts NH_COMMON_OPTIONS into its option table, and checks its
 * own values before anything starts.
 */
enum { NH_COMMON_MAX = 40 };

struct nh_kernel_options {
    /* As typed; NULL or 0 when absent. */
    char *precision, *max_time, *min_samples, *max_samples;
    char *min_time, *thread_level, *bind, *output, *format, *run, *job, *launch, *machine;
    char *sync;
    char *require_transport, *sysfs_root, *placement, *timeout;
    int no_verify, json, quiet, times, common_clock, own_clocks, inter_node, no_preflight;
    struct poptOption table[NH_COMMON_MAX];
};

/** Fills and returns o->table; `o` must not move afterwards. */
struct poptOption *nh_common_table(struct nh_kernel_options *o);

/** One line of a verb's option table that brings in the common options. */
#define NH_COMMON_OPTIONS(o)                                                                       \
    {                                                                                              \
        NULL, '\0', POPT_ARG_INCLUDE_TABLE, nh_common_table(o), 0, "Measuring and output:", NULL   \
    }

/* Names of MPI's levels of thread support, least first; NULL-terminated. */
extern const char *const nh_thread_levels[];

enum nh_bind { NH_BIND_CORE, NH_BIND_NONE, NH_BIND_INHERIT };

/* The common options as values. Strings belong to the struct nh_kernel_options. */
struct nh_settings {
    struct nh_limits limits;
    enum nh_bind bind;
    int thread_level; /* index of nh_thread_levels */
    double spread_s;  /* see --min-time: time that all lines of the table share at least */
    long launch;      /* -1 when started by hand */
    bool json, osu, quiet;
    bool times;      /* a second block in the table: other definitions of time */
    bool own_clocks; /* compare the clock of every rank, not one of each host */
    const char *output, *run, *job, *machine;               /* NULL when absent */
    const char *require_transport, *sysfs_root, *placement; /* likewise */
    bool inter_node, preflight;
    double timeout_s; /* without progress; 0: for ever */
};

/** Checks the common options; starts nothing. NH_EINPUT names the option and the remedy. */
int nh_settings(const struct nh_kernel_options *options, struct nh_settings *out,
                struct nh_error *err);

/** NH_EINPUT when the file of --output could not be written; it is not made. NULL: none. */
int nh_output_check(const char *path, struct nh_error *err);

#endif
