/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef NH_MPI_LIMITS_H
#define NH_MPI_LIMITS_H

#include "bench/mpi/session.h"
#include "common/record.h"

/*
 * The distance to the limit, for every kernel without its doing: between two ranks of one
 * host bench/shm looks at the two cores before and after each measurement; between hosts
 * the catalog knows the line rate of the machine. Where neither applies the record's
 * `limits` is null. A look takes a few milliseconds; the one after a line of the table
 * is also the one before the next line.
 */

/** Collective, around nh_measure. What cannot be looked at becomes a reason in the record. */
void nh_mpi_limits_before(struct nh_mpi_session *session, const struct nh_mpi_case *row);
void nh_mpi_limits_after(struct nh_mpi_session *session);
void nh_mpi_limits_close(struct nh_mpi_session *session);

/** Rank 0: fills record->limits; `derived`, `params` and `stats` are there. */
void nh_mpi_limits_record(struct nh_mpi_session *session, struct nh_record *record);

/** Rank 0: a line beside the table when the hand-over between the cores has changed. */
void nh_mpi_limits_note(struct nh_mpi_session *session);

#endif
