/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef NH_STUDY_SCHEMA_H
#define NH_STUDY_SCHEMA_H

#include <stdint.h>

#include "analysis/cost/options.h"
#include "launch/study/kernels.h"
#include "launch/study/node.h"

/*
 * The keys of a study file, as a schema of libcyaml, and what it fills. The schema is read
 * twice: by nh_schema_check, which says the line of what is wrong and the nearest valid key, and by
 * libcyaml, which fills the structures. What a key means is in docs/study.md.
 *
 * Two keys have a form that libcyaml has no words for (`environment`: any names; `zip`: lists
 * in a list; `environment` and `needs` of applications as well); the schema lets them through, and
 * study.c reads them from the tree.
 */
struct nh_raw_launcher {
    char *type, *mpirun, *hosts, *exclude, *partition, *account, *time, *mode;
    char **sbatch;
    uint32_t sbatch_count;
    uint8_t srun;
};

struct nh_raw_limits {
    char *max_time, *max_cost, *launch_time;
};

/* Of applications: docs/applications.md. What they mean is read from the tree, once the
 * placeholders are filled (application.c). */
struct nh_raw_figure {
    char *value, *match, *json, *file, *which, *unit, *scale, *work, *per;
};

struct nh_raw_command {
    char **command;
    uint32_t command_count;
};

struct nh_raw_success {
    char *exit, *match, *never, *file;
};

struct nh_raw_steps {
    char *match, *file, *unit, *warmup;
};

struct nh_raw_application {
    char *name, *directory, *scratch, *scaling, *expected_time;
    char **command, **link, **copy, **keep;
    struct nh_raw_command *prepare, *finish;
    uint32_t prepare_count, finish_count;
    uint32_t command_count, link_count, copy_count, keep_count;
    uint8_t mpi, bind;
    struct nh_raw_success success;
    struct nh_raw_figure figure, iterations, cells;
    struct nh_raw_steps steps;
};

struct nh_raw_measure {
    char *kernel, *name, *where;
    struct nh_raw_application *application; /* NULL: a kernel */
    char *parameters[NH_PARAM_IDS];         /* as written; NULL: not given */
};

struct nh_raw_over {
    uint32_t *nodes, *ranks_per_node, *threads, *cells, *cells_per_rank;
    uint32_t nodes_count, ranks_per_node_count, threads_count, cells_count, cells_per_rank_count;
    char **placement, *where;
    uint32_t placement_count;
};

struct nh_raw_study {
    char *study, *description, *published, *machine, *license_per_hour;
    struct nh_cost_options cost;
    struct nh_raw_launcher launcher;
    struct nh_raw_limits limits;
    char **prices, **references;
    uint32_t prices_count, references_count;
    uint32_t launches;
    uint32_t *seed; /* NULL: not given */
    uint8_t screen;
    struct nh_raw_measure *measure;
    uint32_t measure_count;
    struct nh_raw_over over;
};

/** Says what in the tree is not as the schema has it: unknown keys, wrong types, empty lists.
 *  Code NH_EINPUT, "NAME:LINE: key: what; remedy". */
int nh_schema_check(const char *name, const struct nh_node *root, struct nh_error *err);

/** Fills the structures from a text that nh_schema_check found good. */
int nh_schema_load(const char *name, const char *text, size_t len, struct nh_raw_study **study,
                   struct nh_error *err);
void nh_schema_free(struct nh_raw_study *study);

#endif
