/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef NH_COLLECTIVE_H
#define NH_COLLECTIVE_H

#include <stdbool.h>
#include <stddef.h>

#include "common/error.h"

/*
 * What a collective operation does to data, without MPI: who gives and who gets which
 * blocks, what every byte must be afterwards, and how many bytes must travel. The kernels
 * of bench/mpi do the operations themselves.
 */
enum nh_coll_id {
    NH_ALLREDUCE,
    NH_REDUCE,
    NH_REDUCESCATTER,
    NH_REDUCESCATTERBLOCK,
    NH_BCAST,
    NH_ALLGATHER,
    NH_ALLTOALL,
    NH_GATHER,
    NH_SCATTER,
    NH_BARRIER,
    NH_COLL_COUNT
};

/* What a rank gives or gets: blocks of the size that is asked for. */
enum nh_coll_part {
    NH_PART_NONE,
    NH_PART_ONE,   /* one block */
    NH_PART_EACH,  /* a block for, or from, each rank, in rank order */
    NH_PART_SHARE, /* its share of one block, see nh_coll_share */
};

struct nh_coll_model {
    const char *name;  /* of the verb and in records: "reducescatter" */
    const char *title; /* "MPI_Reduce_scatter" */
    bool reduces;      /* numbers are combined; else bytes are moved */
    bool rooted;       /* one rank is the root */
    bool in_place;     /* MPI_IN_PLACE is an option */
    bool addressed;    /* a sender's block b is for rank b; else each gets the same */
    bool even;         /* shares must be of one size: the block is a multiple of the ranks */
    enum nh_coll_part root_gives, others_give, root_gets, others_get;
};

extern const struct nh_coll_model nh_coll_models[NH_COLL_COUNT];

/* One rank's view of one operation. */
struct nh_coll_view {
    const struct nh_coll_model *model;
    int rank, ranks, root; /* without a root: root = rank */
    size_t count;          /* elements of a block */
};

/** Elements in the buffers of this rank. Reduce-scatter gets a share, but in place its
 *  buffer holds a block. */
size_t nh_coll_gives(const struct nh_coll_view *view);
size_t nh_coll_gets(const struct nh_coll_view *view);
/** Blocks, 0 for none; a share counts as one. */
int nh_coll_blocks_given(const struct nh_coll_view *view);
int nh_coll_blocks_got(const struct nh_coll_view *view);

/** Share of `rank` in `count` elements: count / ranks, the first count % ranks one more.
 *  `*first` (may be NULL) is the index of its first element. */
size_t nh_coll_share(size_t count, int ranks, int rank, size_t *first);

/** The rank that gave the block `b` of what this rank gets (moves only). */
int nh_coll_source(const struct nh_coll_view *view, int b);
/** Mark of block `b` that this rank gives, or gets: the seed of its bytes. The same block has
 *  the same mark at both ends; blocks of other senders or for other ranks have others. */
unsigned nh_coll_mark_given(const struct nh_coll_view *view, int b);
unsigned nh_coll_mark_got(const struct nh_coll_view *view, int b);

/** Bytes of the whole vector: of the result of one rank where blocks are put together or
 *  handed out (blocks of all ranks), else one block. `bytes` is the size of a block. */
double nh_coll_total_bytes(const struct nh_coll_model *model, int ranks, double bytes);
/** Bytes that must travel between ranks, summed over ranks: the least of any algorithm that
 *  combines only what it must; all-reduce counts as reduce-scatter and all-gather. */
double nh_coll_wire_bytes(const struct nh_coll_model *model, int ranks, double bytes);
/** Bytes through the busiest link over nh_coll_total_bytes: the "bus" factor of nccl-tests
 *  (its PERFORMANCE.md), 2 (n-1)/n for all-reduce. */
double nh_coll_bus_factor(const struct nh_coll_model *model, int ranks);

/* ---- numbers to combine ---- */

enum nh_coll_type { NH_COLL_FLOAT, NH_COLL_DOUBLE, NH_COLL_INT32, NH_COLL_INT64, NH_COLL_TYPES };
enum nh_coll_op { NH_COLL_SUM, NH_COLL_MIN, NH_COLL_MAX, NH_COLL_OPS };
extern const char *const nh_coll_type_names[]; /* NULL-terminated */
extern const char *const nh_coll_op_names[];   /* NULL-terminated */

size_t nh_coll_type_size(enum nh_coll_type type);
/** Puts the input of `rank` into buffer[0 .. count): whole numbers from 1 to 11, so that
 *  every partial sum is exact in a float (below 2^24 up to a million ranks) and the result
 *  does not depend on the order of additions. */
void nh_coll_numbers(void *buffer, size_t count, enum nh_coll_type type, int rank);
/** Checks buffer[0 .. count) against elements first .. of the combination over all ranks,
 *  for equality. NH_EFAIL names the first wrong element and its offset in bytes. */
int nh_coll_check_numbers(const void *buffer, size_t first, size_t count, enum nh_coll_type type,
                          enum nh_coll_op op, int ranks, struct nh_error *err);

#endif
