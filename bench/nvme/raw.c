/* SPDX-License-Identifier: BSD-3-Clause */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bench/nvme/bench.h"
#include "bench/nvme/raid.h"

/*
 * Raw drives: each alone, all at once, and the array that they form, by sequential reads of
 * 128 KiB. fio is started with --readonly, so that no drive can be written to.
 */
enum { BLOCK = 128 << 10 };

static struct nh_nvme_test *add(struct nh_nvme_test *tests, size_t *count,
                                const struct nh_nvme_options *o, long threads,
                                const char *const *devices, size_t device_count, uint64_t bytes)
{
    static const uint64_t mib = 1 << 20;
    struct nh_nvme_test *t = &tests[(*count)++];
    *t = (struct nh_nvme_test){.name = "sequential read",
                               .rw = "read",
                               .block = BLOCK,
                               .threads = threads,
                               .depth = o->depth,
                               .devices = devices,
                               .device_count = device_count,
                               .bytes = bytes / (uint64_t)threads / mib * mib};
    return t;
}

static void name_devices(struct nh_raw *raw)
{
    size_t n = raw->chosen.count;
    for (size_t i = 0; i < n; i++)
        snprintf(raw->paths[i], sizeof raw->paths[i], "/dev/%s", raw->chosen.items[i]->name);
    snprintf(raw->paths[n], sizeof raw->paths[n], "/dev/%s", raw->array);
    for (size_t i = 0; i <= n; i++)
        raw->devices[i] = raw->paths[i];
}

/* Our array counts when it consists of just these drives. */
static void find_array(const struct nh_site *site, struct nh_raw *raw)
{
    struct nh_chosen members;
    nh_raid_find(site, raw->array);
    nh_choose_members(&raw->drives, raw->array, &members);
    if (!*raw->array || nh_chosen_same(&members, &raw->chosen, NULL))
        *raw->array = '\0';
}

static uint64_t least_bytes(const struct nh_chosen *chosen)
{
    uint64_t least = chosen->items[0]->bytes;
    for (size_t i = 1; i < chosen->count; i++)
        least = chosen->items[i]->bytes < least ? chosen->items[i]->bytes : least;
    return least;
}

static void make_tests(const struct nh_nvme_options *o, long threads, const struct nh_raw *raw,
                       struct nh_nvme_test *tests, size_t *count)
{
    size_t n = raw->chosen.count;
    uint64_t least = least_bytes(&raw->chosen);
    long each = threads / (long)n > 0 ? threads / (long)n : 1;
    for (size_t i = 0; i < n; i++) {
        struct nh_nvme_test *t =
            add(tests, count, o, each, &raw->devices[i], 1, raw->chosen.items[i]->bytes);
        snprintf(t->target, sizeof t->target, "drive %.32s", raw->chosen.items[i]->serial);
    }
    struct nh_nvme_test *t = add(tests, count, o, each, raw->devices, n, least);
    snprintf(t->target, sizeof t->target, "%zu drives at once", n);
    if (!*raw->array)
        return;
    /* a RAID 0 has at least what the smallest drive gives n times, less its superblocks */
    t = add(tests, count, o, each * (long)n, &raw->devices[n], 1, least / 10 * 9 * n);
    snprintf(t->target, sizeof t->target, "array %s", raw->array);
}

int nh_nvme_raw_tests(const struct nh_nvme_options *o, const struct nh_site *site, long threads,
                      struct nh_raw *raw, struct nh_nvme_test **tests, size_t *count,
                      struct nh_error *err)
{
    *count = 0;
    if (o->tests || o->sweep || o->bytes)
        return nh_fail(err, NH_EINPUT,
                       "raw drives are read in order only; leave --tests, --sweep and --size out");
    nh_drives_find(site, &raw->drives);
    int rc = nh_nvme_choose("--drives", o->drives, &raw->drives, &raw->chosen, err);
    if (rc)
        return rc;
    if (raw->chosen.count == NH_DRIVES_MOST)
        return nh_fail(err, NH_EINPUT, "--drives: %d drives at most", NH_DRIVES_MOST - 1);
    *tests = calloc(raw->chosen.count + 2, sizeof **tests);
    if (!*tests)
        return nh_fail(err, NH_EFAIL, "out of memory");
    find_array(site, raw);
    name_devices(raw);
    make_tests(o, threads, raw, *tests, count);
    return NH_OK;
}
