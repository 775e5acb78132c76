/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef NH_MPI_WATCH_H
#define NH_MPI_WATCH_H

#include "bench/mpi/session.h"

/*
 * A rank that hangs or dies would leave the others waiting in MPI for ever. Each rank counts
 * its control messages in memory that the ranks of its host share, and has a thread that
 * looks there now and then. When no rank of the host has come on for the time limit, the first
 * thread to notice says in one line who is late, after it has asked the other hosts
 * (neighbours.h), and ends the process with code 74 (NH_EPARTIAL): the launcher then ends the other
 * ranks. Records are written as soon as they are measured, so what was finished is kept.
 *
 * The threads sleep for an eighth of the limit at a time (5 s at most), so a measurement
 * meets one reading of a few counters every some seconds, and mostly none.
 */

/** Collective. Starts watching; `limit_s` <= 0 watches nothing. `verb` must outlive it. */
int nh_mpi_watchdog_open(struct nh_mpi_session *session, double limit_s, const char *verb,
                         struct nh_error *err);
void nh_mpi_watchdog_close(struct nh_mpi_session *session);

/** Tells the watch that this rank goes on: for work that sends no control messages for long. */
void nh_mpi_watchdog_step(struct nh_mpi_session *session);

/**
 * MPI_Finalize, for ten seconds at most: UCX over TCP sometimes waits there for ever
 * (openucx/ucx#8738, seen with MPICH 4.0.2). Then the process ends with `code`, or 0 on another
 * rank than 0; all results have been written by then.
 */
void nh_mpi_finalize(int rank, int code, const char *verb);

#endif
