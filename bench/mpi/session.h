/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef NH_MPI_SESSION_H
#define NH_MPI_SESSION_H

#include <mpi.h>
#include <stdbool.h>
#include <stddef.h>

#include "bench/engine/engine.h"
#include "bench/record/options.h"
#include "bench/record/table.h"
#include "common/error.h"

/*
 * What all MPI kernels share: their common options, start and end of MPI, binding,
 * and the way of a measurement into the table and the record.
 *
 * A verb holds a struct nh_kernel_options, puts NH_COMMON_OPTIONS into its option
 * table, checks its own values before MPI starts (so that --help and wrong values need
 * no mpirun), and leaves the rest to nh_mpi_run.
 */
struct nh_mpi_session {
    MPI_Comm comm;              /* all ranks that take part */
    int rank, size;             /* in comm */
    int local_rank, local_size; /* on this host */
    long nodes;
    bool crowded;          /* more ranks than cores on this host */
    bool simulated;        /* no figure is a measurement */
    struct nh_group group; /* comm for the engine */
    struct nh_clock clock;
    int thread_level;          /* that MPI provides: index of nh_thread_levels */
    double spread_s;           /* time that the lines of the table share at least */
    struct nh_limits limits;   /* from the options; a kernel may change them before measuring */
    size_t total, done;        /* lines of the table: the kernel may set total, for progress */
    struct nh_mpi_output *out; /* private to output.c */
    struct nh_distance *floor; /* NULL until the first measurement */
    struct nh_proof *proof;
    struct nh_mpi_watchdog *watch; /* private to watch.c */
    struct nh_mpi_slice *slice;    /* ranks take turns on the cores (slice.h); else NULL */
};

/** The work of a kernel; collective. Called between MPI_Init and MPI_Finalize. */
typedef int nh_mpi_body(struct nh_mpi_session *session, void *state, struct nh_error *err);

/* From nh_mpi_run on another rank than 0: NH_EINPUT, and the rank has said itself what its host
 * lacks, before MPI. */
enum { NH_MPI_SAID = -NH_EINPUT };

/**
 * Checks the common options, starts MPI, binds ranks, prints the head of the table,
 * runs `body`, and ends MPI. An error on any rank of `body` becomes the error of every
 * rank, but `body` has to call nh_mpi_agree before it communicates after a step that can
 * fail on one rank only. Returns the code for verb.run.
 */
int nh_mpi_run(struct nh_kernel_options *options, const char *verb, nh_mpi_body *body, void *state,
               struct nh_error *err);

/** Collective. Returns `code`, or the code and text of the lowest rank that has one. */
int nh_mpi_agree(struct nh_mpi_session *session, int code, struct nh_error *err);

/** Collective: refuses (NH_EINPUT, on every rank) what does not fit the memory of any host
 *  when each of its ranks takes `bytes`. `what` names it: "size 1 TiB". */
int nh_mpi_check_memory(struct nh_mpi_session *session, size_t bytes, const char *what,
                        struct nh_error *err);

/** Collective: NH_EINPUT unless there are exactly two ranks. */
int nh_mpi_need_pair(struct nh_mpi_session *session, struct nh_error *err);

/** NH_EINPUT for words that no option took; needs no MPI. */
int nh_mpi_no_arguments(int argc, char **argv, struct nh_error *err);

/** Page-aligned memory, first touched (zeroed) by the calling, bound rank; free() it.
 *  At least one byte. */
void *nh_mpi_buffer(size_t bytes, struct nh_error *err);

/**
 * Collective. Measures `state`, prints a line, and writes a record (rank 0).
 * `median_ns` (may be NULL) gets the median time of one operation on every rank.
 * ops->describe is called on rank 0 only.
 */
int nh_mpi_measure(struct nh_mpi_session *session, const struct nh_kernel_ops *ops, void *state,
                   const struct nh_case *row, double *median_ns, struct nh_error *err);

/** Prints "# text" beside the table (rank 0; not with --json or --quiet). */
void nh_mpi_note(struct nh_mpi_session *session, const char *fmt, ...) NH_PRINTF(2, 3);

#endif
