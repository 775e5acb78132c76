/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef NH_GROUP_H
#define NH_GROUP_H

#include <stddef.h>
#include <stdint.h>

#include "common/error.h"

enum nh_reduction { NH_SUM, NH_MIN, NH_MAX };
struct nh_global_clock;

/*
 * The ranks that measure together, and the control messages between them. The engine
 * knows no library: there is one for MPI (bench/mpi/group.c), and tests have a group of
 * one and simulated groups. All functions but send, receive and exchange are collective.
 */
struct nh_group {
    int rank, size;
    int leader; /* lowest rank on this rank's host */
    void *context;
    /** Copies `len` bytes from rank 0 to all. */
    int (*broadcast)(void *context, void *data, size_t len, struct nh_error *err);
    /** Element-wise over all ranks; every rank gets the result. */
    int (*reduce)(void *context, enum nh_reduction how, int64_t *values, size_t n,
                  struct nh_error *err);
    /** One barrier, however the library does it. */
    int (*barrier)(void *context, struct nh_error *err);
    /** Makes a failure on any rank the failure of all: returns `code` when all are NH_OK,
     *  else code and text of the lowest rank that failed. */
    int (*agree)(void *context, int code, struct nh_error *err);
    /** Blocks between two ranks. A send may wait for its receive; messages between two ranks
     *  stay in order. The engine's blocks have at most NH_CONTROL_MAX bytes, and simulated
     *  groups take no longer ones. */
    int (*send)(void *context, int to, const void *data, size_t len, struct nh_error *err);
    int (*receive)(void *context, int from, void *data, size_t len, struct nh_error *err);
    /** Sends and receives at once, so that rings do not lock up. */
    int (*exchange)(void *context, int to, const void *out, int from, void *in, size_t len,
                    struct nh_error *err);
    /** The clock that the ranks share (clocksync.h), NULL where there is none. */
    struct nh_global_clock *global;
};
enum { NH_CONTROL_MAX = 64 };

/** Collective: the largest value over ranks, and the lowest rank that has it. */
int nh_group_maxloc(const struct nh_group *group, int64_t *value, int *rank, struct nh_error *err);

#endif
