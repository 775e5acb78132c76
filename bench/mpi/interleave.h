/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef NH_MPI_INTERLEAVE_H
#define NH_MPI_INTERLEAVE_H

#include "bench/mpi/session.h"

/*
 * Things that are to be compared are measured in turn, in rounds, so that a machine whose
 * speed drifts or flips does so for all of them: what counts is the comparison within a
 * round. Nine rounds have an interval of their median, the second to the eighth (96 %).
 */
enum { NH_MPI_ROUNDS = 9 };

struct nh_mpi_side {
    /* Given: */
    const struct nh_kernel_ops *ops; /* ops_per_rep 1 */
    void *state;
    /* Measured: */
    double round_ns[NH_MPI_ROUNDS]; /* median of a round, one operation; on every rank */
    struct nh_series series;        /* of all rounds, in order; samples on rank 0 */
};

/**
 * Collective. Measures `n` sides in turn with the limits of the session: the time cap is
 * for all of them together, each round has as many samples as the cap on samples allows
 * (30 at most). Data are verified before and after, as the session says. The caller
 * clears the sides afterwards, also after an error.
 */
int nh_mpi_interleave(struct nh_mpi_session *session, struct nh_mpi_side *sides, size_t n,
                      struct nh_error *err);
void nh_mpi_sides_clear(struct nh_mpi_side *sides, size_t n);

/**
 * Collective. What nh_mpi_measure does, for sides: measures them, prints a line, and writes
 * a record whose samples are those of sides[shown] and whose other fields come from
 * `describe` (rank 0) with `state`. Clears the sides.
 */
int nh_mpi_measure_sides(struct nh_mpi_session *session, struct nh_mpi_side *sides, size_t n,
                         size_t shown, const struct nh_kernel_ops *describe, void *state,
                         const struct nh_mpi_case *row, struct nh_error *err);

#endif
