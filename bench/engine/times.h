/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef NH_TIMES_H
#define NH_TIMES_H

#include "bench/engine/clocksync.h"

/*
 * The same samples by other definitions of time (docs/method.md, "Which time"). With
 * durations d and, on the common clock, entries e and exits x of all ranks:
 *
 *   local_max    max d               no clock needed; the samples of the record
 *   osu_avg      mean d              for comparison with other benchmarks only
 *   bracket_low  min d               min d <= (last entry to last exit) <= max d, always
 *   global       max x - min e       first entry to last exit
 *   from_start   max x - instant     the instant all were to start at
 *   skew         max e - min e       how far apart they did
 */
struct nh_estimate {
    double median, lo, hi; /* NaN when unknown */
};

enum nh_times_flag {
    NH_TIMES_LATE = 1,      /* a rank was late for a quarter of the samples or more */
    NH_TIMES_FELL_BACK = 2, /* for all: the method was given up for a barrier */
    NH_TIMES_SKEW = 4,      /* osu_avg says how far apart ranks entered, not how long it took */
    NH_TIMES_BELOW_HOP = 8, /* quicker than a message between two hosts */
    NH_TIMES_CLOCK = 16     /* the common clock contradicts itself, or puts effect before cause */
};

struct nh_times {
    bool over_ranks;   /* local_max to straggler are there */
    bool global_clock; /* global, from_start, skew and clock are there */
    /* ns for one operation; the skew is that of a whole sample */
    struct nh_estimate local_max, osu_avg, bracket_low, global, from_start, skew;
    int straggler;          /* rank that no other was slower than most often */
    double straggler_share; /* in which share of the samples */
    struct nh_clock_quality clock;
    size_t valid, invalid; /* samples kept; samples left out, since a rank was late */
    unsigned flags;
};

/** Names of the flags set, in the order of their bits; NULL-terminated, in `names`. */
enum { NH_TIMES_FLAGS = 5 };
void nh_times_flag_names(unsigned flags, const char *names[NH_TIMES_FLAGS + 1]);

#endif
