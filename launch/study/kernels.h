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

/* Every name is a key of a measurement: the schema and the table are made of this list. */
#define NH_STUDY_PARAMETERS(X)                                                                     \
    X(SIZES, "sizes", "--sizes", SIZES, NULL)                                                      \
    X(SIZE, "size", "--size", SIZE, NULL)                                                          \
    X(TYPE, "type", "--type", CHOICE, "float double int32 int64")                                  \
    X(OP, "op", "--op", CHOICE, "sum min max")                                                     \
    X(IN_PLACE, "in_place", "--in-place", FLAG, NULL)                                              \
    X(NONBLOCKING, "nonblocking", "--nonblocking", FLAG, NULL)                                     \
    X(OVERLAP, "overlap", "--overlap", FLAG, NULL)                                                 \
    X(ALGORITHMS, "algorithms", "--algorithms", CHOICES,                                           \
      "library reduce+bcast recursive-doubling ring rabenseifner shm levels-doubling "             \
      "levels-rabenseifner")                                                                       \
    X(OF, "of", "--of", CHOICE,                                                                    \
      "allreduce reduce reducescatter bcast allgather alltoall gather scatter")                    \
    X(PAIRS, "pairs", "--pairs", COUNT, NULL)                                                      \
    X(WINDOW, "window", "--window", COUNT, NULL)                                                   \
    X(DIRECTION, "direction", "--direction", CHOICE, "one two")                                    \
    X(PERSISTENT, "persistent", "--persistent", FLAG, NULL)                                        \
    X(BUFFERS, "buffers", "--buffers", CHOICE, "hot rotating flushed")                             \
    X(UNALIGNED, "unaligned", "--unaligned", COUNT, NULL)                                          \
    X(REFINE, "refine", "--refine", COUNT, NULL)                                                   \
    X(ORDER, "order", "--order", CHOICE, "ascending random")                                       \
    X(EPOCH, "epoch", "--epoch", CHOICE, "flush fence")                                            \
    X(MEASURE, "measure", "--measure", CHOICE, "latency bandwidth")                                \
    X(SERIAL, "serial", "--serial", FLAG, NULL)                                                    \
    X(CELLS, "cells", "--cells", BOX, NULL)                                                        \
    X(CELLS_PER_RANK, "cells_per_rank", "--cells-per-rank", BOX, NULL)                             \
    X(PRECISION, "precision", "--precision", NUMBER, NULL)                                         \
    X(MAX_TIME, "max_time", "--max-time", NUMBER, NULL)                                            \
    X(MAX_SAMPLES, "max_samples", "--max-samples", COUNT, NULL)                                    \
    X(MIN_SAMPLES, "min_samples", "--min-samples", COUNT, NULL)                                    \
    X(SYNC, "sync", "--sync", CHOICE,                                                              \
      "none barrier double_barrier dissemination window round_time")                               \
    X(COMMON_CLOCK, "common_clock", "--common-clock", FLAG, NULL)                                  \
    X(TIMEOUT, "timeout", "--timeout", COUNT, NULL)                                                \
    X(INTER_NODE, "inter_node", "--inter-node", FLAG, NULL)                                        \
    X(REQUIRE_TRANSPORT, "require_transport", "--require-transport", CHOICE, "shm efa tcp")

#define NH_STUDY_PARAMETER_ID(id, key, option, kind, choices) NH_PARAM_ID_##id,
enum nh_parameter_id { NH_STUDY_PARAMETERS(NH_STUDY_PARAMETER_ID) NH_PARAM_IDS };

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
