/* SPDX-License-Identifier: BSD-3-Clause */
#include "bench/fabric/efa.h"

#include <dirent.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "common/error.h"
#include "common/units.h"

/* PCI vendor of Amazon's devices. */
#define AMAZON 0x1d0fu
/* Registered memory is locked: buffers, and what the provider keeps for itself. */
enum { MEMLOCK_ENOUGH = 1 << 30 };

struct list {
    struct nh_efa_finding *items;
    size_t count;
};

static void say(struct list *l, bool good, const char *fmt, ...) NH_PRINTF(3, 4);

static void say(struct list *l, bool good, const char *fmt, ...)
{
    if (l->count == NH_EFA_FINDINGS)
        return;
    struct nh_efa_finding *f = &l->items[l->count++];
    va_list args;
    f->good = good;
    va_start(args, fmt);
    vsnprintf(f->text, sizeof f->text, fmt, args);
    va_end(args);
}

static bool made_by_amazon(const char *root, const char *device)
{
    char path[512];
    unsigned vendor = 0;
    snprintf(path, sizeof path, "%s/sys/class/infiniband/%s/device/vendor", root, device);
    FILE *in = fopen(path, "re");
    if (in && fscanf(in, "%x", &vendor) != 1)
        vendor = 0;
    if (in)
        fclose(in);
    return vendor == AMAZON;
}

int nh_efa_devices(const char *root, char *names, size_t len)
{
    char path[512];
    int n = 0;
    size_t used = 0;
    names[0] = '\0';
    snprintf(path, sizeof path, "%s/sys/class/infiniband", root);
    DIR *folder = opendir(path);
    for (struct dirent *e; folder && (e = readdir(folder));) {
        if (e->d_name[0] == '.' || !made_by_amazon(root, e->d_name))
            continue;
        n++;
        if (used < len)
            used += (size_t)snprintf(names + used, len - used, " %s", e->d_name);
    }
    if (folder)
        closedir(folder);
    return n;
}

static void look_at_devices(struct list *l, const char *root)
{
    char names[200];
    int n = nh_efa_devices(root, names, sizeof names);
    if (n > 0)
        say(l, true, "%d EFA device%s in /sys/class/infiniband:%s", n, n == 1 ? "" : "s", names);
    else
        say(l, false,
            "no EFA device in /sys/class/infiniband; launch an instance type with EFA and a "
            "network "
            "interface of type efa, and load the driver (modprobe efa, or the EFA installer)");
}

static void look_at_files(struct list *l, const char *root)
{
    char path[512];
    snprintf(path, sizeof path, "%s/dev/infiniband/uverbs0", root);
    if (access(path, R_OK | W_OK) == 0)
        say(l, true, "/dev/infiniband/uverbs0 can be read and written");
    else if (access(path, F_OK) == 0)
        say(l, false,
            "/dev/infiniband/uverbs0 is there but not for this user; chmod 0666 it, or "
            "reinstall the udev rules of rdma-core");
    else
        say(l, false,
            "/dev/infiniband/uverbs0 is missing; in a container pass it on (docker run "
            "--device=/dev/infiniband/uverbs0, 'devices' of a Batch job definition)");
}

static void look_at_memlock(struct list *l, size_t memlock)
{
    char text[NH_UNIT_TEXT];
    if (memlock == SIZE_MAX)
        say(l, true, "locked memory is unlimited");
    else
        say(l, memlock >= MEMLOCK_ENOUGH,
            "locked memory is limited to %s; ulimit -l unlimited (memlock in "
            "/etc/security/limits.conf, docker run --ulimit memlock=-1, 'ulimits' of a Batch job "
            "definition)",
            nh_format_bytes(memlock, text));
}

size_t nh_efa_diagnose(const char *root, bool built, size_t memlock,
                       struct nh_efa_finding *findings)
{
    struct list l = {findings, 0};
    if (built)
        say(&l, true, "the provider is built into this libfabric");
    else
        say(&l, false,
            "this libfabric has no efa provider; use the one of the EFA installer "
            "(LD_LIBRARY_PATH=/opt/amazon/efa/lib)");
    look_at_devices(&l, root);
    look_at_files(&l, root);
    look_at_memlock(&l, memlock);
    return l.count;
}
