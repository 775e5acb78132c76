/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef NH_MPI_SLICE_H
#define NH_MPI_SLICE_H

#include <stdbool.h>

#include "common/error.h"

/*
 * MPICH and its relatives wait in loops that never give the core away. With more ranks than
 * cores, each message then waits until the kernel has let every other rank spin through its
 * time slice, some milliseconds for each. Here a rank takes a shorter slice for itself: a timer
 * interrupts it, and it lets the next one run. Works in whatever the library is doing,
 * MPI_Init and MPI_Finalize included, and costs nothing where it is not in force.
 */
struct nh_mpi_slice;

enum { NH_MPI_SLICE_US = 50 };

/** True when the launcher's environment says, before MPI has started, that more ranks share
 *  this host than there are processors. */
bool nh_mpi_slice_needed(void);

/** From now on the calling process gives its core away every NH_MPI_SLICE_US; NULL when it
 *  cannot, which only makes things slow, and where the library gives way by itself. */
struct nh_mpi_slice *nh_mpi_slice_start(void);

/** Takes NULL. */
void nh_mpi_slice_end(struct nh_mpi_slice *slice);

#endif
