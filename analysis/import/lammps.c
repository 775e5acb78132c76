/* SPDX-License-Identifier: BSD-3-Clause */
#include "analysis/import/lammps.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "analysis/import/lines.h"

/*
 * log.lammps. A timed run is a line "Loop time of 1.2 on 4 procs for 100 steps with 4000
 * atoms"; what follows it, up to the next, is its breakdown.
 */
enum { LEAST_WALL_S = 100 }; /* printed in whole seconds: below it they are over 1 % off */

struct reader {
    const char *file;
    const struct nh_given *given;
    struct nh_app_runs *runs;
    struct nh_app_run *run; /* the last; NULL before the first */
    size_t first;
    double balance; /* mean over max of the pair forces, NaN before they were read */
    struct nh_error *err;
};

static bool recognise(const char *head, size_t len)
{
    return nh_lines_contain(head, len, "LAMMPS (");
}

static int read_loop(struct reader *r, const char *text, long line)
{
    double seconds, steps, atoms;
    long procs;
    if (sscanf(text, "Loop time of %lf on %ld procs for %lf steps with %lf atoms", &seconds, &procs,
               &steps, &atoms) != 4)
        return nh_fail(r->err, NH_EINPUT,
                       "%s:%ld: 'Loop time' without procs, steps and atoms; give the log as "
                       "LAMMPS wrote it",
                       r->file, line);
    if (!(seconds > 0 && seconds < 1e8 && procs > 0 && procs <= 100000000 && atoms > 0 &&
          atoms <= 1e15))
        return nh_fail(r->err, NH_EINPUT,
                       "%s:%ld: loop time, procs or atoms are zero or out of range; leave the log "
                       "out",
                       r->file, line);
    if (!(steps >= 1))
        return NH_OK; /* "run 0" sets up and times nothing */
    r->run = nh_app_run_add(r->runs, "LAMMPS", r->file, line, r->err);
    if (!r->run)
        return NH_EFAIL;
    snprintf(r->run->unit, sizeof r->run->unit, "step");
    r->run->counted = "atoms";
    r->run->ranks = procs;
    r->run->threads = 1;
    r->run->cells = atoms;
    r->run->solver_s = seconds;
    r->run->amount = r->run->total = steps;
    r->balance = NAN;
    return NH_OK;
}

/* "36.3% CPU use with 2 MPI tasks x 1 OpenMP threads": procs are their product. */
static void read_tasks(struct reader *r, const char *text)
{
    double percent;
    long tasks, threads;
    if (sscanf(text, "%lf%% CPU use with %ld MPI tasks x %ld OpenMP threads", &percent, &tasks,
               &threads) == 3 &&
        tasks > 0 && threads > 0 && tasks <= r->run->ranks && tasks * threads == r->run->ranks) {
        r->run->ranks = tasks;
        r->run->threads = threads;
    }
}

/* "Comm | min | avg | max |%varavg| %total" */
static void read_breakdown(struct reader *r, const char *text)
{
    double least, mean, most, vary, share;
    char section[16];
    if (sscanf(text, "%15s | %lf | %lf | %lf | %lf | %lf", section, &least, &mean, &most, &vary,
               &share) != 6)
        return;
    if (strcmp(section, "Pair") == 0 && most > 0 && mean <= most)
        r->balance = mean / most;
    if (strcmp(section, "Comm") != 0 || !(share >= 0 && share <= 100))
        return;
    int n = snprintf(r->run->note, sizeof r->run->note, "communication %.1f %% of the time", share);
    if (isfinite(r->balance))
        snprintf(r->run->note + n, sizeof r->run->note - (size_t)n,
                 ", load balance of the pair forces %.1f %%", 100 * r->balance);
}

/* It covers the whole program, so it is the job's clock where the log has one run. */
static void read_wall(struct reader *r, const char *text)
{
    long hours, minutes, seconds;
    if (sscanf(text, "Total wall time: %ld:%ld:%ld", &hours, &minutes, &seconds) != 3 ||
        hours < 0 || hours > 20000 || minutes < 0 || minutes > 59 || seconds < 0 || seconds > 60)
        return;
    double wall = (double)(hours * 3600 + minutes * 60 + seconds);
    if (r->runs->count - r->first == 1 && wall >= LEAST_WALL_S && wall >= r->run->solver_s)
        r->run->job_s = wall;
}

static int read_line(struct reader *r, const char *text, long line)
{
    if (strncmp(text, "Loop time of ", 13) == 0)
        return read_loop(r, text, line);
    if (!r->run)
        return NH_OK;
    if (strstr(text, "CPU use with"))
        read_tasks(r, text);
    else if (strncmp(text, "Total wall time", 15) == 0)
        read_wall(r, text);
    else if (strchr(text, '|'))
        read_breakdown(r, text);
    return NH_OK;
}

static int parse(const char *name, const char *data, size_t len, const struct nh_given *given,
                 struct nh_app_runs *runs, struct nh_error *err)
{
    struct reader r = {.file = name,
                       .given = given,
                       .runs = runs,
                       .first = runs->count,
                       .balance = NAN,
                       .err = err};
    struct nh_lines lines;
    int rc = NH_OK;
    nh_lines_start(&lines, data, len);
    while (!rc && nh_lines_next(&lines))
        rc = read_line(&r, lines.text + strspn(lines.text, " "), lines.number);
    if (!rc && runs->count == r.first)
        rc = nh_fail(err, NH_EINPUT,
                     "%s: no line 'Loop time of ...': no run ended in it; give the log of a run "
                     "that did",
                     name);
    return rc ? rc : nh_app_runs_choose(runs, r.first, given, name, err);
}

const struct nh_importer nh_importer_lammps = {
    .name = "lammps", .recognise = recognise, .runs = parse};
