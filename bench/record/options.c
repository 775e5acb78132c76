/* SPDX-License-Identifier: BSD-3-Clause */
#include "bench/record/options.h"

#include <assert.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "bench/engine/sync.h"
#include "common/cli.h"
#include "common/units.h"

const char *const nh_thread_levels[] = {"single", "funneled", "serialized", "multiple", NULL};

/* Both add their rows at `to` and return how many. */
static size_t sampling_rows(struct nh_kernel_options *o, struct poptOption *to)
{
    const struct poptOption rows[] = {
        {"precision", 0, POPT_ARG_STRING, &o->precision, 0,
         "stop when the 95 % interval of the median is within PCT percent (default 2)", "PCT"},
        {"max-time", 0, POPT_ARG_STRING, &o->max_time, 0,
         "or after S seconds for each line of the table (default 1)", "S"},
        {"min-time", 0, POPT_ARG_STRING, &o->min_time, 0,
         "point to point: but for S seconds at least, shared by the lines of the table, up to a "
         "third "
         "of --max-time each (default 0.5)",
         "S"},
        {"max-samples", 0, POPT_ARG_STRING, &o->max_samples, 0, "or after N samples (default 2000)",
         "N"},
        {"min-samples", 0, POPT_ARG_STRING, &o->min_samples, 0,
         "samples before precision is looked at (default 30)", "N"},
        {"sync", 0, POPT_ARG_STRING, &o->sync, 0,
         "how ranks start together: none, barrier, double_barrier, dissemination, window, "
         "round_time (default: the kernel's own)",
         "NAME"},
        {"common-clock", 0, POPT_ARG_NONE, &o->common_clock, 0,
         "also measure times on a clock common to all hosts; window and round_time always do",
         NULL},
        {"own-clocks", 0, POPT_ARG_NONE, &o->own_clocks, 0,
         "compare every rank's clock for it, not one of each host", NULL},
        {"times", 0, POPT_ARG_NONE, &o->times, 0,
         "print a second block: the same samples by other definitions of time", NULL},
        {"no-verify", 0, POPT_ARG_NONE, &o->no_verify, 0, "do not check the data", NULL},
    };
    memcpy(to, rows, sizeof rows);
    return sizeof rows / sizeof *rows;
}

static size_t output_rows(struct nh_kernel_options *o, struct poptOption *to)
{
    const struct poptOption rows[] = {
        {"bind", 0, POPT_ARG_STRING, &o->bind, 0,
         "core: a core for each rank (default); none: any core; inherit: as started",
         "core|none|inherit"},
        {"thread-level", 0, POPT_ARG_STRING, &o->thread_level, 0,
         "that MPI is asked for (default single)", "single|funneled|serialized|multiple"},
        {"output", 'o', POPT_ARG_STRING, &o->output, 0, "append records to FILE (JSON Lines)",
         "FILE"},
        {"json", 0, POPT_ARG_NONE, &o->json, 0, "print records instead of the table", NULL},
        {"format", 0, POPT_ARG_STRING, &o->format, 0,
         "table (default), json (as --json), or osu: as the OSU benchmarks print it",
         "table|json|osu"},
        {"quiet", 'q', POPT_ARG_NONE, &o->quiet, 0, "print no table", NULL},
        {"machine", 0, POPT_ARG_STRING, &o->machine, 0,
         "machine type for the record (default: as observed)", "NAME"},
        {"run", 0, POPT_ARG_STRING, &o->run, 0, "run identity for the record", "ID"},
        {"job", 0, POPT_ARG_STRING, &o->job, 0, "configuration name for the record", "NAME"},
        {"launch", 0, POPT_ARG_STRING, &o->launch, 0, "launch index for the record, from 0", "N"},
        {"require-transport", 0, POPT_ARG_STRING, &o->require_transport, 0,
         "fail (exit 73) when another one carries the bytes", "shm|efa|tcp"},
        {"inter-node", 0, POPT_ARG_NONE, &o->inter_node, 0, "refuse ranks that share a machine",
         NULL},
        {"placement", 0, POPT_ARG_STRING, &o->placement, 0,
         "put the two ranks of a host there, whatever they were started on",
         "same-l2|same-l3|cross-numa|cross-socket|nearest-nic"},
        {"timeout", 0, POPT_ARG_STRING, &o->timeout, 0,
         "end with exit 74 after S seconds without progress, 0: never (default 60 + 10 x "
         "--max-time)",
         "S"},
        {"no-preflight", 0, POPT_ARG_NONE, &o->no_preflight, 0,
         "start even if /dev/shm or locked memory are too small", NULL},
        {"sysfs-root", 0, POPT_ARG_STRING, &o->sysfs_root, 0,
         "read network counters below DIR (for tests)", "DIR"},
        POPT_TABLEEND};
    memcpy(to, rows, sizeof rows);
    return sizeof rows / sizeof *rows;
}

struct poptOption *nh_common_table(struct nh_kernel_options *o)
{
    size_t n = sampling_rows(o, o->table);
    n += output_rows(o, o->table + n);
    assert(n <= NH_COMMON_MAX);
    return o->table;
}

/* Ranks are silent while they sample, for up to half of --max-time at once. */
static int parse_timeout(const char *text, struct nh_settings *out, struct nh_error *err)
{
    double max_time_s = out->limits.max_time_s;
    out->timeout_s = text ? 0 : 60 + 10 * max_time_s;
    if (!text || strcmp(text, "0") == 0)
        return NH_OK;
    int code = nh_parse_positive("--timeout", text, &out->timeout_s, err);
    if (code == NH_OK && out->timeout_s < max_time_s)
        return nh_fail(
            err, NH_EINPUT,
            "--timeout: %g s is shorter than --max-time (%g s); give more, or 0 for ever",
            out->timeout_s, max_time_s);
    return code;
}

/* Names and numbers of the options that say where ranks are and what carries the bytes. */
static int parse_proof(const struct nh_kernel_options *o, struct nh_settings *out,
                       struct nh_error *err)
{
    static const char *const transports[] = {"shm", "efa", "tcp", NULL};
    static const char *const placements[] = {"same-l2",      "same-l3",     "cross-numa",
                                             "cross-socket", "nearest-nic", NULL};
    int choice, code;
    out->require_transport = o->require_transport;
    out->placement = o->placement;
    out->sysfs_root = o->sysfs_root;
    out->inter_node = o->inter_node;
    out->preflight = !o->no_preflight;
    if (o->require_transport &&
        (code = nh_choice("--require-transport", o->require_transport, transports, &choice, err)))
        return code;
    if (o->placement && (code = nh_choice("--placement", o->placement, placements, &choice, err)))
        return code;
    return parse_timeout(o->timeout, out, err);
}

/* 0 switches it off. */
static int parse_spread(const char *text, double *spread_s, struct nh_error *err)
{
    *spread_s = text ? 0 : 0.5;
    if (!text || strcmp(text, "0") == 0)
        return NH_OK;
    return nh_parse_positive("--min-time", text, spread_s, err);
}

static int parse_count(const char *what, const char *text, size_t *value, struct nh_error *err)
{
    long n;
    if (!text)
        return NH_OK;
    int code = nh_parse_long(what, text, 1, 10000000, &n, err);
    if (code == NH_OK)
        *value = (size_t)n;
    return code;
}

static int parse_limits(const struct nh_kernel_options *o, struct nh_limits *limits,
                        struct nh_error *err)
{
    int code;
    double percent;
    nh_limits_default(limits);
    limits->verify = !o->no_verify;
    if (o->precision) {
        if ((code = nh_parse_positive("--precision", o->precision, &percent, err)))
            return code;
        limits->precision = percent / 100;
    }
    if (o->max_time &&
        (code = nh_parse_positive("--max-time", o->max_time, &limits->max_time_s, err)))
        return code;
    if ((code = parse_count("--min-samples", o->min_samples, &limits->min_samples, err)) ||
        (code = parse_count("--max-samples", o->max_samples, &limits->max_samples, err)))
        return code;
    if (limits->max_samples >= limits->min_samples)
        return NH_OK;
    if (o->min_samples)
        return nh_fail(err, NH_EINPUT,
                       "--max-samples is %zu and --min-samples is %zu; give a "
                       "--max-samples of at least --min-samples",
                       limits->max_samples, limits->min_samples);
    limits->min_samples = limits->max_samples;
    return NH_OK;
}

static int parse_format(const struct nh_kernel_options *o, struct nh_settings *out,
                        struct nh_error *err)
{
    static const char *const formats[] = {"table", "json", "osu", NULL};
    int format = 0;
    int code = o->format ? nh_choice("--format", o->format, formats, &format, err) : NH_OK;
    if (code == NH_OK && o->json && format == 2)
        code = nh_fail(err, NH_EINPUT, "--json and --format osu exclude each other");
    out->json = o->json || format == 1;
    out->osu = format == 2;
    return code;
}

int nh_settings(const struct nh_kernel_options *o, struct nh_settings *out, struct nh_error *err)
{
    static const char *const binds[] = {"core", "none", "inherit", NULL};
    int bind = NH_BIND_CORE, code;
    *out = (struct nh_settings){.launch = -1,
                                .quiet = o->quiet,
                                .times = o->times,
                                .own_clocks = o->own_clocks,
                                .output = o->output,
                                .run = o->run,
                                .job = o->job,
                                .machine = o->machine};
    if ((code = parse_format(o, out, err)) || (code = parse_limits(o, &out->limits, err)))
        return code;
    if (o->bind && (code = nh_choice("--bind", o->bind, binds, &bind, err)))
        return code;
    if (o->thread_level && (code = nh_choice("--thread-level", o->thread_level, nh_thread_levels,
                                             &out->thread_level, err)))
        return code;
    if ((code = parse_spread(o->min_time, &out->spread_s, err)))
        return code;
    if (o->launch && (code = nh_parse_long("--launch", o->launch, 0, INT_MAX, &out->launch, err)))
        return code;
    if (o->sync && !nh_sync_find(o->sync, err))
        return nh_context(err, "--sync");
    out->bind = (enum nh_bind)bind;
    out->limits.sync = o->sync;
    out->limits.common_clock = o->common_clock || o->own_clocks;
    return parse_proof(o, out, err);
}

int nh_output_check(const char *path, struct nh_error *err)
{
    char folder[4096];
    struct stat st;
    if (!path)
        return NH_OK;
    bool there = stat(path, &st) == 0;
    const char *slash = strrchr(path, '/');
    snprintf(folder, sizeof folder, "%.*s", slash ? (int)(slash - path) + 1 : 1,
             slash ? path : ".");
    if (there ? !S_ISDIR(st.st_mode) && access(path, W_OK) == 0 : access(folder, W_OK) == 0)
        return NH_OK;
    return nh_fail(err, NH_EINPUT,
                   "--output: %s cannot be written; give a file in a folder that "
                   "exists and may be written",
                   path);
}
