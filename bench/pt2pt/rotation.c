/* SPDX-License-Identifier: BSD-3-Clause */
#include "bench/pt2pt/rotation.h"

#include <stdint.h>

struct nh_rotation nh_rotation_plan(size_t message, size_t offset, size_t region, size_t page)
{
    struct nh_rotation r = {.slots = 1};
    if (message > SIZE_MAX - offset - page)
        return r;
    size_t needed = message + offset ? message + offset : 1;
    r.stride = (needed + page - 1) / page * page;
    if (region)
        r.slots = region / r.stride < 2 ? 2 : region / r.stride + (region % r.stride != 0);
    r.bytes = r.stride > SIZE_MAX / r.slots ? 0 : r.stride * r.slots;
    return r;
}

size_t nh_rotation_region(size_t cache, int ranks)
{
    const size_t assumed = (size_t)32 << 20, least = (size_t)8 << 20;
    size_t share = 2 * (cache ? cache : assumed) / (size_t)ranks;
    return share < least ? least : share;
}
