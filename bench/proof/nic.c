/* SPDX-License-Identifier: BSD-3-Clause */
#include "bench/proof/nic.h"

#include <dirent.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static bool first_line(const char *path, char *text, size_t len)
{
    FILE *in = fopen(path, "re");
    bool got = in && fgets(text, (int)len, in);
    if (in)
        fclose(in);
    if (got)
        text[strcspn(text, "\n")] = '\0';
    return got;
}

/* A virtio device knows its place by the PCI device that it hangs on, one level up. */
static void read_cpus(const char *device, char *text, size_t len)
{
    char path[1100];
    text[0] = '\0';
    snprintf(path, sizeof path, "%s/local_cpulist", device);
    if (first_line(path, text, len))
        return;
    snprintf(path, sizeof path, "%s/../local_cpulist", device);
    first_line(path, text, len);
}

static int read_class(const char *folder, struct nh_nic *nics, int max)
{
    struct dirent **entries = NULL;
    int n = scandir(folder, &entries, NULL, alphasort), count = 0;
    for (int i = 0; i < n; i++) {
        char device[1024];
        snprintf(device, sizeof device, "%.700s/%.200s/device", folder, entries[i]->d_name);
        if (entries[i]->d_name[0] != '.' && count < max && access(device, F_OK) == 0) {
            snprintf(nics[count].name, sizeof nics->name, "%.39s", entries[i]->d_name);
            read_cpus(device, nics[count].cpus, sizeof nics->cpus);
            count++;
        }
        free(entries[i]);
    }
    free(entries);
    return count;
}

int nh_nics_read(const char *root, struct nh_nic *nics, int max)
{
    char folder[1024];
    snprintf(folder, sizeof folder, "%.900s/sys/class/infiniband", root);
    int n = read_class(folder, nics, max);
    if (n > 0)
        return n;
    snprintf(folder, sizeof folder, "%.900s/sys/class/net", root);
    return read_class(folder, nics, max);
}

void nh_nics_near(const struct nh_nic *nics, int count, hwloc_const_bitmap_t cpus, char *text,
                  size_t len)
{
    hwloc_bitmap_t near = hwloc_bitmap_alloc();
    size_t used = 0;
    text[0] = '\0';
    for (int i = 0; near && i < count; i++) {
        if (!nics[i].cpus[0] || hwloc_bitmap_list_sscanf(near, nics[i].cpus) ||
            !hwloc_bitmap_intersects(near, cpus))
            continue;
        size_t need = strlen(nics[i].name) + (used ? 1 : 0);
        if (used + need >= len)
            break;
        used += (size_t)snprintf(text + used, len - used, "%s%s", used ? "," : "", nics[i].name);
    }
    hwloc_bitmap_free(near);
}
