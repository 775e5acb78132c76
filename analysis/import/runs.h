/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef NH_IMPORT_RUNS_H
#define NH_IMPORT_RUNS_H

#include <stdbool.h>
#include <stddef.h>

#include "common/error.h"

/*
 * What an application's log says of a run, and what its user says where the log does not.
 * Nothing is guessed: a value that neither names stays unknown, and one that is needed is
 * asked for. Unknown is 0, "" or NaN.
 */
enum nh_declared { NH_UNDECLARED, NH_DECLARED_STRONG, NH_DECLARED_WEAK };

struct nh_given {
    const char *name;         /* of the case; NULL: as the log says */
    const char *map;          /* "p=nodes,size=cells": what foreign names stand for; NULL: none */
    long nodes, cores;        /* 0: not given */
    double cells;             /* 0: not given; also atoms */
    enum nh_declared scaling; /* of all logs */
    long skip_steps;          /* steps at the start that are no solver time; -1: the format's own */
    long which;               /* of several runs in a log, from 1; 0: not given, -1: each */
    double work;              /* steps, iterations or ns of the run that is planned; 0: of one */
};

struct nh_app_run {
    char program[32];    /* "GROMACS" */
    char name[96];       /* case */
    char origin[256];    /* FILE:LINE */
    char machine[32];    /* EC2 instance type */
    char place[256];     /* folder of the case: a mesh's log says the cells of runs there */
    char note[128];      /* shown beside the point */
    char unit[16];       /* what a log counts: "step", "iteration", "ns"; "run": the whole */
    char file[512];      /* log that this run, named in a table, is to be read from; "" */
    const char *counted; /* what `cells` are: "cells", "atoms" */
    long nodes, ranks, threads, cores;
    double cells;
    double solver_s, amount; /* solver's clock, and the units that ran meanwhile */
    double job_s, total;     /* the job's clock, and the units of all the job */
    long launch;             /* -1: in the order of the files */
    enum nh_declared scaling;
    bool named; /* the case's name was given by the user */
};

struct nh_app_runs {
    struct nh_app_run *items;
    size_t count;
};

/** Adds the runs of a log. NH_EINPUT ("NAME:LINE: problem; remedy") when it has none, or none
 *  that ended. */
typedef int (*nh_runs_parse_fn)(const char *name, const char *data, size_t len,
                                const struct nh_given *given, struct nh_app_runs *runs,
                                struct nh_error *err);

/** A run of which nothing is known but where it stands; NULL (NH_EFAIL) when memory is short. */
struct nh_app_run *nh_app_run_add(struct nh_app_runs *runs, const char *program, const char *file,
                                  long line, struct nh_error *err);
void nh_app_runs_clear(struct nh_app_runs *runs);

/** Of the runs from `first` on, which one log holds, keeps those that --run chose. NH_EINPUT
 *  when there are several and none was chosen. */
int nh_app_runs_choose(struct nh_app_runs *runs, size_t first, const struct nh_given *given,
                       const char *file, struct nh_error *err);

/* ---- Names in foreign tables ---- */

/** What `name` stands for, after --map: "nodes", "ranks", "threads", "cores", "cells",
 *  "machine", "case", "solver_s", "job_s"; the name itself when it is none of them. */
void nh_given_name(const struct nh_given *given, const char *name, char *buf, size_t size);

enum nh_run_field {
    NH_RUN_FIELD_NONE, /* no field of a run */
    NH_RUN_FIELD_SET,
    NH_RUN_FIELD_BAD /* a field of a run, but `text` is no value for it */
};
/** Sets the field that `name` stands for from text. */
enum nh_run_field nh_app_run_set(struct nh_app_run *run, const struct nh_given *given,
                                 const char *name, const char *text);

/** Seconds in a unit of time ("s", "ms", "us", "ns", "min", "h"); NaN for another. */
double nh_seconds_in(const char *unit);

/** "a", "b" of a path "x/a.log", "b": the file's name without its folder. */
const char *nh_base_name(const char *path);

#endif
