/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef NH_SYNC_H
#define NH_SYNC_H

#include <stdbool.h>

#include "bench/engine/clocksync.h"
#include "bench/engine/group.h"

/*
 * How ranks start a sample together: a table of methods. Runs before each sample, outside
 * the timed region. A barrier lets ranks go one after the other (its exit skew); window
 * and round_time have them wait for a common instant on a common clock, and know which
 * samples a rank was late for. The record names the method.
 */
struct nh_sync;

struct nh_sync_method {
    const char *name;
    bool global_clock; /* needs nh_sync.global */
    bool pairs;        /* needs group.exchange */
    /** Optional, collective: before the samples of a measurement. */
    int (*init)(struct nh_sync *sync, struct nh_error *err);
    /** Before each sample. Sets sync->start and sync->late when it knows them. */
    int (*start)(struct nh_sync *sync, struct nh_error *err);
    /** Optional: after each sample, which ended at `t` on this rank's clock. */
    void (*end)(struct nh_sync *sync, int64_t t);
    /** Optional: after a chunk of `tried` samples, of which a rank was late for `invalid`. All
     *  ranks are told the same and adapt alike. */
    void (*settle)(struct nh_sync *sync, size_t tried, size_t invalid);
};

/* One measurement's state; one on each rank. */
struct nh_sync {
    const struct nh_sync_method *method;
    const struct nh_group *group;
    const struct nh_clock *clock;
    struct nh_global_clock *global; /* set up; NULL where nothing needs it */
    int64_t start;                  /* common time at which the sample was to begin */
    bool late;                      /* this rank was not there by then, or not done in time */
    double ahead_ns;                /* round_time: median broadcast; window: its length */
    double factor;                  /* round_time: broadcasts to announce ahead */
    int64_t first;                  /* window: common time of the first of the row */
    size_t window;                  /* window: next in the row, 0 to announce a new row */
    size_t tried, invalid, streak;  /* since the last adaptation */
};

/** By name; NULL with NH_EINPUT and the names there are for one that is not in the table. */
const struct nh_sync_method *nh_sync_find(const char *name, struct nh_error *err);

/** Names of the table, NULL-terminated: none, barrier, double_barrier, dissemination, window,
 *  round_time. */
extern const char *const nh_sync_names[];

/* The entries; sync.c has the table. */
extern const struct nh_sync_method nh_sync_none, nh_sync_barrier, nh_sync_double_barrier,
    nh_sync_dissemination, nh_sync_window, nh_sync_round_time;

#endif
