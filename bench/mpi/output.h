/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef NH_MPI_OUTPUT_H
#define NH_MPI_OUTPUT_H

#include "bench/mpi/binding.h"
#include "bench/mpi/session.h"

/* Table and records of one program run; works on rank 0, is idle on the others. */
struct nh_mpi_output;

/** Collective: gathers where the ranks are. `*out` is freed by nh_mpi_output_close. */
int nh_mpi_output_open(struct nh_mpi_session *session, const struct nh_settings *settings,
                       const char *verb, const struct nh_mpi_place *place, struct nh_error *err);
void nh_mpi_output_close(struct nh_mpi_session *session);

/** Prints what stands above the table, once; before the first measurement, so that input
 *  that turns out wrong leaves nothing on standard output. */
void nh_mpi_output_head(struct nh_mpi_session *session);

/** Rank 0: a line of the table, or the record, and the record file. */
int nh_mpi_output_write(struct nh_mpi_session *session, const struct nh_kernel_ops *ops,
                        void *state, const struct nh_case *row, struct nh_series *series,
                        struct nh_error *err);

#endif
