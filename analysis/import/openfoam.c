/* SPDX-License-Identifier: BSD-3-Clause */
#include "analysis/import/openfoam.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "analysis/import/lines.h"

/*
 * log.<solver>. After each step a solver prints the processor time of its first process and
 * the wall time of the program, both since its start: "ExecutionTime = 1.02 s  ClockTime =
 * 2 s". The second has no fractions in most versions, so it is used where that is below 1 %.
 * Logs of the mesh tools say the cells of a case, for the runs in its folder.
 */
enum { LEAST_CLOCK_S = 100, START_STEPS = 1 };

struct clocks {
    double execution_s, clock_s;
};

struct reader {
    const char *file;
    const struct nh_given *given;
    struct nh_app_runs *runs;
    char program[32], place[256];
    long line, nodes, processes, steps, skip;
    double cells; /* NaN: not said */
    bool in_hosts, ended;
    struct clocks start, last;
    struct nh_error *err;
};

static bool recognise(const char *head, size_t len)
{
    return nh_lines_contain(head, len, "Exec   :") && nh_lines_contain(head, len, "nProcs :");
}

static void start_run(struct reader *r, const char *text, long line)
{
    char program[32];
    r->line = line;
    r->nodes = r->processes = r->steps = 0;
    r->cells = NAN;
    r->in_hosts = r->ended = false;
    r->start = r->last = (struct clocks){0};
    r->place[0] = '\0';
    if (sscanf(text, "Exec : %31s", program) == 1)
        snprintf(r->program, sizeof r->program, "%s", nh_base_name(program));
}

/* ---- What a run was ---- */

/* Of the list of hosts: "(" a line "(name processes)" each, ")". */
static void read_host(struct reader *r, const char *text)
{
    char host[128];
    long n;
    if (strcmp(text, ")") == 0)
        r->in_hosts = false;
    else if (sscanf(text, "(%127s %ld)", host, &n) == 2 && r->nodes < 1000000)
        r->nodes++;
}

static void read_header(struct reader *r, const char *text)
{
    char place[256];
    long n;
    if (r->in_hosts)
        read_host(r, text);
    else if (strncmp(text, "Hosts  :", 8) == 0)
        r->in_hosts = true;
    else if (sscanf(text, "Case : %255s", place) == 1)
        snprintf(r->place, sizeof r->place, "%s", place);
    else if (sscanf(text, "nProcs : %ld", &n) == 1 && n > 0 && n <= 100000000)
        r->processes = n;
}

static bool is_mesh_tool(const struct reader *r)
{
    return strcmp(r->program, "checkMesh") == 0 || strcmp(r->program, "blockMesh") == 0 ||
           strcmp(r->program, "decomposePar") == 0;
}

/* checkMesh and blockMesh say all cells, decomposePar those of each part. */
static void read_cells(struct reader *r, const char *text)
{
    double n;
    if ((sscanf(text, "cells: %lf", &n) == 1 || sscanf(text, "nCells: %lf", &n) == 1) && n > 0)
        r->cells = n;
    else if (sscanf(text, "Number of cells = %lf", &n) == 1 && n > 0)
        r->cells = n + (isnan(r->cells) ? 0 : r->cells);
}

static bool read_step(struct reader *r, const char *text)
{
    struct clocks now;
    if (sscanf(text, "ExecutionTime = %lf s ClockTime = %lf s", &now.execution_s, &now.clock_s) !=
        2)
        return true;
    if (!(now.execution_s >= r->last.execution_s && now.execution_s < 1e8 &&
          now.clock_s >= r->last.clock_s && now.clock_s < 1e8))
        return false;
    r->last = now;
    if (++r->steps == r->skip)
        r->start = now;
    return true;
}

/* ---- What it becomes ---- */

static int add_mesh(struct reader *r)
{
    if (!(r->cells > 0 && r->cells <= 1e15) || !*r->place)
        return NH_OK;
    struct nh_app_run *mesh = nh_app_run_add(r->runs, r->program, r->file, r->line, r->err);
    if (!mesh)
        return NH_EFAIL;
    mesh->cells = r->cells;
    memcpy(mesh->place, r->place, sizeof mesh->place);
    return NH_OK;
}

/* Seconds of the steps after the first ones, and by how much the clock can be off. */
static double solver_seconds(const struct reader *r, double *off)
{
    double clock = r->last.clock_s - r->start.clock_s;
    bool whole_seconds = floor(r->last.clock_s) == r->last.clock_s;
    *off = whole_seconds ? 1 : 0.01;
    if (clock >= LEAST_CLOCK_S)
        return clock;
    *off = 0.01;
    return r->last.execution_s - r->start.execution_s;
}

static int check_run(const struct reader *r, double seconds)
{
    if (r->steps == 0)
        return nh_fail(r->err, NH_EINPUT,
                       "%s:%ld: %s printed no 'ExecutionTime': no step ended; give the log of a "
                       "run that got further",
                       r->file, r->line, r->program);
    if (r->steps <= r->skip)
        return nh_fail(r->err, NH_EINPUT,
                       "%s:%ld: %ld step%s, of which the first %ld do not count; give a longer "
                       "run, or --skip-steps 0 to count the start, too",
                       r->file, r->line, r->steps, r->steps == 1 ? "" : "s", r->skip);
    if (!(seconds > 0))
        return nh_fail(r->err, NH_EINPUT,
                       "%s:%ld: the clock of the log did not move during %ld steps; give a longer "
                       "run",
                       r->file, r->line, r->steps - r->skip);
    return NH_OK;
}

static int add_run(struct reader *r)
{
    double off, seconds = solver_seconds(r, &off);
    int rc = check_run(r, seconds);
    if (rc)
        return rc;
    struct nh_app_run *run = nh_app_run_add(r->runs, "OpenFOAM", r->file, r->line, r->err);
    if (!run)
        return NH_EFAIL;
    snprintf(run->name, sizeof run->name, "%.24s %.64s", r->program, nh_base_name(r->place));
    snprintf(run->unit, sizeof run->unit, "step");
    memcpy(run->place, r->place, sizeof run->place);
    run->nodes = r->nodes;
    run->ranks = r->processes;
    run->threads = 1;
    run->solver_s = seconds;
    run->amount = (double)(r->steps - r->skip);
    run->total = (double)r->steps;
    if (r->ended && r->last.clock_s >= LEAST_CLOCK_S)
        run->job_s = r->last.clock_s;
    if (off > 0.01 * seconds)
        snprintf(run->note, sizeof run->note, "the log's clock is only good to %.0f %%",
                 100 * off / seconds);
    return NH_OK;
}

static int end_run(struct reader *r)
{
    if (r->line == 0)
        return NH_OK;
    return is_mesh_tool(r) ? add_mesh(r) : add_run(r);
}

static int read_line(struct reader *r, const char *text, long line)
{
    int rc = NH_OK;
    if (strncmp(text, "Exec   :", 8) == 0) {
        rc = end_run(r);
        start_run(r, text, line);
    } else if (strcmp(text, "End") == 0) {
        r->ended = true;
    } else if (is_mesh_tool(r)) {
        read_header(r, text);
        read_cells(r, text);
    } else if (strncmp(text, "ExecutionTime", 13) == 0 && !read_step(r, text)) {
        rc = nh_fail(r->err, NH_EINPUT,
                     "%s:%ld: the clock goes backwards or is out of range; logs of several runs "
                     "were mixed",
                     r->file, line);
    } else if (r->steps == 0) {
        read_header(r, text);
    }
    return rc;
}

static int parse(const char *name, const char *data, size_t len, const struct nh_given *given,
                 struct nh_app_runs *runs, struct nh_error *err)
{
    struct reader r = {.file = name,
                       .given = given,
                       .runs = runs,
                       .skip = given->skip_steps < 0 ? START_STEPS : given->skip_steps,
                       .err = err};
    struct nh_lines lines;
    size_t first = runs->count;
    int rc = NH_OK;
    nh_lines_start(&lines, data, len);
    while (!rc && nh_lines_next(&lines)) {
        char *text = lines.text + strspn(lines.text, " ");
        for (size_t n = strlen(text); n > 0 && text[n - 1] == ' '; n--)
            text[n - 1] = '\0'; /* CRLF */
        rc = read_line(&r, text, lines.number);
    }
    if (!rc)
        rc = end_run(&r);
    if (!rc && runs->count == first)
        rc = nh_fail(err, NH_EINPUT, "%s: neither steps nor cells in it; give the log of a solver",
                     name);
    return rc ? rc : nh_app_runs_choose(runs, first, given, name, err);
}

const struct nh_importer nh_importer_openfoam = {
    .name = "openfoam", .recognise = recognise, .runs = parse};
