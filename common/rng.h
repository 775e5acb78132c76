/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef NH_RNG_H
#define NH_RNG_H

#include <stddef.h>
#include <stdint.h>

/* splitmix64 (Steele, Lea, Flood 2014): one word of state, fine for shuffles and
 * resampling; not for cryptography. */
struct nh_rng {
    uint64_t state;
};

uint64_t nh_rng_next(struct nh_rng *rng);
/** Uniform in [0, bound), without modulo bias; bound >= 1. */
uint64_t nh_rng_below(struct nh_rng *rng, uint64_t bound);
/** Uniform in (0, 1). */
double nh_rng_unit(struct nh_rng *rng);
/** Fisher-Yates shuffle of an index array. */
void nh_rng_shuffle(struct nh_rng *rng, size_t *index, size_t n);

#endif
