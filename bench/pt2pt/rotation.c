/* SPDX-License-Identifier: BSD-3-Clause */
#include "bench/pt2pt/rotation.h"

#include <stdint.h>

enum { LINE = 64, PAGE = 4096 };

static size_t common_divisor(size_t a, size_t b)
{
    while (b) {
        size_t rest = a % b;
        a = b;
        b = rest;
    }
    return a;
}

static size_t step_of(size_t stride, size_t slots)
{
    size_t step = stride >= PAGE ? 1 : PAGE / stride + 3;
    if (step >= slots)
        return 1;
    while (common_divisor(step, slots) != 1)
        step++;
    return step;
}

struct nh_rotation nh_rotation_plan(size_t message, size_t region, size_t least)
{
    struct nh_rotation r = {LINE, least, 1, 0};
    if (message > SIZE_MAX - LINE)
        return r;
    if (message > LINE)
        r.stride = (message + LINE - 1) / LINE * LINE;
    size_t filling = region / r.stride + (region % r.stride != 0);
    if (filling > least)
        r.slots = filling;
    r.step = step_of(r.stride, r.slots);
    r.bytes = r.stride > SIZE_MAX / r.slots ? 0 : r.stride * r.slots;
    return r;
}

size_t nh_rotation_region(size_t cache, int ranks)
{
    const size_t assumed = (size_t)32 << 20, least = (size_t)8 << 20;
    size_t share = 2 * (cache ? cache : assumed) / (size_t)ranks;
    return share < least ? least : share;
}
