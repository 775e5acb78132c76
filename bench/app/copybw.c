/* SPDX-License-Identifier: BSD-3-Clause */
#include "bench/app/copybw.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bench/app/pages.h"
#include "common/stats.h"

/* From the kernel, not from sysconf: glibc multiplies the size on some AMD processors. */
size_t nh_last_level_cache(void)
{
    size_t largest = 0;
    for (int index = 0; index < 8; index++) {
        char path[96];
        unsigned long kib = 0;
        snprintf(path, sizeof path, "/sys/devices/system/cpu/cpu0/cache/index%d/size", index);
        FILE *in = fopen(path, "re");
        if (!in)
            break;
        if (fscanf(in, "%luK", &kib) == 1 && (size_t)kib << 10 > largest)
            largest = (size_t)kib << 10;
        fclose(in);
    }
    return largest;
}

size_t nh_copy_count(size_t cache_bytes, int ranks_sharing)
{
    const size_t unknown = (size_t)32 << 20, least = (size_t)32 << 20;
    size_t cache = cache_bytes > unknown ? cache_bytes : unknown;
    size_t both = 4 * cache / (size_t)(ranks_sharing > 0 ? ranks_sharing : 1);
    return (both > least ? both : least) / (2 * sizeof(double));
}

int nh_copy_open(struct nh_copy *c, size_t count, struct nh_error *err)
{
    c->count = count;
    c->from = nh_pages(count * sizeof(double));
    c->to = nh_pages(count * sizeof(double));
    if (c->from && c->to)
        return NH_OK;
    nh_copy_close(c);
    return nh_fail(err, NH_EFAIL, "no memory for copy buffers of 2 x %zu bytes; use fewer ranks",
                   count * sizeof(double));
}

void nh_copy_close(struct nh_copy *c)
{
    free(c->from);
    free(c->to);
    c->from = c->to = NULL;
}

/* Times a factor that the compiler does not know, else it would call memcpy here too. */
static void copy_loop(size_t n, const double *restrict from, double *restrict to)
{
    volatile double one = 1;
    double factor = one;
#pragma omp simd
    for (size_t i = 0; i < n; i++)
        to[i] = factor * from[i];
}

void nh_copy_pass(struct nh_copy *c, enum nh_copy_way way, int64_t (*now)(void *), void *clock)
{
    int64_t start = now(clock);
    if (way == NH_COPY_LOOP)
        copy_loop(c->count, c->from, c->to);
    else
        memcpy(c->to, c->from, c->count * sizeof *c->to);
    int64_t spent = now(clock) - start;
    if (c->passes[way] < NH_COPY_PASSES_MAX)
        c->ns[way][c->passes[way]++] = spent;
}

double nh_copy_bandwidth(const struct nh_copy *c, enum nh_copy_way way)
{
    double ns[NH_COPY_PASSES_MAX], scratch[NH_COPY_PASSES_MAX];
    int n = c->passes[way];
    if (n == 0)
        return 0;
    for (int i = 0; i < n; i++)
        ns[i] = (double)c->ns[way][i];
    double median = nh_median(ns, (size_t)n, scratch);
    return median > 0 ? 16.0 * (double)c->count / median * 1e9 : 0;
}
