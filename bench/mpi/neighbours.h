/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef NH_MPI_NEIGHBOURS_H
#define NH_MPI_NEIGHBOURS_H

#include <mpi.h>

#include "bench/proof/neighbours.h"

/**
 * The hosts of a job come to know each other by MPI, while it still works. Collective over `comm`,
 * whose ranks on this host are `host`. `state` is called from another thread, until the end. NULL,
 * on every rank, when there is only one host, when a host has no socket, or when the network lets
 * no such messages through; NULL also on ranks that are not the first of their host.
 */
struct nh_neighbours *nh_mpi_neighbours(MPI_Comm comm, MPI_Comm host, nh_host_state_fn *state,
                                        void *context);

#endif
