/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef NH_MPI_PAIRS_H
#define NH_MPI_PAIRS_H

#include "bench/mpi/session.h"

/*
 * Pairs of ranks that exchange at once: with P of them rank i < P leads and its peer is
 * rank i + P; ranks from 2 P on take no part. A sample is the time of the slowest pair, after a
 * barrier; each leading rank also watches its own time, so that the record shows the
 * distribution over pairs.
 */
struct nh_mpi_pairs {
    int count;      /* P */
    int rank, peer; /* peer -1: takes no part */
    bool leads;
};

/** Collective. `count` 0: the program is for exactly one pair, and two ranks. NH_EINPUT on
 *  every rank for more pairs than ranks. */
int nh_mpi_pairs_form(struct nh_mpi_session *session, long count, struct nh_mpi_pairs *out,
                      struct nh_error *err);

/* Times of the last batches of this rank. */
struct nh_mpi_watch {
    const struct nh_clock *clock;
    double *ns; /* per operation; owned */
    size_t count, reps;
    double median_ns; /* after nh_mpi_watch_gather: on a rank that leads */
    double *pairs;    /* rank 0 after it: median of each pair; owned */
};

int nh_mpi_watch_open(struct nh_mpi_watch *watch, struct nh_mpi_session *session,
                      const struct nh_mpi_pairs *pairs, struct nh_error *err);
void nh_mpi_watch_close(struct nh_mpi_watch *watch);

static inline int64_t nh_mpi_watch_now(const struct nh_mpi_watch *watch)
{
    return watch->clock->now(watch->clock->context);
}

/** A batch of `reps` repetitions of `ops` operations took `ns`. Batches of another length
 *  than the last one begin anew, as they do in the engine. */
void nh_mpi_watch_keep(struct nh_mpi_watch *watch, size_t reps, double ops, int64_t ns);

/** Collective: the medians of all pairs on rank 0. */
int nh_mpi_watch_gather(struct nh_mpi_watch *watch, const struct nh_mpi_pairs *pairs, MPI_Comm comm,
                        struct nh_error *err);

/** Rank 0, after the gathering: "pairs" into detail. */
void nh_mpi_watch_describe(const struct nh_mpi_watch *watch, const struct nh_mpi_pairs *pairs,
                           json_t *detail);

#endif
