/* SPDX-License-Identifier: BSD-3-Clause */
#include "bench/app/pages.h"

#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

void *nh_pages(size_t bytes)
{
    const size_t huge = (size_t)2 << 20;
    size_t rounded = (bytes + huge - 1) / huge * huge;
    void *memory = aligned_alloc(huge, rounded);
    if (!memory)
        return NULL;
#ifdef MADV_HUGEPAGE
    (void)madvise(memory, rounded, MADV_HUGEPAGE); /* a hint; ordinary pages work too */
#endif
    return memset(memory, 0, rounded);
}
