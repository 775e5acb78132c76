/* SPDX-License-Identifier: BSD-3-Clause */
#include "bench/record/pattern.h"

#include <string.h>

enum { PERIOD = 251 };

/* One period, which memcpy and memcmp then handle at the speed of memory: a window of
 * large messages is a quarter of a gigabyte. Never 0, which is the cleared buffer. */
static void make_period(unsigned char *period, unsigned seed)
{
    for (size_t i = 0; i < PERIOD; i++)
        period[i] = (unsigned char)((i + 17u * seed) % PERIOD + 1);
}

static size_t at_most(size_t bytes)
{
    return bytes < PERIOD ? bytes : PERIOD;
}

void nh_pattern_fill(void *buffer, size_t bytes, unsigned seed)
{
    unsigned char period[PERIOD], *p = buffer;
    make_period(period, seed);
    for (size_t i = 0; i < bytes; i += PERIOD)
        memcpy(p + i, period, at_most(bytes - i));
}

int nh_pattern_check(const void *buffer, size_t bytes, unsigned seed, int from,
                     struct nh_error *err)
{
    unsigned char period[PERIOD];
    const unsigned char *p = buffer;
    size_t i = 0, k = 0;
    make_period(period, seed);
    while (i < bytes && memcmp(p + i, period, at_most(bytes - i)) == 0)
        i += PERIOD;
    if (i >= bytes)
        return NH_OK;
    while (p[i + k] == period[k])
        k++;
    return nh_fail(err, NH_EFAIL,
                   "verification failed: byte %zu of %zu from rank %d arrived as %u, not %u; the "
                   "MPI library or the network changes data, do not trust it",
                   i + k, bytes, from, p[i + k], period[k]);
}
