/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef NH_MPI_PINGPONG_H
#define NH_MPI_PINGPONG_H

#include <mpi.h>

#include "bench/engine/kernel.h"
#include "bench/mpi/buffers.h"
#include "bench/mpi/pairs.h"
#include "bench/mpi/sweep.h"

/* The leading rank of a pair sends `bytes` to its peer, which sends as many back. Shown here
 * so that the overhead benchmark times the very kernel that users run. */
struct nh_pingpong {
    MPI_Comm comm;
    struct nh_mpi_pairs pairs;
    int bytes;
    void *send, *receive; /* places of the message; `bytes` each */
    /* The rest is for other ways than one pair with MPI_Send in one place. */
    void (*round_trips)(struct nh_pingpong *p, size_t reps);
    bool persistent, many;
    struct nh_mpi_placing placing;
    struct nh_mpi_area out, in;
    struct nh_mpi_eviction eviction;
    struct nh_mpi_watch watch;
    MPI_Request requests[2]; /* persistent: send, receive */
    const struct nh_mpi_sweep *sweep;
};

/* One pair, MPI_Send and MPI_Recv, `send` and `receive` only. */
extern const struct nh_kernel_ops nh_pingpong_ops;

#endif
