/* SPDX-License-Identifier: BSD-3-Clause */
#include "bench/engine/sync.h"

static int start_none(struct nh_sync *sync, struct nh_error *err)
{
    (void)sync;
    (void)err;
    return NH_OK;
}

static int start_barrier(struct nh_sync *s, struct nh_error *err)
{
    return s->group->barrier(s->group->context, err);
}

/* The second barrier finds all ranks at nearly the same place: less exit skew, if the
 * library's barrier lets go of all at once. */
static int start_double(struct nh_sync *s, struct nh_error *err)
{
    int code = start_barrier(s, err), then = start_barrier(s, err);
    return code ? code : then;
}

/* Our own, so that results do not depend on the library's choice of barrier. In round k
 * each rank tells the one 2^k further on that it is there (Hensgen, Finkel, Manber 1988). */
static int start_dissemination(struct nh_sync *s, struct nh_error *err)
{
    const struct nh_group *g = s->group;
    char there = 1, other;
    int code = NH_OK;
    for (int distance = 1; distance < g->size; distance *= 2) {
        int to = (g->rank + distance) % g->size;
        int from = (g->rank - distance + g->size) % g->size;
        int now = g->exchange(g->context, to, &there, from, &other, 1, err);
        code = code ? code : now;
    }
    return code;
}

const struct nh_sync_method nh_sync_none = {.name = "none", .start = start_none};
const struct nh_sync_method nh_sync_barrier = {.name = "barrier", .start = start_barrier};
const struct nh_sync_method nh_sync_double_barrier = {.name = "double_barrier",
                                                      .start = start_double};
const struct nh_sync_method nh_sync_dissemination = {
    .name = "dissemination", .pairs = true, .start = start_dissemination};
