/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef NH_MPI_WINDOW_H
#define NH_MPI_WINDOW_H

#include "bench/mpi/buffers.h"
#include "bench/mpi/pairs.h"
#include "bench/mpi/sweep.h"

/*
 * Windows of messages: a window is in flight at once, then a short reply ends the repetition.
 * In the two-way case both ranks of a pair send one. The operation is one message, of
 * whichever pair and direction, so bandwidth is size / time per message and holds them all.
 */
struct nh_mpi_window {
    const char *name; /* of the kernel: "bandwidth", "rate" */
    MPI_Comm comm;
    struct nh_mpi_pairs pairs;
    bool many, two_way, persistent;
    int bytes, window;
    struct nh_mpi_placing placing;
    struct nh_mpi_area out, in; /* of `in` `window` places at least: MPI forbids receives in
                                   flight to share memory */
    struct nh_mpi_eviction eviction;
    struct nh_mpi_watch watch;
    MPI_Request *requests; /* window to receive, window to send */
    MPI_Status *no_status; /* MPI_STATUSES_IGNORE, which MPICH's header and gcc warn of */
    struct nh_mpi_sweep *sweep;
};

/** Collective: takes buffers for the sizes of `w->sweep`, measures them all, and frees what it
 *  took. Everything above `bytes`, the window, placing and sweep are set by the caller. */
int nh_mpi_window_run(struct nh_mpi_session *session, struct nh_mpi_window *w,
                      struct nh_error *err);

#endif
