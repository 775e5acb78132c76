/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef NH_MPI_REDUCTION_H
#define NH_MPI_REDUCTION_H

#include <mpi.h>
#include <stdbool.h>

#include "bench/allreduce/shm.h"
#include "bench/allreduce/wire.h"
#include "common/error.h"

/*
 * All-reduce by the library and by our own algorithms (bench/allreduce), over MPI point to
 * point and an MPI-3 shared window.
 */
struct nh_mpi_wire {
    MPI_Comm comm;
    MPI_Datatype type;
};

struct nh_mpi_reduction {
    MPI_Comm comm, node, leaders; /* leaders: MPI_COMM_NULL where this rank is none */
    int nodes;                    /* groups of ranks that share memory */
    struct nh_mpi_wire all_context, leaders_context;
    struct nh_wire all, between; /* all ranks; the leaders */
    bool crowded;                /* more ranks on the host than processors */
    MPI_Win window;
    struct nh_shm_part **parts;
    struct nh_shm shm; /* of the node */
    void *scratch;
};

/* What is to be reduced. */
struct nh_mpi_reduce_call {
    enum nh_arith_type type;
    enum nh_arith_op op;
    const void *in; /* == out: in place */
    void *out;
    size_t count; /* elements; fits an int */
};

/**
 * Collective over `comm`, which must outlive it. `largest` is the most bytes of a call.
 * `node_ranks` > 0 treats so many neighbouring ranks of a host as a node of their own, 0 takes
 * hosts. NH_EFAIL on every rank when memory is short on one.
 */
int nh_mpi_reduction_open(struct nh_mpi_reduction *r, MPI_Comm comm, int node_ranks, size_t largest,
                          struct nh_error *err);
void nh_mpi_reduction_close(struct nh_mpi_reduction *r);

struct nh_mpi_algorithm {
    const char *name, *label; /* label: for a narrow column */
    bool one_node;            /* works only where all ranks share memory */
    bool many_nodes;          /* means something only where they do not */
    void (*run)(struct nh_mpi_reduction *r, const struct nh_mpi_reduce_call *call);
};

/** The library's first; NULL name at the end. */
extern const struct nh_mpi_algorithm nh_mpi_algorithms[];

MPI_Datatype nh_mpi_arith_type(enum nh_arith_type type);
MPI_Op nh_mpi_arith_op(enum nh_arith_op op);

#endif
