/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef NH_MPI_PINGPONG_H
#define NH_MPI_PINGPONG_H

#include <mpi.h>

#include "bench/engine/kernel.h"

/* Rank 0 sends `bytes` to rank 1, which sends as many back. Shown here so that the
 * overhead benchmark times the very kernel that users run. */
struct nh_pingpong {
    MPI_Comm comm;
    int rank, peer, bytes;
    void *send, *receive; /* owned by the caller; `bytes` each */
};

extern const struct nh_kernel_ops nh_pingpong_ops;

#endif
