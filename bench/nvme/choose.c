/* SPDX-License-Identifier: BSD-3-Clause */
#include "bench/nvme/choose.h"

#include <string.h>

static bool holds(const struct nh_chosen *chosen, const struct nh_drive *d)
{
    size_t i = 0;
    while (i < chosen->count && chosen->items[i] != d)
        i++;
    return i < chosen->count;
}

static int find(const char *option, const char *serial, size_t len, const struct nh_drives *drives,
                const struct nh_drive **found, struct nh_error *err)
{
    int shown = (int)(len < 80 ? len : 80);
    *found = NULL;
    if (memchr(serial, '/', len))
        return nh_fail(err, NH_EINPUT,
                       "%s: '%.*s' is a path, which may lead to another drive tomorrow; name the "
                       "drive by its serial number (nodehour nvme list)",
                       option, shown, serial);
    for (size_t i = 0; i < drives->count; i++) {
        const struct nh_drive *d = &drives->items[i];
        if (strlen(d->serial) != len || strncmp(d->serial, serial, len) != 0 || !len)
            continue;
        if (*found)
            return nh_fail(err, NH_EINPUT,
                           "%s: %s and %s have the serial number %s; neither is "
                           "touched",
                           option, (*found)->name, d->name, d->serial);
        *found = d;
    }
    if (!*found)
        return nh_fail(err, NH_EINPUT,
                       "%s: no drive has the serial number '%.*s'; see nodehour "
                       "nvme list",
                       option, shown, serial);
    return NH_OK;
}

int nh_nvme_choose(const char *option, const char *serials, const struct nh_drives *drives,
                   struct nh_chosen *chosen, struct nh_error *err)
{
    chosen->count = 0;
    do {
        const struct nh_drive *d;
        size_t len = strcspn(serials, ",");
        int rc = find(option, serials, len, drives, &d, err);
        if (rc)
            return rc;
        if (holds(chosen, d))
            return nh_fail(err, NH_EINPUT, "%s: %s is named twice; name each drive once", option,
                           d->serial);
        chosen->items[chosen->count++] = d;
        serials += len + (serials[len] == ',');
    } while (*serials);
    return NH_OK;
}

void nh_choose_free(const struct nh_drives *drives, struct nh_chosen *chosen)
{
    char why[320];
    bool by_itself;
    chosen->count = 0;
    for (size_t i = 0; i < drives->count; i++)
        if (nh_drive_may_touch(&drives->items[i], &by_itself, why, sizeof why) && by_itself)
            chosen->items[chosen->count++] = &drives->items[i];
}

/* Whether `word` is one of the words of a text. */
static bool has_word(const char *text, const char *word)
{
    size_t n = strlen(word);
    for (const char *at = text; (at = strstr(at, word)); at += n)
        if ((at == text || at[-1] == ' ') && (!at[n] || at[n] == ' '))
            return true;
    return false;
}

void nh_choose_members(const struct nh_drives *drives, const char *device, struct nh_chosen *chosen)
{
    chosen->count = 0;
    for (size_t i = 0; i < drives->count; i++)
        if (has_word(drives->items[i].holders, device))
            chosen->items[chosen->count++] = &drives->items[i];
}

int nh_chosen_free(const struct nh_chosen *chosen, struct nh_error *err)
{
    char why[320];
    bool by_itself;
    for (size_t i = 0; i < chosen->count; i++) {
        const struct nh_drive *d = chosen->items[i];
        if (!nh_drive_may_touch(d, &by_itself, why, sizeof why))
            return nh_fail(err, NH_EINPUT, "%s (%s) is not touched: %s", d->name,
                           *d->serial ? d->serial : "no serial number", why);
    }
    return NH_OK;
}

int nh_chosen_same(const struct nh_chosen *needed, const struct nh_chosen *named,
                   struct nh_error *err)
{
    for (size_t i = 0; i < needed->count; i++)
        if (!holds(named, needed->items[i]))
            return nh_fail(err, NH_EINPUT,
                           "--erase does not name %s (%s), of which everything would be lost; "
                           "nothing was done",
                           needed->items[i]->serial, needed->items[i]->name);
    for (size_t i = 0; i < named->count; i++)
        if (!holds(needed, named->items[i]))
            return nh_fail(err, NH_EINPUT,
                           "--erase names %s (%s), which this does not concern; nothing was done",
                           named->items[i]->serial, named->items[i]->name);
    return NH_OK;
}
