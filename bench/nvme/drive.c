/* SPDX-License-Identifier: BSD-3-Clause */
#include "bench/nvme/drive.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>

#include "bench/nvme/use.h"

/* "nvme0n1": a namespace. "nvme0c0n1" is one path to a namespace that has its own name. */
static bool is_namespace(const char *name)
{
    int end = 0;
    unsigned controller, space;
    return sscanf(name, "nvme%un%u%n", &controller, &space, &end) == 2 && !name[end];
}

/* Models by the EC2 user guide: instance store volumes, and EBS volumes on Nitro. */
static enum nh_drive_kind kind_of(const char *model)
{
    if (strcmp(model, "Amazon EC2 NVMe Instance Storage") == 0)
        return NH_DRIVE_INSTANCE;
    return strstr(model, "Elastic Block Store") ? NH_DRIVE_EBS : NH_DRIVE_OTHER;
}

static void read_fact(const struct nh_site *site, const char *name, const char *fact, char *buf,
                      size_t len)
{
    char path[128];
    snprintf(path, sizeof path, "/sys/block/%s/%s", name, fact);
    if (!nh_site_line(site, path, buf, len))
        *buf = '\0';
}

static long read_number(const struct nh_site *site, const char *name, const char *fact,
                        long fallback)
{
    char path[128];
    long value;
    snprintf(path, sizeof path, "/sys/block/%s/%s", name, fact);
    return nh_site_long(site, path, &value) ? value : fallback;
}

void nh_drive_printable(char *text)
{
    for (; *text; text++)
        if (!isprint((unsigned char)*text))
            *text = '?';
}

struct search {
    const struct nh_site *site;
    struct nh_drives *drives;
};

static void look_at(const char *name, void *context)
{
    enum { SECTOR = 512 }; /* of sysfs, whatever the drive's own is */
    const struct search *s = context;
    if (!is_namespace(name) || strlen(name) >= sizeof s->drives->items[0].name)
        return;
    if (s->drives->count == NH_DRIVES_MOST) {
        s->drives->left_out++;
        return;
    }
    struct nh_drive *d = &s->drives->items[s->drives->count++];
    *d = (struct nh_drive){.numa = -1};
    snprintf(d->name, sizeof d->name, "%s", name);
    read_fact(s->site, name, "device/model", d->model, sizeof d->model);
    read_fact(s->site, name, "device/serial", d->serial, sizeof d->serial);
    read_fact(s->site, name, "dev", d->number, sizeof d->number);
    nh_drive_printable(d->model);
    nh_drive_printable(d->serial);
    d->kind = kind_of(d->model);
    d->bytes = (uint64_t)read_number(s->site, name, "size", 0) * SECTOR;
    d->numa = (int)read_number(s->site, name, "device/device/numa_node",
                               read_number(s->site, name, "device/numa_node", -1));
    if (read_number(s->site, name, "ro", 0))
        d->uses |= NH_USE_READ_ONLY;
    nh_drive_find_uses(s->site, d);
}

void nh_drives_find(const struct nh_site *site, struct nh_drives *drives)
{
    struct search s = {site, drives};
    drives->count = drives->left_out = 0;
    nh_site_each(site, "/sys/block", look_at, &s);
}

const char *nh_drive_kind_name(enum nh_drive_kind kind)
{
    static const char *const names[] = {"instance store", "EBS", "other"};
    return names[kind];
}

bool nh_drive_may_touch(const struct nh_drive *d, bool *by_itself, char *why, size_t len)
{
    *by_itself = d->kind == NH_DRIVE_INSTANCE;
    *why = '\0';
    if (d->kind == NH_DRIVE_EBS)
        snprintf(why, len, "an EBS volume%s%s", *d->use ? "; " : "", d->use);
    else if (d->uses)
        snprintf(why, len, "%s", d->use);
    else if (!*d->serial)
        snprintf(why, len, "has no serial number, so that it cannot be named");
    return !*why;
}

/* ---- JSON ---- */

static json_t *uses_json(unsigned uses)
{
    static const char *const names[] = {"mounted", "swap",      "partitioned", "array",  "lvm",
                                        "holder",  "signature", "read_only",   "unknown"};
    json_t *list = json_array();
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        if (uses & 1U << i)
            json_array_append_new(list, json_string(names[i]));
    return list;
}

static json_t *drive_json(const struct nh_drive *d)
{
    char why[320];
    bool by_itself, may = nh_drive_may_touch(d, &by_itself, why, sizeof why);
    json_t *o = json_pack(
        "{s:s, s:s, s:s, s:I, s:s, s:o, s:o, s:s, s:b, s:b}", "name", d->name, "model", d->model,
        "serial", d->serial, "size_bytes", (json_int_t)d->bytes, "kind",
        nh_drive_kind_name(d->kind), "numa", d->numa < 0 ? json_null() : json_integer(d->numa),
        "uses", uses_json(d->uses), "use", d->use, "may_touch", may, "by_itself", may && by_itself);
    json_object_set_new(o, "why_not", may ? json_null() : json_string(why));
    return o;
}

json_t *nh_drives_json(const struct nh_drives *drives)
{
    json_t *list = json_array();
    for (size_t i = 0; i < drives->count; i++)
        json_array_append_new(list, drive_json(&drives->items[i]));
    return json_pack("{s:s, s:i, s:o, s:I}", "format", "nodehour-nvme", "version", 1, "drives",
                     list, "left_out", (json_int_t)drives->left_out);
}
