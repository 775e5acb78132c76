/* SPDX-License-Identifier: BSD-3-Clause */
#include "bench/mpi/pattern.h"

enum { PERIOD = 251 };

static unsigned char pattern(size_t i, unsigned seed)
{
    return (unsigned char)((i + 17u * seed) % PERIOD + 1); /* never 0, the cleared buffer */
}

void nh_pattern_fill(void *buffer, size_t bytes, unsigned seed)
{
    unsigned char *p = buffer;
    for (size_t i = 0; i < bytes; i++)
        p[i] = pattern(i, seed);
}

int nh_pattern_check(const void *buffer, size_t bytes, unsigned seed, int from,
                     struct nh_error *err)
{
    const unsigned char *p = buffer;
    for (size_t i = 0; i < bytes; i++)
        if (p[i] != pattern(i, seed))
            return nh_fail(err, NH_EFAIL,
                           "verification failed: byte %zu of %zu from rank %d arrived as %u, not "
                           "%u; the MPI library or the network changes data, do not trust it",
                           i, bytes, from, p[i], pattern(i, seed));
    return NH_OK;
}
