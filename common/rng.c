/* SPDX-License-Identifier: BSD-3-Clause */
#include "common/rng.h"

uint64_t nh_rng_next(struct nh_rng *rng)
{
    uint64_t z = rng->state += UINT64_C(0x9E3779B97F4A7C15);
    z = (z ^ (z >> 30)) * UINT64_C(0xBF58476D1CE4E5B9);
    z = (z ^ (z >> 27)) * UINT64_C(0x94D049BB133111EB);
    return z ^ (z >> 31);
}

uint64_t nh_rng_below(struct nh_rng *rng, uint64_t bound)
{
    /* 2^64 mod bound values at the bottom would make some remainders more frequent. */
    uint64_t uneven = (UINT64_MAX - bound + 1) % bound;
    uint64_t r;
    do
        r = nh_rng_next(rng);
    while (r < uneven);
    return r % bound;
}

double nh_rng_unit(struct nh_rng *rng)
{
    /* 52 bits and a half: the sum is exact, so neither 0 nor 1 can come out. */
    return ((double)(nh_rng_next(rng) >> 12) + 0.5) * 0x1p-52;
}

void nh_rng_shuffle(struct nh_rng *rng, size_t *index, size_t n)
{
    for (size_t i = n; i > 1; i--) {
        size_t j = (size_t)nh_rng_below(rng, i);
        size_t t = index[i - 1];
        index[i - 1] = index[j];
        index[j] = t;
    }
}
