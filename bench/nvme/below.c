/* SPDX-License-Identifier: BSD-3-Clause */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bench/nvme/drive.h"

/* From a device down to what it is made of: an array or a logical volume has slaves, a
 * partition its disk. */
enum { DEEPEST = 8 };

struct down {
    const struct nh_site *site;
    struct nh_drives *drives;
    bool seen[NH_DRIVES_MOST], other;
    int depth;
};

static size_t drive_of(const struct nh_drives *drives, const char *device)
{
    size_t i = 0;
    for (; i < drives->count; i++) {
        size_t n = strlen(drives->items[i].name);
        if (strncmp(drives->items[i].name, device, n) == 0 && (!device[n] || device[n] == 'p'))
            break;
    }
    return i;
}

static void go_down(const char *device, void *context)
{
    struct down *d = context;
    char path[128];
    size_t i = drive_of(d->drives, device);
    if (i < d->drives->count) {
        d->seen[i] = true;
        d->other = d->other || d->drives->items[i].kind != NH_DRIVE_INSTANCE;
        return;
    }
    int depth = d->depth++;
    size_t before = 0, after = 0;
    for (size_t k = 0; k < d->drives->count; k++)
        before += d->seen[k];
    snprintf(path, sizeof path, "/sys/class/block/%.31s/slaves", device);
    if (depth < DEEPEST)
        nh_site_each(d->site, path, go_down, d);
    for (size_t k = 0; k < d->drives->count; k++)
        after += d->seen[k];
    d->other = d->other || after == before; /* no drive below: something else */
    d->depth = depth;
}

int nh_drives_below(const struct nh_site *site, const char *device)
{
    struct nh_drives *drives = malloc(sizeof *drives);
    struct down d = {.site = site, .drives = drives};
    int n = 0;
    if (!drives || !*device) {
        free(drives);
        return 0;
    }
    nh_drives_find(site, drives);
    go_down(device, &d);
    for (size_t i = 0; i < drives->count; i++)
        n += d.seen[i];
    free(drives);
    return d.other ? 0 : n;
}
