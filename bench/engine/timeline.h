/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef NH_TIMELINE_H
#define NH_TIMELINE_H

#include <stdbool.h>

#include "bench/engine/sync.h"
#include "bench/engine/times.h"
#include "common/stats.h"

/*
 * What one rank keeps of its samples, and how that becomes values over all ranks: between
 * chunks of samples by reductions in blocks of fixed size, so that memory does not grow
 * with the number of ranks.
 */
struct nh_timeline {
    const struct nh_group *group;
    bool over_ranks;         /* the slowest rank counts; else rank 0's clock */
    bool common_clock;       /* ranks share one: keep when they entered and left */
    size_t count, invalid;   /* samples kept, and left out */
    int64_t *samples;        /* durations: own until settled, then of who counts */
    int64_t *quickest, *sum; /* over ranks; for over_ranks only */
    int64_t *entry, *exit;   /* on this rank's clock; these four for common_clock only */
    int64_t *start;          /* common time */
    int64_t *late;           /* 1: this rank was */
    int64_t *block;          /* for the reductions */
    size_t slowest_here;     /* samples in which no rank was slower than this one */
};

/** Allocates and touches memory for `capacity` samples. NH_EFAIL when there is not enough. */
int nh_timeline_init(struct nh_timeline *t, const struct nh_group *group, size_t capacity,
                     bool over_ranks, bool common_clock, struct nh_error *err);
void nh_timeline_free(struct nh_timeline *t);

/** Sample `i` of this rank; the same call on all ranks, before it is settled. */
void nh_timeline_put(struct nh_timeline *t, size_t i, int64_t entry, int64_t exit,
                     const struct nh_sync *sync);

/** Collective: the `n` samples after t->count get their values over ranks; those for which
 *  any rank was late are left out and counted in `*invalid`, which is the same everywhere. */
int nh_timeline_settle(struct nh_timeline *t, size_t n, size_t *invalid, struct nh_error *err);

/** Forgets all samples. */
void nh_timeline_restart(struct nh_timeline *t);

/* What nh_timeline_finish needs to know of the measurement. */
struct nh_timeline_end {
    const struct nh_summary *stats;       /* of the samples; says how many to cut as warm-up */
    double ops;                           /* operations in a sample */
    double level;                         /* confidence of the intervals */
    bool reaches_all;                     /* of the kernel */
    const struct nh_global_clock *global; /* after nh_global_clock_after; NULL: none */
    bool instants;                        /* samples had a common time to start at */
    bool apart;                           /* none began before all had ended the last one */
    struct nh_clock_quality clock;        /* of it */
};

/** Collective: fills `out` on rank 0 from all samples kept. */
int nh_timeline_finish(struct nh_timeline *t, const struct nh_timeline_end *end,
                       struct nh_times *out, struct nh_error *err);

#endif
