/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef NH_MPI_HALO_COMM_H
#define NH_MPI_HALO_COMM_H

#include "bench/app/cg.h"
#include "bench/app/grid.h"
#include "bench/mpi/session.h"

/* How the ranks of the halo kernel talk: six neighbours at most, and sums over all. */
struct nh_halo_comm {
    struct nh_mpi_session *session;
    MPI_Comm comm;
    int neighbour[3][2];          /* -1 at a wall */
    double *out[3][2], *in[3][2]; /* faces, packed */
    double *memory;
};

/** `block` is the largest block whose faces will be exchanged. */
int nh_halo_comm_open(struct nh_halo_comm *h, struct nh_mpi_session *session,
                      const struct nh_grid *grid, const size_t block[3], struct nh_error *err);
void nh_halo_comm_close(struct nh_halo_comm *h);

/** Bytes that the faces of a block take. */
size_t nh_halo_comm_bytes(const size_t block[3]);

/** struct nh_cg_comm.exchange: ghost cells of p from all neighbours. */
int nh_halo_exchange(void *comm, struct nh_block_grid *b, struct nh_error *err);
/** struct nh_cg_comm.sum: exact, so any algorithm of MPI_Allreduce gives the same bits. */
int nh_halo_sum(void *comm, struct nh_exact_sum *sum, struct nh_error *err);

#endif
