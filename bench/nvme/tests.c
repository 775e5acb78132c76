/* SPDX-License-Identifier: BSD-3-Clause */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bench/nvme/bench.h"
#include "common/units.h"

/* The four published tests of the P4d's drives have blocks of 128 KiB; the fifth asks how long
 * one small read takes when nothing else is under way. */
enum { LARGE = 128 << 10, SMALL = 4 << 10, SWEEP_DEPTHS = 4, MOST_TESTS = 32 };

static const struct kind {
    const char *word, *name, *rw;
    size_t block;
    bool alone; /* one thread, depth 1 */
} kinds[] = {{"read", "sequential read", "read", LARGE, false},
             {"write", "sequential write", "write", LARGE, false},
             {"randread", "random read", "randread", LARGE, false},
             {"randwrite", "random write", "randwrite", LARGE, false},
             {"latency", "4 KiB read, alone", "randread", SMALL, true}};
enum { KINDS = sizeof kinds / sizeof *kinds };

static void add(struct nh_nvme_test *tests, size_t *count, const struct kind *kind, long threads,
                long depth)
{
    struct nh_nvme_test *t = &tests[(*count)++];
    *t = (struct nh_nvme_test){.rw = kind->rw,
                               .block = kind->block,
                               .threads = kind->alone ? 1 : threads,
                               .depth = kind->alone ? 1 : depth,
                               .target = "directory"};
    snprintf(t->name, sizeof t->name, "%s", kind->name);
}

/* Small random reads over depth and threads. */
static void add_sweep(struct nh_nvme_test *tests, size_t *count, long threads)
{
    static const struct kind kind = {"sweep", "4 KiB random read", "randread", SMALL, false};
    static const long depths[SWEEP_DEPTHS] = {1, 4, 16, 64};
    const long steps[] = {1, threads / 2, threads};
    for (size_t i = 0; i < sizeof steps / sizeof *steps; i++)
        for (size_t k = 0; k < SWEEP_DEPTHS; k++)
            if (steps[i] > (i ? steps[i - 1] : 0))
                add(tests, count, &kind, steps[i], depths[k]);
}

static int add_named(const char *words, const struct nh_nvme_options *o, long threads,
                     struct nh_nvme_test *tests, size_t *count, struct nh_error *err)
{
    bool taken[KINDS] = {false};
    while (*words) {
        size_t n = strcspn(words, ","), k = 0;
        while (k < KINDS && !(strlen(kinds[k].word) == n && strncmp(kinds[k].word, words, n) == 0))
            k++;
        if (k == KINDS || taken[k])
            return nh_fail(err, NH_EINPUT,
                           "--tests: '%.*s' is %s; name some of read, write, randread, randwrite, "
                           "latency, each once",
                           (int)(n < 40 ? n : 40), words, k == KINDS ? "not known" : "there twice");
        taken[k] = true;
        add(tests, count, &kinds[k], threads, o->depth);
        words += n + (words[n] == ',');
    }
    return NH_OK;
}

int nh_nvme_tests(const struct nh_nvme_options *o, long threads, struct nh_nvme_test **tests,
                  size_t *count, struct nh_error *err)
{
    *count = 0;
    *tests = calloc(MOST_TESTS, sizeof **tests);
    if (!*tests)
        return nh_fail(err, NH_EFAIL, "out of memory");
    int rc = NH_OK;
    if (o->tests)
        rc = add_named(o->tests, o, threads, *tests, count, err);
    else
        for (size_t i = 0; i < KINDS; i++)
            add(*tests, count, &kinds[i], threads, o->depth);
    if (!rc && o->sweep)
        add_sweep(*tests, count, threads);
    if (!rc && !*count)
        rc = nh_fail(err, NH_EINPUT, "--tests: no test is named");
    return rc;
}

int nh_nvme_file_bytes(const struct nh_nvme_options *o, uint64_t free_bytes, long threads,
                       uint64_t *bytes, struct nh_error *err)
{
    static const uint64_t mib = 1 << 20;
    uint64_t most = (uint64_t)((double)free_bytes * o->share) / (uint64_t)threads;
    *bytes = o->bytes ? o->bytes : 256 * mib;
    if (*bytes > most && !o->bytes)
        *bytes = most;
    *bytes = *bytes / mib * mib;
    if (*bytes >= mib && *bytes <= most)
        return NH_OK;
    char each[NH_UNIT_TEXT];
    if (o->bytes && o->bytes < mib)
        return nh_fail(err, NH_EINPUT, "--size: a file has at least 1 MiB");
    nh_format_bytes(o->bytes ? (size_t)o->bytes : (size_t)mib, each);
    return nh_fail(
        err, NH_EINPUT,
        "%ld files of %s are more than %g %% of the free space (%.3g GB); make space, or "
        "give a larger --share or fewer --threads",
        threads, each, 100 * o->share, (double)free_bytes / 1e9);
}
