/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef NH_HANDOVER_H
#define NH_HANDOVER_H

#include <stdatomic.h>
#include <stddef.h>
#include <stdint.h>

#include "bench/engine/clock.h"
#include "common/error.h"

/*
 * A cache line that two cores write in turns: what the hardware needs at least to tell
 * one core what another has done. No message in shared memory is faster. Time for one way
 * is half of a round.
 */
enum { NH_LINE_BYTES = 128 }; /* two lines of 64: neighbours are fetched together on x86 */

struct nh_line {
    _Alignas(NH_LINE_BYTES) _Atomic uint64_t turn; /* zero at the start */
};

/* One side's view; both sides count the turns alike. */
struct nh_handover {
    struct nh_line *line; /* shared by the two sides */
    int side;             /* 0 begins a round, 1 answers */
    uint64_t turns;       /* taken so far */
    const struct nh_clock *clock;
    double timeout_s; /* a partner that is silent for so long is taken for dead */
};

/** `rounds` there and back; both sides call it with the same number. NH_EFAIL when the
 *  partner did not answer in time. */
int nh_handover_rounds(struct nh_handover *h, size_t rounds, struct nh_error *err);

/** Waits for the next turn of the partner; takes the next turn. Both sides call one each. */
int nh_handover_take(struct nh_handover *h, struct nh_error *err);
void nh_handover_give(struct nh_handover *h);

#endif
