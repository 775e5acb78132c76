/* SPDX-License-Identifier: BSD-3-Clause */
#include "bench/nvme/use.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/paths.h"
#include "launch/capture.h"
#include "launch/mpirun.h"

/*
 * What uses a drive. A use of a partition, or of what lies on the drive (an array, a logical
 * volume), is one of the drive: so all block devices above it are collected first.
 */
enum { MOST_ABOVE = 64, DEEPEST = 8 };

struct above {
    char name[32], number[16];
};

struct look {
    const struct nh_site *site;
    struct nh_drive *drive;
    struct above list[MOST_ABOVE]; /* the drive itself first */
    size_t count;
    int partitions, depth;
};

static void add_use(struct nh_drive *d, unsigned flag, const char *fmt, ...) NH_PRINTF(3, 4);

static void add_use(struct nh_drive *d, unsigned flag, const char *fmt, ...)
{
    char text[sizeof d->use];
    size_t used = strlen(d->use);
    va_list args;
    va_start(args, fmt);
    vsnprintf(text, sizeof text, fmt, args);
    va_end(args);
    d->uses |= flag;
    if (!strstr(d->use, text))
        snprintf(d->use + used, sizeof d->use - used, "%s%s", used ? "; " : "", text);
}

/* ---- what lies on it ---- */

static void collect(struct look *l, const char *name);

static void look_at_holder(const char *name, void *context)
{
    struct look *l = context;
    struct nh_drive *d = l->drive;
    char path[128], uuid[64] = "";
    size_t used = strlen(d->holders);
    snprintf(path, sizeof path, "/sys/block/%.31s/dm/uuid", name);
    nh_site_line(l->site, path, uuid, sizeof uuid);
    snprintf(d->holders + used, sizeof d->holders - used, "%s%.31s", used ? " " : "", name);
    if (strncmp(name, "md", 2) == 0)
        add_use(d, NH_USE_ARRAY, "in array %.31s", name);
    else if (strncmp(uuid, "LVM-", 4) == 0)
        add_use(d, NH_USE_LVM, "in logical volume %.31s", name);
    else
        add_use(d, NH_USE_HOLDER, "held by %.31s", name);
    collect(l, name);
}

static void look_at_part(const char *name, void *context)
{
    struct look *l = context;
    char path[128];
    snprintf(path, sizeof path, "/sys/class/block/%.31s/partition", name);
    if (strncmp(name, l->drive->name, strlen(l->drive->name)) != 0 || !nh_site_has(l->site, path))
        return;
    l->partitions++;
    collect(l, name);
}

/* Recursion ends by depth too: a tree that stands in for / may have a loop. */
static void collect(struct look *l, const char *name)
{
    char path[128];
    if (l->count == MOST_ABOVE || l->depth == DEEPEST)
        return;
    struct above *a = &l->list[l->count++];
    snprintf(a->name, sizeof a->name, "%.31s", name);
    snprintf(path, sizeof path, "/sys/class/block/%.31s/dev", name);
    if (!nh_site_line(l->site, path, a->number, sizeof a->number))
        *a->number = '\0';
    l->depth++;
    snprintf(path, sizeof path, "/sys/class/block/%.31s/holders", name);
    nh_site_each(l->site, path, look_at_holder, l);
    l->depth--;
}

/* ---- who uses one of these ---- */

static bool is_above(const struct look *l, const char *number, const char *source)
{
    const char *slash = strrchr(source, '/');
    const char *name = slash && strncmp(source, "/dev/", 5) == 0 ? slash + 1 : "";
    for (size_t i = 0; i < l->count; i++)
        if ((*l->list[i].number && strcmp(l->list[i].number, number) == 0) ||
            strcmp(l->list[i].name, name) == 0)
            return true;
    return false;
}

static FILE *open_below(const struct nh_site *site, const char *path)
{
    char full[NH_PATH_MAX];
    return nh_path(full, sizeof full, NULL, "%s%s", site->root, path) ? NULL : fopen(full, "re");
}

/* proc(5): "36 35 98:0 /mnt1 /mnt2 rw master:1 - ext3 /dev/root rw". Some file systems (btrfs)
 * have a device number of their own: then the source tells. */
static void look_at_mounts(struct look *l)
{
    char *line = NULL, number[16], where[256], source[256];
    size_t size = 0;
    FILE *in = open_below(l->site, "/proc/self/mountinfo");
    while (in && getline(&line, &size, in) > 0) {
        const char *rest = strstr(line, " - ");
        *source = '\0';
        if (sscanf(line, "%*s %*s %15s %*s %255s", number, where) != 2)
            continue;
        if (rest)
            sscanf(rest + 3, "%*s %255s", source);
        if (is_above(l, number, source))
            add_use(l->drive, NH_USE_MOUNTED, "mounted at %.100s", where);
    }
    if (in)
        fclose(in);
    else
        add_use(l->drive, NH_USE_UNKNOWN, "mounts cannot be read");
    free(line);
}

static void look_at_swaps(struct look *l)
{
    char *line = NULL, source[256];
    size_t size = 0;
    FILE *in = open_below(l->site, "/proc/swaps");
    while (in && getline(&line, &size, in) > 0)
        if (sscanf(line, "%255s", source) == 1 && is_above(l, "", source))
            add_use(l->drive, NH_USE_SWAP, "swap");
    if (in)
        fclose(in);
    free(line);
}

/* ---- what is written on it ---- */

/* blkid(8): status 2 and no word when it knows nothing of what is there. */
static int probe(const struct nh_site *site, const char *device, char *text, size_t room)
{
    char program[NH_PATH_MAX];
    char *words[] = {(char *)"blkid",  (char *)"-p",   (char *)"-o",
                     (char *)"export", (char *)device, NULL};
    *text = '\0';
    if (*site->root)
        return nh_site_run(site, words, text, room) ? 0 : 2;
    if (!nh_on_path("blkid", program, sizeof program) &&
        nh_path(program, sizeof program, NULL, "/usr/sbin/blkid"))
        return -1;
    words[0] = program;
    struct nh_capture c = {.argv = words, .text = text, .room = room};
    nh_capture_all(&c, 1, 10);
    return c.status;
}

static void look_at_signature(struct look *l)
{
    char device[64], text[2048], word[64] = "something";
    snprintf(device, sizeof device, "/dev/%s", l->drive->name);
    int status = probe(l->site, device, text, sizeof text);
    const char *type = strstr(text, "\nTYPE=");
    const char *table = strstr(text, "\nPTTYPE=");
    if (status == 2 && !*text)
        return;
    if (status != 0) {
        add_use(l->drive, NH_USE_UNKNOWN, "blkid cannot tell what is on it (be root; util-linux)");
        return;
    }
    if (type)
        sscanf(type, "\nTYPE=%63s", word);
    else if (table)
        sscanf(table, "\nPTTYPE=%55s", word);
    add_use(l->drive, NH_USE_SIGNATURE, "holds %s%s", word,
            !type && table ? " partition table" : "");
}

void nh_drive_find_uses(const struct nh_site *site, struct nh_drive *d)
{
    struct look l = {.site = site, .drive = d};
    char path[64];
    if (d->uses & NH_USE_READ_ONLY)
        add_use(d, NH_USE_READ_ONLY, "read-only");
    collect(&l, d->name);
    snprintf(path, sizeof path, "/sys/block/%s", d->name);
    nh_site_each(site, path, look_at_part, &l);
    if (l.partitions)
        add_use(d, NH_USE_PARTITIONED, "partitioned (%d)", l.partitions);
    look_at_mounts(&l);
    look_at_swaps(&l);
    look_at_signature(&l);
    if (l.count == MOST_ABOVE)
        add_use(d, NH_USE_UNKNOWN, "more lies on it than can be looked at");
    nh_drive_printable(d->use);
}
