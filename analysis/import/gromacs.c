/* SPDX-License-Identifier: BSD-3-Clause */
#include "analysis/import/gromacs.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "analysis/import/lines.h"

/*
 * md.log of mdrun. The speed printed at its end is of the steps since the counters were last
 * reset (-resethway, -resetstep), so the time of a nanosecond is what runs have in common.
 */
static const double seconds_a_day = 86400, seconds_an_hour = 3600;

struct reader {
    const char *file;
    struct nh_app_runs *runs;
    struct nh_app_run run; /* so far */
    long cores;            /* of the nodes that it ran on; 0: not said */
    double dt_ps, steps;   /* as asked for; NaN: not said */
    bool cut_short, reset;
    struct nh_error *err;
};

static bool recognise(const char *head, size_t len)
{
    return memmem(head, len, "GROMACS", 7) && memmem(head, len, "mdrun, version", 14);
}

/* A log may hold several runs, the later ones appended. */
static void start_run(struct reader *r)
{
    r->run = (struct nh_app_run){.ranks = 1, .threads = 1, .cells = NAN};
    r->cores = 0;
    r->dt_ps = r->steps = NAN;
    r->cut_short = r->reset = false;
}

static void read_hardware(struct reader *r, const char *text)
{
    long nodes, cores;
    if (sscanf(text, "Running on %ld %*s with total %ld cores", &nodes, &cores) == 2) {
        r->run.nodes = nodes > 0 && nodes <= 1000000 ? nodes : 0;
        r->cores = cores > 0 && cores <= 100000000 ? cores : 0;
    }
}

static void read_using(struct reader *r, const char *text)
{
    long n;
    char what[16], kind[16];
    if (sscanf(text, "Using %ld %15s %15s", &n, what, kind) != 3 || n < 1 || n > 100000000)
        return;
    if (strcmp(what, "MPI") == 0 &&
        (strncmp(kind, "process", 7) == 0 || strncmp(kind, "thread", 6) == 0))
        r->run.ranks = n;
    if (strcmp(what, "OpenMP") == 0)
        r->run.threads = n;
}

static void read_number(const char *text, const char *format, double *out)
{
    double value;
    if (sscanf(text, format, &value) == 1 && value > 0 && value < 1e15)
        *out = value;
}

static void read_setting(struct reader *r, const char *text)
{
    read_number(text, "There are: %lf Atoms", &r->run.cells);
    read_number(text, "dt = %lf", &r->dt_ps);
    read_number(text, "nsteps = %lf", &r->steps);
    read_number(text, "Overriding nsteps with value passed on the command line: %lf", &r->steps);
    if (strncmp(text, "Run time exceeded", 17) == 0 || strncmp(text, "Received the ", 13) == 0)
        r->cut_short = true;
    if (strstr(text, "resetting all time and cycle counters"))
        r->reset = true;
}

static long cores_of(const struct reader *r)
{
    double used = (double)r->run.ranks * (double)r->run.threads;
    if (used > 1e8)
        return 0;
    return r->cores > 0 && (double)r->cores < used ? r->cores : (long)used;
}

static int finish_run(struct reader *r, const char *text, long line)
{
    double day, hour;
    if (sscanf(text, "Performance: %lf %lf", &day, &hour) != 2 || !(day > 0) || !(hour > 0) ||
        day > 1e9 || hour > 1e6)
        return nh_fail(r->err, NH_EINPUT,
                       "%s:%ld: 'Performance:' has no ns/day and hour/ns above zero; give the log "
                       "of a run that was long enough to be timed",
                       r->file, line);
    struct nh_app_run *run = nh_app_run_add(r->runs, "GROMACS", r->file, line, r->err);
    if (!run)
        return NH_EFAIL;
    run->nodes = r->run.nodes;
    run->ranks = r->run.ranks;
    run->threads = r->run.threads;
    run->cores = cores_of(r);
    run->cells = r->run.cells;
    run->counted = "atoms";
    snprintf(run->unit, sizeof run->unit, "ns");
    /* Both have three decimals: the larger number has more digits. */
    run->solver_s = day > hour ? seconds_a_day / day : seconds_an_hour * hour;
    run->total = r->cut_short ? NAN : r->steps * r->dt_ps * 1e-3;
    snprintf(run->note, sizeof run->note, "%s", r->reset ? "counters were reset on the way" : "");
    return NH_OK;
}

static int read_line(struct reader *r, const char *text, long line)
{
    if (strncmp(text, "GROMACS:", 8) == 0 && strstr(text, "mdrun, version"))
        start_run(r); /* titles of papers begin like that, too */
    else if (strncmp(text, "Performance:", 12) == 0)
        return finish_run(r, text, line);
    read_hardware(r, text);
    read_using(r, text);
    read_setting(r, text);
    return NH_OK;
}

static int parse(const char *name, const char *data, size_t len, const struct nh_given *given,
                 struct nh_app_runs *runs, struct nh_error *err)
{
    struct reader r = {.file = name, .runs = runs, .err = err};
    struct nh_lines lines;
    size_t first = runs->count;
    int rc = NH_OK;
    start_run(&r);
    nh_lines_start(&lines, data, len);
    while (!rc && nh_lines_next(&lines))
        rc = read_line(&r, lines.text + strspn(lines.text, " "), lines.number);
    if (!rc && runs->count == first)
        rc = nh_fail(err, NH_EINPUT,
                     "%s: no line 'Performance:': the run did not end, or was no dynamics; give "
                     "the md.log of one that did",
                     name);
    return rc ? rc : nh_app_runs_choose(runs, first, given, name, err);
}

const struct nh_importer nh_importer_gromacs = {
    .name = "gromacs", .recognise = recognise, .runs = parse};
