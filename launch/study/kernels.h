/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef NH_STUDY_KERNELS_H
#define NH_STUDY_KERNELS_H

#include <stdbool.h>
#include <stddef.h>

#include "common/error.h"

/*
 * What a study can measure: a line for each kernel of nodehour-mpi, and one for each of
 * their parameters that a study file may give. A parameter is called as the option that
 * it becomes, with _ for -.
 */
enum nh_ranks_rule {
    NH_RANKS_TWO,     /* exactly 2 */
    NH_RANKS_PAIRS,   /* 2 for each of `pairs` */
    NH_RANKS_EVEN,    /* pairs among all of them */
    NH_RANKS_SEVERAL, /* 2 or more */
    NH_RANKS_ANY
};

struct nh_study_kernel {
    const char *name;
    enum nh_ranks_rule ranks;
    const char *sizes;      /* measured by default; NULL: the kernel has no list of sizes */
    size_t least;           /* bytes; of kernels with elements: one of them */
    size_t lines;           /* measurements at each size; 0: each rank with each other, in rounds */
    const char *parameters; /* its own, separated by spaces, besides those of every kernel */
    const char *ops; /* values of its parameter `op`, where they are not those of a reduction */
};

extern const struct nh_study_kernel nh_study_kernels[];
extern const size_t nh_study_kernel_count;

/** NULL with NH_EINPUT, the nearest name in the text. */
const struct nh_study_kernel *nh_study_kernel_find(const char *name, struct nh_error *err);

enum nh_parameter_kind {
    NH_PARAM_SIZES,
    NH_PARAM_SIZE,
    NH_PARAM_COUNT,
    NH_PARAM_NUMBER, /* greater than 0 */
    NH_PARAM_CHOICE,
    NH_PARAM_CHOICES, /* comma-separated */
    NH_PARAM_FLAG,
    NH_PARAM_BOX /* N or NXxNYxNZ */
};

struct nh_study_parameter {
    const char *key, *option;
    enum nh_parameter_kind kind;
    const char *choices; /* separated by spaces */
};

/* Each is a key of a measurement in the schema (schema.c) and a line of the table. */
enum nh_parameter_id {
    NH_PARAM_ID_SIZES,
    NH_PARAM_ID_SIZE,
    NH_PARAM_ID_TYPE,
    NH_PARAM_ID_OP,
    NH_PARAM_ID_IN_PLACE,
    NH_PARAM_ID_NONBLOCKING,
    NH_PARAM_ID_OVERLAP,
    NH_PARAM_ID_ALGORITHMS,
    NH_PARAM_ID_OF,
    NH_PARAM_ID_PAIRS,
    NH_PARAM_ID_WINDOW,
    NH_PARAM_ID_DIRECTION,
    NH_PARAM_ID_PERSISTENT,
    NH_PARAM_ID_BUFFERS,
    NH_PARAM_ID_UNALIGNED,
    NH_PARAM_ID_REFINE,
    NH_PARAM_ID_ORDER,
    NH_PARAM_ID_EPOCH,
    NH_PARAM_ID_MEASURE,
    NH_PARAM_ID_SERIAL,
    NH_PARAM_ID_CELLS,
    NH_PARAM_ID_CELLS_PER_RANK,
    NH_PARAM_ID_PRECISION,
    NH_PARAM_ID_MAX_TIME,
    NH_PARAM_ID_MAX_SAMPLES,
    NH_PARAM_ID_MIN_SAMPLES,
    NH_PARAM_ID_SYNC,
    NH_PARAM_ID_COMMON_CLOCK,
    NH_PARAM_ID_TIMEOUT,
    NH_PARAM_ID_INTER_NODE,
    NH_PARAM_ID_REQUIRE_TRANSPORT,
    NH_PARAM_IDS
};

extern const struct nh_study_parameter nh_study_parameters[NH_PARAM_IDS];

/** True when the kernel takes the parameter. */
bool nh_study_takes(const struct nh_study_kernel *kernel, const char *key);

/** Checks a value of a parameter: "max is none; give one of ...". Code NH_EINPUT. */
int nh_study_check_value(const struct nh_study_parameter *parameter, const char *text,
                         struct nh_error *err);

/** True when `ranks` can be cut into a x b x c with every factor at most `cells`. */
bool nh_box_fits(int ranks, long cells);

/** True for "true" and "yes", as the schema's booleans. */
bool nh_study_flag(const char *text);

#endif
