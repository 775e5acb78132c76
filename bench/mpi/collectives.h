/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef NH_MPI_COLLECTIVES_H
#define NH_MPI_COLLECTIVES_H

#include <mpi.h>
#include <stdbool.h>

#include "bench/app/collective.h"
#include "bench/mpi/session.h"

/* One collective operation, ready to be done: what all verbs of this family and the
 * guidelines work with. Made by nh_mpi_coll_open. */
struct nh_mpi_coll {
    enum nh_coll_id id;
    struct nh_coll_view view; /* its root is that of the operation under way */
    MPI_Comm comm;
    enum nh_coll_type type; /* of what is reduced; what is moved is bytes */
    enum nh_coll_op op;
    int root; /* fixed root, or NH_MPI_ROTATE */
    bool in_place, nonblocking;
    /* Set by nh_mpi_coll_open: */
    void *send, *receive; /* a broadcast, and in place an operation without root, has no `send` */
    size_t element;       /* bytes */
    int *shares;          /* reduce-scatter: elements of each rank, when they fit */
    void *large_shares;   /* the same as MPI_Count, where the library has MPI 4 */
    MPI_Datatype mpi_type;
    MPI_Op mpi_op;
    int turn; /* the root after this one */
};

enum { NH_MPI_ROTATE = -1 };

/** Elements of a block that the library can count: INT_MAX before MPI 4. */
size_t nh_mpi_coll_most(void);

/** Elements of a block must be whole: bytes of one (1 where bytes are moved). */
size_t nh_mpi_coll_element(enum nh_coll_id id, enum nh_coll_type type);

/**
 * Most bytes that a rank of this host takes on average for blocks of `bytes`; SIZE_MAX when
 * it cannot be counted. A fixed root takes more than the others.
 */
size_t nh_mpi_coll_memory(const struct nh_mpi_session *session, enum nh_coll_id id, size_t bytes,
                          int root);

/**
 * Completes `coll`, in which id, type, op, root, in_place and nonblocking are set, with
 * buffers for blocks of up to `largest` bytes. Collective; on any error nothing is kept.
 */
int nh_mpi_coll_open(struct nh_mpi_session *session, struct nh_mpi_coll *coll, size_t largest,
                     struct nh_error *err);
void nh_mpi_coll_close(struct nh_mpi_coll *coll);

/** Chooses the size of a block, a multiple of coll->element, at most `largest`. */
void nh_mpi_coll_resize(struct nh_mpi_coll *coll, size_t bytes);

/** Takes the next root when it rotates. */
void nh_mpi_coll_next_root(struct nh_mpi_coll *coll);

/** Begins the operation (`request` to be waited for) or, with NULL, does all of it. */
void nh_mpi_coll_call(const struct nh_mpi_coll *coll, MPI_Request *request);

/** The kernel; its state is a struct nh_mpi_coll. */
struct nh_kernel_ops nh_mpi_coll_kernel(const struct nh_mpi_coll *coll);

/** Fills params and derived of a record; the kernel's own `describe`. */
void nh_mpi_coll_describe(const struct nh_mpi_coll *coll, double median_ns, json_t *params,
                          json_t *derived);

/** Measures how much of a computation goes on during the non-blocking operation, prints a
 *  line and writes a record. Collective. See docs/method.md. */
int nh_mpi_coll_overlap(struct nh_mpi_session *session, struct nh_mpi_coll *coll,
                        const struct nh_case *row, struct nh_error *err);

#endif
