/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef NH_MPI_GROUP_H
#define NH_MPI_GROUP_H

#include <mpi.h>

#include "bench/engine/group.h"

/** The engine's view of `*comm`, which must outlive the group; collective over it. MPI
 *  errors stay fatal (the default of MPI), so that the timed loops need no checks. */
void nh_mpi_group(MPI_Comm *comm, struct nh_group *group);

#endif
