/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef NH_MPI_PROOF_H
#define NH_MPI_PROOF_H

#include "bench/mpi/session.h"
#include "bench/proof/proof.h"

/* The proof of transport (bench/proof/proof.h) for the ranks of a session. */

/** Collective. `session->proof` is freed by nh_mpi_proof_close. */
int nh_mpi_proof_open(struct nh_mpi_session *session, const struct nh_settings *settings,
                      struct nh_error *err);
void nh_mpi_proof_close(struct nh_mpi_session *session);

/** Collective, around nh_measure. */
void nh_mpi_proof_before(struct nh_mpi_session *session);
void nh_mpi_proof_after(struct nh_mpi_session *session, struct nh_traffic traffic);

/** Rank 0: a line beside the table when the verdict has changed. */
void nh_mpi_proof_note(struct nh_mpi_session *session);

#endif
