/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef NH_MPI_SIDES_H
#define NH_MPI_SIDES_H

#include "bench/engine/interleave.h"
#include "bench/mpi/session.h"

/*
 * Two or three things that are to be compared, measured in turns by the engine. A machine
 * whose speed drifts or flips does so for all of them: what counts is the comparison within a
 * part of the time. All of it is cut into nine parts, whose comparisons have an interval of
 * their median, the second to the eighth (96 %).
 */
enum { NH_MPI_ROUNDS = 9 };

struct nh_mpi_side {
    /* Given: */
    const struct nh_kernel_ops *ops; /* ops_per_rep 1 */
    void *state;
    /* Measured: */
    int rounds;                     /* parts: fewer when the time cap left fewer samples */
    double round_ns[NH_MPI_ROUNDS]; /* median of a part, one operation; on every rank */
    struct nh_series series;        /* the whole, on every rank */
};

/**
 * Collective. What nh_mpi_measure does, for sides: measures them, prints a line, and writes
 * a record whose samples are those of sides[shown] and whose other fields come from
 * `describe` (rank 0) with `state`. The time cap of the session is for all sides together.
 * Clears the series, not the rounds.
 */
int nh_mpi_measure_sides(struct nh_mpi_session *session, struct nh_mpi_side *sides, size_t n,
                         size_t shown, const struct nh_kernel_ops *describe, void *state,
                         const struct nh_case *row, struct nh_error *err);

#endif
