/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef NH_APP_APP_H
#define NH_APP_APP_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>

#include "common/error.h"
#include "launch/app/pick.h"
#include "launch/args.h"

/*
 * An application as a study gives it: any program, what it needs, and how to read its
 * figures. A study turns it into JSON for every job (its placeholders of the sweep are
 * filled), which run.json keeps; here it is read. docs/applications.md has the keys.
 */

/** A number: a constant, or where it stands in what the program wrote. */
struct nh_figure {
    bool given;
    const char *value;        /* a number, or arithmetic with whole numbers */
    const char *match, *json; /* exactly one of the three is not NULL */
    const char *file;         /* in the working directory; NULL: stdout */
    enum nh_pick_which which; /* of several matches */
    double scale;             /* the number read is multiplied by it */
    const char *unit;         /* "s", "ns/day", ... */
    bool per_iteration;       /* else of the launch */
    double work;              /* of a rate: what a launch does in all; 0: not known */
};

/** Times of steps: a time a line, or a step and the time at it. */
struct nh_steps {
    const char *match; /* NULL: not given */
    const char *file, *unit;
    double warmup; /* steps left out at the beginning */
};

/* Commands before an application, or after it; not timed. */
enum { NH_COMMANDS_MAX = 16 };
struct nh_commands {
    struct nh_args items[NH_COMMANDS_MAX];
    size_t count;
};

struct nh_application {
    const char *name;
    struct nh_args command, link, copy, environment, keep;
    struct nh_commands prepare, finish;
    bool mpi, bind, weak;            /* bind: mpirun binds ranks to cores */
    const char *directory, *scratch; /* NULL: the scratch directory; the run folder's */
    long exit;                       /* status of success */
    const char *match, *never;       /* regular expressions of success, or NULL */
    const char *success_file;        /* that they look at; NULL: stdout */
    struct nh_figure figure, iterations, cells;
    struct nh_steps steps;
    double expected_s;
    /* For the record: what tells this job from others. */
    const char *environment_label, *machine;
};

/** Reads it; strings belong to `json`, which must outlive it. `key` gets what is wrong,
 *  "figure.match". Code NH_EINPUT. */
int nh_app_parse(const json_t *json, struct nh_application *app, char key[64],
                 struct nh_error *err);
void nh_app_clear(struct nh_application *app);

/** What a unit says: `seconds` of one, "s", "ms", "min", ...; a rate ("ns/day", "GiB/s") has the
 *  seconds of what is below the line, and `rate` is true. Code NH_EINPUT. */
int nh_app_unit(const char *unit, double *seconds, bool *rate, struct nh_error *err);

/** "128 * 128", "97e6": code NH_EINPUT. */
int nh_app_constant(const char *text, double *value, struct nh_error *err);

#endif
