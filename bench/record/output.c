/* SPDX-License-Identifier: BSD-3-Clause */
#include "bench/record/output.h"

#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "bench/record/osu.h"
#include "bench/record/table.h"
#include "bench/record/times.h"
#include "common/cli.h"
#include "common/progress.h"
#include "common/record.h"
#include "common/sysinfo.h"

struct nh_output {
    struct nh_output_facts facts;
    const struct nh_settings *settings;
    char program[64];   /* with its version */
    char column[32];    /* head of the table printed last */
    char osu_title[64]; /* of the table that --format osu printed last */
    bool table, crowded, head_done;
    struct nh_progress progress;
    json_t *env, *command, *clock;
    char *machine; /* as observed */
    FILE *times;   /* collects the block of --times for the end */
    char *times_text;
    size_t times_len;
    char times_column[32];
};

static json_t *clock_object(const struct nh_clock *clock)
{
    return json_pack("{s:s, s:f, s:f}", "source", clock->source, "resolution_ns",
                     clock->resolution_ns, "cost_ns", clock->cost_ns);
}

/* ---- head ---- */

static void print_places(json_t *rows)
{
    enum { SHOWN = 8 };
    size_t ranks = json_array_size(rows);
    for (size_t i = 0; i < ranks && i < SHOWN; i++) {
        const json_t *row = json_array_get(rows, i);
        printf("#   rank %-4zu %s, cpu %s, package %.0f, NUMA node %.0f (binding: %s)\n", i,
               nh_json_text(row, "host", "?"), nh_json_text(row, "cpus", "?"),
               nh_json_number(row, "package", -1), nh_json_number(row, "numa", -1),
               nh_json_text(row, "binding", "?"));
    }
    if (ranks > SHOWN)
        printf("#   ... and %zu more; --json has all\n", ranks - SHOWN);
}

static void print_head(const struct nh_output *o)
{
    const struct nh_output_facts *f = &o->facts;
    printf("# %s %s\n", o->program, f->verb);
    printf("# library    %s\n", f->library);
    printf("# ranks      %d on %ld host%s\n", f->ranks, f->nodes, f->nodes == 1 ? "" : "s");
    print_places(f->placement);
    if (o->crowded)
        printf("# OVERSUBSCRIBED: more ranks than cores on a host; times include waiting for a "
               "core\n");
    printf("# clock      %s, step %.0f ns, reading %.0f ns\n", f->clock->source,
           f->clock->resolution_ns, f->clock->cost_ns);
    printf("# sampling   until the %.0f %% interval of the median is within %g %%, or %g s, or "
           "%zu samples\n",
           100 * f->limits->level, 100 * f->limits->precision, f->limits->max_time_s,
           f->limits->max_samples);
    printf("# data       %s\n",
           f->limits->verify ? "verified before and after, untimed" : "not verified (--no-verify)");
    fflush(stdout);
}

static void warn_crowded(const struct nh_output *o)
{
    fprintf(stderr,
            "%s %s: warning: more ranks than cores on a host; times include "
            "waiting for a core\n",
            o->facts.program, o->facts.verb);
}

void nh_output_head(struct nh_output *o)
{
    if (o->head_done)
        return;
    o->head_done = true;
    if (o->table)
        print_head(o);
    else if (o->crowded)
        warn_crowded(o);
}

static bool any_crowded(const json_t *rows)
{
    for (size_t i = 0; i < json_array_size(rows); i++)
        if (json_is_true(json_object_get(json_array_get(rows, i), "oversubscribed")))
            return true;
    return false;
}

struct nh_output *nh_output_open(const struct nh_output_facts *facts,
                                 const struct nh_settings *settings)
{
    struct nh_output *o = calloc(1, sizeof *o);
    if (!o) {
        json_decref(facts->placement);
        json_decref(facts->system);
        return NULL;
    }
    o->facts = *facts;
    o->settings = settings;
    snprintf(o->program, sizeof o->program, "%s %s", facts->program, NH_VERSION);
    o->crowded = any_crowded(facts->placement);
    o->env = nh_sysinfo_env(environ);
    o->command = nh_sysinfo_command();
    o->clock = clock_object(facts->clock);
    o->machine = nh_sysinfo_instance_type("");
    o->table = !settings->json && !settings->osu && !settings->quiet;
    if (o->table && settings->times)
        o->times = open_memstream(&o->times_text, &o->times_len);
    nh_progress_start(&o->progress, stderr,
                      !o->table && !settings->quiet && isatty(fileno(stderr)));
    return o;
}

static void print_times(struct nh_output *o)
{
    if (!o->times)
        return;
    fclose(o->times);
    fputs(o->times_text, stdout);
    free(o->times_text);
}

void nh_output_close(struct nh_output *o)
{
    if (!o)
        return;
    print_times(o);
    if (o->progress.enabled)
        nh_progress_end(&o->progress);
    json_decref(o->facts.placement);
    json_decref(o->facts.system);
    json_decref(o->env);
    json_decref(o->command);
    json_decref(o->clock);
    free(o->machine);
    free(o);
}

/* ---- record ---- */

static char *copy(const char *text)
{
    return text ? strdup(text) : NULL;
}

static char *utc_now(void)
{
    char text[32];
    time_t now = time(NULL);
    struct tm tm;
    gmtime_r(&now, &tm);
    strftime(text, sizeof text, "%Y-%m-%dT%H:%M:%SZ", &tm);
    return strdup(text);
}

static void put_texts(const struct nh_output *o, const struct nh_kernel_ops *ops, bool verified,
                      const struct nh_series *series, struct nh_record *r)
{
    const struct nh_settings *set = o->settings;
    r->time = utc_now();
    r->program = strdup(o->program);
    r->run = copy(set->run);
    r->job = copy(set->job);
    r->kernel = strdup(ops->name);
    r->metric = strdup(ops->metric);
    r->timing = strdup(ops->timing == NH_TIMING_ROOT ? "root" : "max_over_ranks");
    r->sync = strdup(series->sync ? series->sync : ops->sync);
    r->stop_rule = strdup(series->stop_rule);
    r->verify = strdup(verified ? "passed" : "off");
    r->machine = copy(set->machine ? set->machine : o->machine);
}

static void put_environment(const struct nh_output *o, struct nh_record *r)
{
    r->clock = json_incref(o->clock);
    r->placement = json_incref(o->facts.placement);
    r->system = json_incref(o->facts.system);
    r->env = json_incref(o->env);
    r->command = json_incref(o->command);
    r->transport = json_pack("{s:s, s:s, s:n}", "verdict", "unknown", "reason",
                             "this program reads no counters", "evidence");
}

/* Takes the samples out of `series`. */
static void put_series(const struct nh_output *o, struct nh_series *series, struct nh_record *r)
{
    r->launch = o->settings->launch;
    r->nodes = o->facts.nodes;
    r->ranks = o->facts.ranks;
    r->level = o->facts.limits->level;
    r->precision_target = o->facts.limits->precision;
    r->ops_per_sample = series->ops_per_sample;
    r->first_op_ns = series->first_op_ns;
    r->sample_count = series->count;
    r->samples_ns = series->samples_ns;
    r->stats = series->stats;
    r->elapsed_s = series->elapsed_s;
    r->times = nh_times_json(&series->times, o->facts.placement);
    series->samples_ns = NULL;
}

static int describe(const struct nh_kernel_ops *ops, void *state, struct nh_record *r,
                    struct nh_error *err)
{
    r->params = json_object();
    r->derived = json_object();
    r->detail = json_object();
    int code = ops->describe(state, r->stats.median, r->params, r->derived, r->detail, err);
    if (json_object_size(r->detail) == 0) {
        json_decref(r->detail);
        r->detail = NULL;
    }
    return code;
}

static int print_record(const struct nh_record *r, struct nh_error *err)
{
    char *line = nh_record_line(r);
    if (!line)
        return nh_fail(err, NH_EFAIL, "out of memory for a record");
    fputs(line, stdout);
    free(line);
    if (fflush(stdout))
        return nh_fail_errno(err, "standard output");
    return NH_OK;
}

static void collect_times(struct nh_output *o, const struct nh_case *row,
                          const struct nh_times *times)
{
    if (strcmp(o->times_column, row->column) != 0)
        nh_times_head(o->times, row);
    snprintf(o->times_column, sizeof o->times_column, "%s", row->column);
    nh_times_line(o->times, row, times, o->facts.placement);
}

static void print_line(struct nh_output *o, const struct nh_case *row,
                       const struct nh_series *series, const struct nh_record *r)
{
    double rate = row->rate_key ? nh_json_number(r->derived, row->rate_key, NAN) : NAN;
    if (strcmp(o->column, row->column) != 0)
        nh_table_head(stdout, row);
    snprintf(o->column, sizeof o->column, "%s", row->column);
    nh_table_line(stdout, row, series, rate);
    if (o->times)
        collect_times(o, row, &series->times);
}

static int emit(struct nh_output *o, const struct nh_case *row, const struct nh_series *series,
                const struct nh_record *r, struct nh_error *err)
{
    int code = NH_OK;
    /* The record first: what was measured is safe before anything else can fail. */
    if (o->settings->output)
        code = nh_record_append(o->settings->output, r, err);
    if (code == NH_OK && o->settings->json)
        code = print_record(r, err);
    /* What went another way than it had to is no number of the table. */
    bool failed = json_is_true(json_object_get(r->transport, "failed"));
    if (code == NH_OK && o->table && !failed)
        print_line(o, row, series, r);
    if (code == NH_OK && o->settings->osu && !o->settings->quiet && !failed)
        code = nh_osu_print(stdout, r, o->program, o->osu_title, err);
    return code;
}

int nh_output_write(struct nh_output *o, const struct nh_kernel_ops *ops, void *state,
                    const struct nh_case *row, struct nh_series *series, size_t done, size_t total,
                    struct nh_error *err)
{
    struct nh_record r;
    nh_record_init(&r);
    put_texts(o, ops, o->facts.limits->verify && ops->verify, series, &r);
    put_environment(o, &r);
    put_series(o, series, &r);
    int code = describe(ops, state, &r, err);
    if (code == NH_OK && o->facts.complete)
        code = o->facts.complete(o->facts.context, &r, err);
    if (code == NH_OK)
        code = emit(o, row, series, &r, err);
    if (o->progress.enabled)
        nh_progress_show(&o->progress, o->facts.verb, done, total ? total : done, -1);
    nh_record_clear(&r);
    return code;
}

void nh_output_note(struct nh_output *o, const char *fmt, va_list args)
{
    if (!o->table)
        return;
    nh_output_head(o);
    fputs("# ", stdout);
    vprintf(fmt, args);
    fputc('\n', stdout);
    fflush(stdout);
}
