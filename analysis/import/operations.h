/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef NH_OPERATIONS_H
#define NH_OPERATIONS_H

#include <stdbool.h>
#include <stddef.h>

/*
 * What benchmarks of other suites measure, in one table: a row names the operation in
 * our records and in theirs, and says what physics asks of it.
 */
enum nh_pattern {
    NH_PATTERN_OTHER,     /* nothing is known */
    NH_PATTERN_LATENCY,   /* one way between two ranks */
    NH_PATTERN_RATE,      /* a window of messages one way */
    NH_PATTERN_RATE_TWO,  /* both ways at once */
    NH_PATTERN_RATE_ALL,  /* several pairs, the sum of their rates */
    NH_PATTERN_ONE_SIDED, /* put, get or accumulate, one at a time until it is complete */
    NH_PATTERN_EVERYONE,  /* a collective in which every rank waits for every other */
    NH_PATTERN_BROADCAST,
    NH_PATTERN_ROOTED, /* a collective that most ranks may leave early */
    NH_PATTERN_STORAGE
};

/** Bytes that some node must send or receive, at the least, for messages of `size` on `nodes`
 *  nodes with `ranks` ranks in all. Without in-network reduction; two nodes or more. */
typedef double (*nh_volume_fn)(double size, double nodes, double ranks);

struct nh_operation {
    const char *kernel;      /* in records */
    const char *osu_title;   /* "Allreduce Latency": what stands before "Test v7.4" */
    const char *osu_program; /* "osu_allreduce" */
    const char *imb;         /* "Allreduce" */
    const char *nccl;        /* "all_reduce" of all_reduce_perf */
    enum nh_pattern pattern;
    nh_volume_fn volume;     /* NULL when unknown */
    const char *volume_text; /* the same as a formula; S size, N nodes, n ranks */
    double bus_factor;       /* nccl-tests: busbw = algbw x bus_factor (n-1)/n; 0: busbw = algbw */
    bool per_rank;         /* the size of OSU and IMB is a rank's share; nccl-tests give the sum */
    const char *one_sided; /* "put", "get", "accumulate", or NULL: kernel `rma` in records */
};

const struct nh_operation *nh_operation_by_kernel(const char *kernel);
/** `one_sided` operations; `pattern` is NH_PATTERN_ONE_SIDED or a rate. */
const struct nh_operation *nh_operation_one_sided(const char *name, enum nh_pattern pattern);
/** Upper and lower case are the same: OSU has "Put Latency" and "Get latency". */
const struct nh_operation *nh_operation_by_osu_title(const char *title);
const struct nh_operation *nh_operation_by_osu_program(const char *program);
const struct nh_operation *nh_operation_by_imb(const char *name);
/** `name` with or without "_perf". */
const struct nh_operation *nh_operation_by_nccl(const char *name);
/** Stands for whatever is in no table. */
extern const struct nh_operation nh_operation_unknown;
/** Reads of and writes to storage. */
extern const struct nh_operation nh_operation_storage;

/** busbw / algbw of nccl-tests on n ranks. */
double nh_bus_ratio(const struct nh_operation *op, double ranks);

#endif
