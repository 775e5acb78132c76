/* SPDX-License-Identifier: BSD-3-Clause */
#include "bench/proof/counters.h"

#include <dirent.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { PATH_TEXT = 1024 };

/* As EFA's driver calls them; interfaces have the first two. */
static const char *const names[NH_COUNTERS] = {
    "tx_bytes",         "rx_bytes",        "send_bytes",
    "recv_bytes",       "rdma_read_bytes", "rdma_read_resp_bytes",
    "rdma_write_bytes", "rx_drops",        "retrans_bytes"};

/* ---- reading ---- */

static uint64_t read_counter(const char *folder, const char *name)
{
    char path[PATH_TEXT + 64], text[32] = "";
    snprintf(path, sizeof path, "%s/%s", folder, name);
    FILE *in = fopen(path, "re");
    bool got = in && fgets(text, sizeof text, in);
    if (in)
        fclose(in);
    char *end;
    uint64_t value = strtoull(text, &end, 10);
    return got && end != text ? value : NH_COUNTER_ABSENT;
}

/* Ports are summed; an absent counter takes the first value that it meets. */
static void add_counters(struct nh_device *d, const char *folder)
{
    for (int i = 0; i < NH_COUNTERS; i++) {
        uint64_t value = read_counter(folder, names[i]);
        if (value == NH_COUNTER_ABSENT)
            continue;
        d->value[i] = d->value[i] == NH_COUNTER_ABSENT ? value : d->value[i] + value;
    }
}

static void clear_values(struct nh_device *d)
{
    for (int i = 0; i < NH_COUNTERS; i++)
        d->value[i] = NH_COUNTER_ABSENT;
}

/* Calls `each` for the entries of a folder in the order of their names, so that two
 * readings and two hosts list devices alike. */
static void for_entries(const char *folder,
                        void (*each)(const char *folder, const char *name, void *), void *context)
{
    struct dirent **entries = NULL;
    int n = scandir(folder, &entries, NULL, alphasort);
    for (int i = 0; i < n; i++) {
        if (entries[i]->d_name[0] != '.')
            each(folder, entries[i]->d_name, context);
        free(entries[i]);
    }
    free(entries);
}

static void add_port(const char *folder, const char *port, void *context)
{
    char path[PATH_TEXT];
    snprintf(path, sizeof path, "%.700s/%.200s/hw_counters", folder, port);
    add_counters(context, path);
}

static void keep(struct nh_counters *c, const struct nh_device *d)
{
    if (c->count < NH_DEVICES_MAX)
        c->device[c->count++] = *d;
    else
        c->left_out++;
}

static void add_rdma(const char *folder, const char *name, void *context)
{
    struct nh_counters *c = context;
    struct nh_device d = {.kind = NH_DEVICE_EFA, .physical = true};
    char path[PATH_TEXT];
    clear_values(&d);
    snprintf(d.name, sizeof d.name, "%.39s", name);
    snprintf(path, sizeof path, "%.500s/%.200s/ports", folder, name);
    for_entries(path, add_port, &d);
    if (d.value[NH_TX_BYTES] == NH_COUNTER_ABSENT)
        c->unreadable++;
    else
        keep(c, &d);
}

static void add_interface(const char *folder, const char *name, void *context)
{
    struct nh_counters *c = context;
    struct nh_device d = {.kind = strcmp(name, "lo") == 0 ? NH_DEVICE_LOOPBACK : NH_DEVICE_NET};
    char path[PATH_TEXT];
    clear_values(&d);
    snprintf(d.name, sizeof d.name, "%.39s", name);
    snprintf(path, sizeof path, "%.500s/%.200s/device", folder, name);
    d.physical = access(path, F_OK) == 0;
    snprintf(path, sizeof path, "%.500s/%.200s/statistics", folder, name);
    add_counters(&d, path);
    if (d.value[NH_TX_BYTES] != NH_COUNTER_ABSENT)
        keep(c, &d);
}

void nh_counters_read(const char *root, struct nh_counters *out)
{
    char path[PATH_TEXT];
    memset(out, 0, sizeof *out);
    snprintf(path, sizeof path, "%.900s/sys/class/infiniband", root);
    for_entries(path, add_rdma, out);
    snprintf(path, sizeof path, "%.900s/sys/class/net", root);
    for_entries(path, add_interface, out);
}

/* ---- arithmetic ---- */

static struct nh_device *find(struct nh_counters *c, const struct nh_device *like)
{
    for (int i = 0; i < c->count; i++)
        if (c->device[i].kind == like->kind && strcmp(c->device[i].name, like->name) == 0)
            return &c->device[i];
    return NULL;
}

static bool subtract(struct nh_device *d, const struct nh_device *before)
{
    for (int i = 0; i < NH_COUNTERS; i++) {
        if (d->value[i] == NH_COUNTER_ABSENT)
            continue;
        if (before->value[i] == NH_COUNTER_ABSENT || before->value[i] > d->value[i])
            return false;
        d->value[i] -= before->value[i];
    }
    return true;
}

void nh_counters_delta(const struct nh_counters *before, const struct nh_counters *after,
                       struct nh_counters *out)
{
    struct nh_counters old = *before;
    int met = 0;
    memset(out, 0, sizeof *out);
    out->unreadable = after->unreadable;
    out->left_out = after->left_out;
    for (int i = 0; i < after->count; i++) {
        struct nh_device d = after->device[i];
        const struct nh_device *was = find(&old, &d);
        met += was != NULL;
        if (was && subtract(&d, was))
            keep(out, &d);
        else
            out->unreadable++;
    }
    out->unreadable += old.count - met;
}

static void add_values(struct nh_device *to, const struct nh_device *from)
{
    for (int i = 0; i < NH_COUNTERS; i++)
        if (from->value[i] != NH_COUNTER_ABSENT)
            to->value[i] =
                to->value[i] == NH_COUNTER_ABSENT ? from->value[i] : to->value[i] + from->value[i];
}

void nh_counters_add(struct nh_counters *total, const struct nh_counters *host)
{
    total->unreadable += host->unreadable;
    total->left_out += host->left_out;
    for (int i = 0; i < host->count; i++) {
        struct nh_device *same = find(total, &host->device[i]);
        if (same)
            add_values(same, &host->device[i]);
        else
            keep(total, &host->device[i]);
    }
}

void nh_counters_drop(struct nh_counters *c, enum nh_device_kind kind)
{
    int kept = 0;
    for (int i = 0; i < c->count; i++)
        if (c->device[i].kind != kind)
            c->device[kept++] = c->device[i];
    c->count = kept;
}

static bool any_physical(const struct nh_counters *c, enum nh_device_kind kind)
{
    for (int i = 0; i < c->count; i++)
        if (c->device[i].kind == kind && c->device[i].physical)
            return true;
    return false;
}

double nh_counters_sent(const struct nh_counters *c, enum nh_device_kind kind)
{
    bool physical = any_physical(c, kind);
    double sum = 0;
    for (int i = 0; i < c->count; i++)
        if (c->device[i].kind == kind && (c->device[i].physical || !physical))
            sum += (double)c->device[i].value[NH_TX_BYTES];
    return sum;
}

double nh_counters_imbalance(const struct nh_counters *host)
{
    double sum = nh_counters_sent(host, NH_DEVICE_EFA), worst = 0;
    int n = 0;
    for (int i = 0; i < host->count; i++)
        n += host->device[i].kind == NH_DEVICE_EFA;
    if (n < 2 || sum <= 0)
        return NAN;
    for (int i = 0; i < host->count; i++)
        if (host->device[i].kind == NH_DEVICE_EFA)
            worst = fmax(worst, fabs((double)host->device[i].value[NH_TX_BYTES] * n / sum - 1));
    return worst;
}

json_t *nh_counters_json(const struct nh_counters *c, enum nh_device_kind kind)
{
    json_t *list = json_array();
    for (int i = 0; i < c->count; i++) {
        const struct nh_device *d = &c->device[i];
        if (d->kind != kind)
            continue;
        json_t *o = json_pack("{s:s}", "device", d->name);
        for (int k = 0; k < NH_COUNTERS; k++)
            if (d->value[k] != NH_COUNTER_ABSENT)
                json_object_set_new(o, names[k], json_integer((json_int_t)d->value[k]));
        json_array_append_new(list, o);
    }
    return list;
}
