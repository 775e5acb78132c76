/* SPDX-License-Identifier: BSD-3-Clause */
#include "bench/mpi/output.h"

#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "bench/mpi/table.h"
#include "common/cli.h"
#include "common/progress.h"
#include "common/record.h"
#include "common/sysinfo.h"

struct nh_mpi_output {
    const struct nh_mpi_settings *settings;
    const char *verb;
    char library[160];
    char column[32]; /* head of the table printed last */
    bool table, crowded, head_done;
    struct nh_mpi_place *places; /* rank 0: of every rank */
    struct nh_progress progress;
    json_t *placement, *system, *env, *command, *clock;
    char *machine; /* as observed */
};

static void library_line(char *buf, size_t len)
{
    char text[MPI_MAX_LIBRARY_VERSION_STRING];
    int n;
    MPI_Get_library_version(text, &n);
    /* "Open MPI v4.1.4, package: ..., ident: ...", "MPICH Version:\t4.0.2\n...": one short line. */
    text[strcspn(text, ",\n")] = '\0';
    for (char *p = text; *p; p++)
        if (*p == '\t')
            *p = ' ';
    snprintf(buf, len, "%.150s", text);
}

/* The command of this process, also when the launcher has changed argv's owner. */
static json_t *command_line(void)
{
    json_t *words = json_array();
    char *word = NULL;
    size_t size = 0;
    FILE *in = fopen("/proc/self/cmdline", "re");
    while (in && getdelim(&word, &size, '\0', in) > 0) {
        json_t *text = json_string(word);
        json_array_append_new(words, text ? text : json_string("(not UTF-8)"));
    }
    if (in)
        fclose(in);
    free(word);
    return words;
}

static json_t *system_object(const struct nh_mpi_output *o)
{
    int major, minor;
    char standard[16];
    MPI_Get_version(&major, &minor);
    snprintf(standard, sizeof standard, "%d.%d", major, minor);
    json_t *system = nh_sysinfo_system("");
    json_object_set_new(system, "mpi_library", json_string(o->library));
    json_object_set_new(system, "mpi_standard", json_string(standard));
    return system;
}

static json_t *placement_rows(const struct nh_mpi_place *places, int ranks)
{
    json_t *rows = json_array();
    for (int i = 0; i < ranks; i++)
        json_array_append_new(rows, nh_mpi_place_json(&places[i], i));
    return rows;
}

static json_t *clock_object(const struct nh_clock *clock)
{
    return json_pack("{s:s, s:f, s:f}", "source", clock->source, "resolution_ns",
                     clock->resolution_ns, "cost_ns", clock->cost_ns);
}

/* ---- head ---- */

static void print_places(const struct nh_mpi_place *places, int ranks)
{
    enum { SHOWN = 8 };
    for (int i = 0; i < ranks && i < SHOWN; i++)
        printf("#   rank %-4d %s, cpu %s, package %d, NUMA node %d (binding: %s)\n", i,
               places[i].host, places[i].cpus, places[i].package, places[i].numa,
               places[i].binding);
    if (ranks > SHOWN)
        printf("#   ... and %d more; --json has all\n", ranks - SHOWN);
}

static void print_head(const struct nh_mpi_session *s, const struct nh_mpi_output *o)
{
    printf("# nodehour-mpi %s %s\n", NH_VERSION, o->verb);
    printf("# library    %s\n", o->library);
    printf("# ranks      %d on %ld host%s\n", s->size, s->nodes, s->nodes == 1 ? "" : "s");
    print_places(o->places, s->size);
    if (o->crowded)
        printf("# OVERSUBSCRIBED: more ranks than cores on a host; times include waiting for a "
               "core\n");
    printf("# clock      %s, step %.0f ns, reading %.0f ns\n", s->clock.source,
           s->clock.resolution_ns, s->clock.cost_ns);
    printf("# sampling   until the %.0f %% interval of the median is within %g %%, or %g s, or "
           "%zu samples\n",
           100 * s->limits.level, 100 * s->limits.precision, s->limits.max_time_s,
           s->limits.max_samples);
    printf("# data       %s\n",
           s->limits.verify ? "verified before and after, untimed" : "not verified (--no-verify)");
    fflush(stdout);
}

static void warn_crowded(const struct nh_mpi_output *o)
{
    fprintf(stderr,
            "nodehour-mpi %s: warning: more ranks than cores on a host; times include "
            "waiting for a core\n",
            o->verb);
}

void nh_mpi_output_head(struct nh_mpi_session *s)
{
    struct nh_mpi_output *o = s->out;
    if (s->rank != 0 || o->head_done)
        return;
    o->head_done = true;
    if (o->table)
        print_head(s, o);
    else if (o->crowded)
        warn_crowded(o);
}

static void fill(struct nh_mpi_session *s, struct nh_mpi_output *o)
{
    for (int i = 0; i < s->size; i++)
        o->crowded = o->crowded || o->places[i].oversubscribed;
    library_line(o->library, sizeof o->library);
    o->placement = placement_rows(o->places, s->size);
    o->system = system_object(o);
    o->env = nh_sysinfo_env(environ);
    o->command = command_line();
    o->clock = clock_object(&s->clock);
    o->machine = nh_sysinfo_instance_type("");
    o->table = !o->settings->json && !o->settings->quiet;
    nh_progress_start(&o->progress, stderr,
                      !o->table && !o->settings->quiet && isatty(fileno(stderr)));
}

int nh_mpi_output_open(struct nh_mpi_session *s, const struct nh_mpi_settings *settings,
                       const char *verb, const struct nh_mpi_place *place, struct nh_error *err)
{
    int code = NH_OK;
    s->out = calloc(1, sizeof *s->out);
    if (s->out && s->rank == 0)
        s->out->places = calloc((size_t)s->size, sizeof *s->out->places);
    if (!s->out || (s->rank == 0 && !s->out->places))
        code = nh_fail(err, NH_EFAIL, "out of memory");
    if ((code = nh_mpi_agree(s, code, err)))
        return code;
    s->out->settings = settings;
    s->out->verb = verb;
    MPI_Gather(place, sizeof *place, MPI_BYTE, s->out->places, sizeof *place, MPI_BYTE, 0, s->comm);
    if (s->rank == 0)
        fill(s, s->out);
    return NH_OK;
}

void nh_mpi_output_close(struct nh_mpi_session *s)
{
    struct nh_mpi_output *o = s->out;
    if (!o)
        return;
    if (s->rank == 0 && o->progress.enabled)
        nh_progress_end(&o->progress);
    json_decref(o->placement);
    json_decref(o->system);
    json_decref(o->env);
    json_decref(o->command);
    json_decref(o->clock);
    free(o->machine);
    free(o->places);
    free(o);
    s->out = NULL;
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

static void put_texts(const struct nh_mpi_output *o, const struct nh_kernel_ops *ops, bool verified,
                      const char *stop_rule, struct nh_record *r)
{
    const struct nh_mpi_settings *set = o->settings;
    r->time = utc_now();
    r->program = strdup("nodehour-mpi " NH_VERSION);
    r->run = copy(set->run);
    r->job = copy(set->job);
    r->kernel = strdup(ops->name);
    r->metric = strdup(ops->metric);
    r->timing = strdup(ops->timing == NH_TIMING_ROOT ? "root" : "max_over_ranks");
    r->sync = strdup(ops->sync);
    r->stop_rule = strdup(stop_rule);
    r->verify = strdup(verified ? "passed" : "off");
    r->machine = copy(set->machine ? set->machine : o->machine);
}

static void put_environment(const struct nh_mpi_output *o, struct nh_record *r)
{
    r->clock = json_incref(o->clock);
    r->placement = json_incref(o->placement);
    r->system = json_incref(o->system);
    r->env = json_incref(o->env);
    r->command = json_incref(o->command);
    r->transport = json_pack("{s:s, s:s}", "verdict", "unknown", "evidence",
                             "counters are not read by this version");
}

/* Takes the samples out of `series`. */
static void put_series(const struct nh_mpi_session *s, struct nh_series *series,
                       struct nh_record *r)
{
    r->launch = s->out->settings->launch;
    r->nodes = s->nodes;
    r->ranks = s->size;
    r->level = s->limits.level;
    r->precision_target = s->limits.precision;
    r->ops_per_sample = series->ops_per_sample;
    r->first_op_ns = series->first_op_ns;
    r->sample_count = series->count;
    r->samples_ns = series->samples_ns;
    r->stats = series->stats;
    r->elapsed_s = series->elapsed_s;
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

static void print_line(struct nh_mpi_output *o, const struct nh_mpi_case *row,
                       const struct nh_series *series, const struct nh_record *r)
{
    double rate = row->rate_key ? nh_json_number(r->derived, row->rate_key, NAN) : NAN;
    if (strcmp(o->column, row->column) != 0)
        nh_mpi_table_head(stdout, row);
    snprintf(o->column, sizeof o->column, "%s", row->column);
    nh_mpi_table_line(stdout, row, series, rate);
}

static int emit(struct nh_mpi_session *s, const struct nh_mpi_case *row,
                const struct nh_series *series, const struct nh_record *r, struct nh_error *err)
{
    struct nh_mpi_output *o = s->out;
    int code = NH_OK;
    /* The record first: what was measured is safe before anything else can fail. */
    if (o->settings->output)
        code = nh_record_append(o->settings->output, r, err);
    if (code == NH_OK && o->settings->json)
        code = print_record(r, err);
    if (code == NH_OK && o->table)
        print_line(o, row, series, r);
    s->done++;
    if (o->progress.enabled)
        nh_progress_show(&o->progress, o->verb, s->done, s->total ? s->total : s->done, -1);
    return code;
}

int nh_mpi_output_write(struct nh_mpi_session *s, const struct nh_kernel_ops *ops, void *state,
                        const struct nh_mpi_case *row, struct nh_series *series,
                        struct nh_error *err)
{
    struct nh_record r;
    nh_record_init(&r);
    put_texts(s->out, ops, s->limits.verify && ops->verify, series->stop_rule, &r);
    put_environment(s->out, &r);
    put_series(s, series, &r);
    int code = describe(ops, state, &r, err);
    if (code == NH_OK)
        code = emit(s, row, series, &r, err);
    nh_record_clear(&r);
    return code;
}

void nh_mpi_note(struct nh_mpi_session *s, const char *fmt, ...)
{
    if (s->rank != 0 || !s->out->table)
        return;
    nh_mpi_output_head(s);
    va_list args;
    va_start(args, fmt);
    fputs("# ", stdout);
    vprintf(fmt, args);
    fputc('\n', stdout);
    fflush(stdout);
    va_end(args);
}
