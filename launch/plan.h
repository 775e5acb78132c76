/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef NH_PLAN_H
#define NH_PLAN_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/error.h"
#include "launch/args.h"

/*
 * What `nodehour run` does. A request is what the user asked for; a plan is the list of
 * jobs that follows from it, and the shuffled order of all their launches. Both go into
 * run.json: an unfinished run is continued when its request equals the new one.
 */
struct nh_request {
    const char *kernels; /* comma-separated names (preset.c), NULL: all */
    const char *sizes;   /* list of message sizes, NULL: the kernel's own */
    const char *machine; /* EC2 instance type to put into the records, NULL: as observed */
    const char *seed;    /* as given, NULL: random, and then any seed will do for going on */
    long launches;       /* 0: NH_LAUNCHES, or NH_LAUNCHES_QUICK when quick */
    long ranks;          /* of the collectives, 0: the cores, 2 to 8 */
    long cells;          /* halo: cells along each side, 0: NH_CELLS */
    int cores;           /* physical cores of this machine */
    bool quick;
};

/* Six launches are the least for which a 95 % order-statistic interval of the median
 * exists (1 - 2/2^6 = 0.969; with five it is 0.9375). */
enum { NH_LAUNCHES = 6, NH_LAUNCHES_QUICK = 2, NH_LAUNCHES_MAX = 1000, NH_CELLS = 128 };

struct nh_job {
    char name[96];       /* identity within the plan: "pingpong.n2" */
    struct nh_args args; /* "nodehour-mpi", kernel, options; without those of one launch */
    struct nh_args env;  /* "NAME=VALUE" for every rank */
    json_t *app;         /* an application instead of a kernel (app/app.h), or NULL */
    int ranks;           /* all of them */
    long nodes;
    int ranks_per_node;
    int threads;           /* of each rank; 0: not set */
    size_t measurements;   /* time-capped ones in a launch: sizes, or 1 */
    double expected_s;     /* one launch, start included: estimate before the first one */
    double limit_s;        /* a launch that takes longer hangs, and is ended */
    double price_per_hour; /* of one node, in the plan's currency; 0: unknown */
};

struct nh_plan_step { /* one launch of one job */
    size_t job;
    long launch;
};

struct nh_plan {
    struct nh_job *jobs;
    size_t job_count;
    long launches; /* of each job */
    uint64_t seed;
    struct nh_plan_step *steps; /* job_count * launches, in the order of execution */
    size_t step_count;
    double max_time_s;    /* wall time from the first start to the last end; 0: no limit */
    double max_cost;      /* of all launches together, in `currency`; 0: no limit */
    long billed_nodes;    /* paid from the first start to the last end; 0: each launch's own
                           * nodes, while it runs */
    char price_model[48]; /* that prices are of: "on-demand"; "": none */
    char currency[4];     /* ISO 4217; "": no prices */
    char notes[8][160];   /* what was left out and why */
    size_t note_count;
};

/** Makes the plan. Codes: NH_EINPUT for values that do not fit this machine. */
int nh_plan_make(const struct nh_request *request, uint64_t seed, struct nh_plan *plan,
                 struct nh_error *err);
void nh_plan_clear(struct nh_plan *plan);

/** Sum of expected_s over all launches. */
double nh_plan_expected_s(const struct nh_plan *plan);
/** Node-hours that all launches are billed, by the same expectation. */
double nh_plan_node_hours(const struct nh_plan *plan);
/** What a run costs that took `wall_s` so far, `launched_node_s` of them node-seconds within
 *  launches: in the plan's currency; 0 when no price is known. */
double nh_plan_cost(const struct nh_plan *plan, double wall_s, double launched_node_s);
/** The most nodes that a launch of it needs. */
long nh_plan_most_nodes(const struct nh_plan *plan);
/** Generous time limit of a launch: for those that hang, not for slow machines. */
double nh_plan_limit_s(double expected_s);
/** The shuffled order of all launches, from the seed; the last step of making a plan. */
int nh_plan_set_order(struct nh_plan *plan, struct nh_error *err);
/** A new job of `ranks` on one node at the end of the plan, or NULL; valid until the next one is
 *  added. The name is cut to fit. */
struct nh_job *nh_plan_add(struct nh_plan *plan, int ranks, struct nh_error *err, const char *fmt,
                           ...) NH_PRINTF(4, 5);
/** Something that the user should know about the plan; dropped when there are too many. */
void nh_plan_note(struct nh_plan *plan, const char *fmt, ...) NH_PRINTF(2, 3);

/** The request in canonical form, for comparison by json_equal; new reference. */
json_t *nh_request_json(const struct nh_request *request);
/** The plan as it stands in run.json; new reference. */
json_t *nh_plan_json(const struct nh_plan *plan);
/** Reads it back; the order follows from the seed. Code NH_EINPUT. */
int nh_plan_parse(const json_t *json, struct nh_plan *plan, struct nh_error *err);

#endif
