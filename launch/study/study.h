/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef NH_STUDY_H
#define NH_STUDY_H

#include <jansson.h>
#include <popt.h>
#include <stdio.h>

#include "analysis/price_choice.h"
#include "common/paths.h"
#include "launch/plan.h"
#include "launch/study/schema.h"

/*
 * A study file, read and checked: what to measure, over which sweeps, where, and within which
 * limits. docs/study.md explains the keys. Nothing here starts or writes anything.
 */

/* What is swept. Values of an axis are numbers, except placements and environments. */
enum nh_axis_id {
    NH_AXIS_NODES,
    NH_AXIS_RANKS_PER_NODE,
    NH_AXIS_THREADS,
    NH_AXIS_CELLS,
    NH_AXIS_CELLS_PER_RANK,
    NH_AXIS_PLACEMENT,
    NH_AXIS_ENVIRONMENT,
    NH_AXES
};

struct nh_study_axis {
    long *numbers;         /* the first five */
    char (*labels)[48];    /* the others: for the names of jobs */
    struct nh_args *words; /* environments: "NAME=VALUE" of each */
    size_t count;          /* of values, at least 1 */
    bool given;            /* in the file or by an option: then it is part of names */
    size_t dimension;      /* axes of one dimension are walked together */
};

/* Options of the command line that override keys of the file; NULL: not given. */
struct nh_study_options {
    char *machine, *price_models, *license_per_hour, *launcher, *hosts, *exclude, *partition,
        *mpirun, *nodes, *ranks_per_node, *launches, *seed, *max_time, *max_cost;
};

struct nh_study {
    char path[NH_PATH_MAX]; /* of the file */
    char *text;
    size_t len;
    char digest[20]; /* of the text: FNV-1a, 64 bits, 16 hexadecimal digits */
    struct nh_raw_study *raw;
    struct nh_node *root;
    struct nh_catalog catalog;
    struct nh_study_options options; /* strings of the caller, or of `stored` */
    json_t *stored;                  /* what it was restored from, or NULL */
    json_t *given;                   /* values of what the study needs, by name */

    const char *machine; /* NULL: as observed */
    char price_models[256];
    struct nh_price_list prices; /* of the machine; empty: none known */
    const char *license_per_hour;
    struct nh_cost_options cost; /* what else the report charges */
    const char *launcher;        /* "local", "ssh", "slurm" */
    const char *mpirun, *exclude, *partition;
    char hostfile[NH_PATH_MAX];                  /* "": none */
    struct nh_args sbatch;                       /* more options of sbatch */
    bool job_per_node_count;                     /* Slurm: each node count in a job of its own */
    bool nodes_option, time_option, cost_option; /* given on the command line, not in the file */
    long nodes_available;                        /* 0: not known (Slurm will say) */
    int cores;                                   /* of a node, physical */
    double max_time_s, launch_time_s;            /* 0: no limit */
    struct nh_money max_cost;                    /* 0: no limit */
    long launches;
    long seed;                              /* negative: not given */
    const struct nh_study_kernel **kernels; /* of each entry of raw->measure */
    struct nh_study_axis axes[NH_AXES];
    size_t dimensions;
};

enum { NH_STUDY_OPTIONS = 14 };

/** Adds them to a table of options; the number of entries is returned. */
size_t nh_study_option_table(struct nh_study_options *options,
                             struct poptOption table[NH_STUDY_OPTIONS]);

/** Finds the file: a path, or the name of a study that comes with nodehour. */
int nh_study_find(const char *name, char *path, size_t len, struct nh_error *err);

/** Prints the studies that come with nodehour, a line each. */
int nh_study_list(FILE *out, struct nh_error *err);
/** Adds their names to `list`, by letters. */
int nh_study_names_shipped(struct nh_args *list, struct nh_error *err);

/** Reads and checks. `cores`: physical cores of this machine, used when no machine is named.
 *  Code NH_EINPUT: "FILE:LINE: key: what; remedy". */
int nh_study_read(const char *name, const struct nh_study_options *options, int cores,
                  struct nh_study *study, struct nh_error *err);
/** The same from a text, `name` stands for the file. Host files are relative to it. */
int nh_study_parse(const char *name, const char *text, size_t len,
                   const struct nh_study_options *options, int cores, struct nh_study *study,
                   struct nh_error *err);
void nh_study_clear(struct nh_study *study);

/** Expands the sweeps: a job for each combination that `where` lets through, with its expected
 *  time and price, in shuffled order. Code NH_EINPUT when nothing is left, or too much. */
int nh_study_plan(const struct nh_study *study, uint64_t seed, struct nh_plan *plan,
                  struct nh_error *err);

/** The study as run.json keeps it: file, digest, text, options; new reference. */
json_t *nh_study_json(const struct nh_study *study);
/** Reads it back. Code NH_EINPUT. */
int nh_study_restore(json_t *stored, int cores, struct nh_study *study, struct nh_error *err);
/** NH_EINPUT, with the first difference, when `file` (NULL: where it was) is there and reads
 *  otherwise than at the beginning of `run`. */
int nh_study_unchanged(const json_t *stored, const char *file, const char *run,
                       struct nh_error *err);

/** "line 12 was 'nodes: [1, 2]' and is now 'nodes: [1, 4]'": the first difference of two texts;
 *  `buf` is returned. */
const char *nh_study_difference(const char *before, const char *now, char *buf, size_t len);

#endif
