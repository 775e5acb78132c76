/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef NH_MPI_PROOF_H
#define NH_MPI_PROOF_H

#include "bench/mpi/session.h"
#include "common/record.h"

/*
 * The transport verdict of every record, for every kernel without its doing: the first rank of
 * each host reads the counters of its devices before and after a measurement, every rank
 * those of its own TCP connections; rank 0 holds the sums against the modelled bytes.
 */

/** Collective. `session->proof` is freed by nh_mpi_proof_close. */
int nh_mpi_proof_open(struct nh_mpi_session *session, const struct nh_mpi_settings *settings,
                      struct nh_error *err);
void nh_mpi_proof_close(struct nh_mpi_session *session);

/** Collective, around nh_measure. */
void nh_mpi_proof_before(struct nh_mpi_session *session);
void nh_mpi_proof_after(struct nh_mpi_session *session, const struct nh_kernel_ops *ops,
                        const void *state, const struct nh_series *series);

/** Rank 0: fills record->transport. */
void nh_mpi_proof_record(struct nh_mpi_session *session, struct nh_record *record);

/** Rank 0, after the record was written: NH_ETRANSPORT when --require-transport is not met. */
int nh_mpi_proof_check(struct nh_mpi_session *session, struct nh_error *err);

/** Rank 0, at the end: NH_ETRANSPORT when a transport was required and no measurement moved
 *  enough bytes to prove it. */
int nh_mpi_proof_end(const struct nh_mpi_session *session, struct nh_error *err);

/** Rank 0: a line beside the table when the verdict has changed. */
void nh_mpi_proof_note(struct nh_mpi_session *session);

#endif
