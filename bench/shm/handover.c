/* SPDX-License-Identifier: BSD-3-Clause */
#include "bench/shm/handover.h"

/* Looking at the clock costs as much as a hand-over: only now and then while waiting. */
enum { SPINS_PER_LOOK = 1 << 16 };

static int silent(const struct nh_handover *h, struct nh_error *err)
{
    return nh_fail(err, NH_EFAIL,
                   "the partner on the other core was silent for %g s; it is gone "
                   "or has no core of its own",
                   h->timeout_s);
}

static int await(const struct nh_handover *h, uint64_t turn, struct nh_error *err)
{
    int64_t start = -1;
    for (;;) {
        for (int i = 0; i < SPINS_PER_LOOK; i++)
            if (atomic_load_explicit(&h->line->turn, memory_order_acquire) == turn)
                return NH_OK;
        int64_t now = h->clock->now(h->clock->context);
        if (start < 0)
            start = now;
        else if ((double)(now - start) > h->timeout_s * 1e9)
            return silent(h, err);
    }
}

int nh_handover_take(struct nh_handover *h, struct nh_error *err)
{
    return await(h, ++h->turns, err);
}

void nh_handover_give(struct nh_handover *h)
{
    atomic_store_explicit(&h->line->turn, ++h->turns, memory_order_release);
}

int nh_handover_rounds(struct nh_handover *h, size_t rounds, struct nh_error *err)
{
    int code = NH_OK;
    for (size_t i = 0; code == NH_OK && i < rounds; i++) {
        if (h->side == 0) {
            nh_handover_give(h);
            code = nh_handover_take(h, err);
        } else {
            code = nh_handover_take(h, err);
            nh_handover_give(h);
        }
    }
    return code;
}
