/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef NH_MPI_LIMITS_H
#define NH_MPI_LIMITS_H

#include "bench/mpi/session.h"
#include "bench/shm/distance.h"

/* The distance to the limit (bench/shm/distance.h) for the ranks of a session. */

/** Collective, around nh_measure. */
void nh_mpi_limits_before(struct nh_mpi_session *session, const struct nh_case *row);
void nh_mpi_limits_after(struct nh_mpi_session *session);
void nh_mpi_limits_close(struct nh_mpi_session *session);

/** Rank 0: a line beside the table when the hand-over between the cores has changed. */
void nh_mpi_limits_note(struct nh_mpi_session *session);

#endif
