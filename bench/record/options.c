/* SPDX-License-Identifier: BSD-3-Clause */
#include "bench/record/options.h"

#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "common/cli.h"
#include "common/units.h"

struct poptOption *nh_mpi_common_table(struct nh_mpi_options *o)
{
    const struct poptOption table[] = {
        {"precision", 0, POPT_ARG_STRING, &o->precision, 0,
         "stop when the 95 % interval of the median is within PCT percent (default 2)", "PCT"},
        {"max-time", 0, POPT_ARG_STRING, &o->max_time, 0,
         "or after S seconds for each line of the table (default 1)", "S"},
        {"max-samples", 0, POPT_ARG_STRING, &o->max_samples, 0, "or after N samples (default 2000)",
         "N"},
        {"min-samples", 0, POPT_ARG_STRING, &o->min_samples, 0,
         "samples before precision is looked at (default 30)", "N"},
        {"no-verify", 0, POPT_ARG_NONE, &o->no_verify, 0, "do not check the data", NULL},
        {"bind", 0, POPT_ARG_STRING, &o->bind, 0,
         "core: a core for each rank (default); none: any core; inherit: as started",
         "core|none|inherit"},
        {"output", 'o', POPT_ARG_STRING, &o->output, 0, "append records to FILE (JSON Lines)",
         "FILE"},
        {"json", 0, POPT_ARG_NONE, &o->json, 0, "print records instead of the table", NULL},
        {"quiet", 'q', POPT_ARG_NONE, &o->quiet, 0, "print no table", NULL},
        {"machine", 0, POPT_ARG_STRING, &o->machine, 0,
         "machine type for the record (default: as observed)", "NAME"},
        {"run", 0, POPT_ARG_STRING, &o->run, 0, "run identity for the record", "ID"},
        {"job", 0, POPT_ARG_STRING, &o->job, 0, "configuration name for the record", "NAME"},
        {"launch", 0, POPT_ARG_STRING, &o->launch, 0, "launch index for the record, from 0", "N"},
        POPT_TABLEEND};
    _Static_assert(sizeof table / sizeof *table <= NH_MPI_COMMON_MAX, "table too small");
    for (size_t i = 0; i < sizeof table / sizeof *table; i++)
        o->table[i] = table[i];
    return o->table;
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

static int parse_limits(const struct nh_mpi_options *o, struct nh_limits *limits,
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

int nh_mpi_settings(const struct nh_mpi_options *o, struct nh_mpi_settings *out,
                    struct nh_error *err)
{
    static const char *const binds[] = {"core", "none", "inherit", NULL};
    int bind = NH_BIND_CORE, code;
    *out = (struct nh_mpi_settings){.launch = -1,
                                    .json = o->json,
                                    .quiet = o->quiet,
                                    .output = o->output,
                                    .run = o->run,
                                    .job = o->job,
                                    .machine = o->machine};
    if ((code = parse_limits(o, &out->limits, err)))
        return code;
    if (o->bind && (code = nh_choice("--bind", o->bind, binds, &bind, err)))
        return code;
    if (o->launch && (code = nh_parse_long("--launch", o->launch, 0, INT_MAX, &out->launch, err)))
        return code;
    out->bind = (enum nh_mpi_bind)bind;
    return NH_OK;
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
