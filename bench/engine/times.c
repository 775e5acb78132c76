/* SPDX-License-Identifier: BSD-3-Clause */
#include "bench/engine/times.h"

#include <stddef.h>

void nh_times_flag_names(unsigned flags, const char *names[NH_TIMES_FLAGS + 1])
{
    static const char *const all[NH_TIMES_FLAGS] = {
        "late_starts", "fell_back_to_barrier", "barrier_skew", "below_hop", "clock_inconsistent"};
    size_t n = 0;
    for (size_t i = 0; i < NH_TIMES_FLAGS; i++)
        if (flags & (1u << i))
            names[n++] = all[i];
    names[n] = NULL;
}
