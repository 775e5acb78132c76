/* SPDX-License-Identifier: BSD-3-Clause */
#include "launch/doctor/site.h"

#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "bench/fabric/efa.h"
#include "common/cli.h"
#include "common/paths.h"
#include "common/sysinfo.h"
#include "launch/capture.h"
#include "launch/doctor/cpus.h"
#include "launch/mpirun.h"

static const double command_s = 3;
enum { MOST_WORDS = 8 };

/* ---- files ---- */

static FILE *open_file(const struct nh_site *site, const char *path)
{
    char full[NH_PATH_MAX];
    return nh_path(full, sizeof full, NULL, "%s%s", site->root, path) ? NULL : fopen(full, "re");
}

static void strip(char *text)
{
    size_t lead = strspn(text, " \t"), n = strlen(text);
    while (n > lead && strchr(" \t\r\n", text[n - 1]))
        n--;
    text[n] = '\0';
    memmove(text, text + lead, n - lead + 1);
}

bool nh_site_line(const struct nh_site *site, const char *path, char *buf, size_t len)
{
    FILE *in = open_file(site, path);
    bool got = in && fgets(buf, (int)len, in);
    if (in)
        fclose(in);
    if (got)
        strip(buf);
    return got;
}

bool nh_site_long(const struct nh_site *site, const char *path, long *value)
{
    char text[64], *end;
    if (!nh_site_line(site, path, text, sizeof text) || !*text)
        return false;
    errno = 0;
    *value = strtol(text, &end, 0);
    return !*end && !errno;
}

bool nh_site_key(const struct nh_site *site, const char *path, const char *key, char *buf,
                 size_t len)
{
    char line[1024];
    bool found = false;
    FILE *in = open_file(site, path);
    while (in && !found && fgets(line, sizeof line, in)) {
        char *colon = strchr(line, ':');
        if (!colon || strncmp(line, key, strlen(key)) != 0)
            continue;
        strip(colon + 1);
        snprintf(buf, len, "%s", colon + 1);
        found = true;
    }
    if (in)
        fclose(in);
    return found;
}

void nh_site_each(const struct nh_site *site, const char *folder,
                  void (*visit)(const char *name, void *context), void *context)
{
    char full[NH_PATH_MAX];
    struct dirent **entries;
    if (nh_path(full, sizeof full, NULL, "%s%s", site->root, folder))
        return;
    int n = scandir(full, &entries, NULL, versionsort);
    for (int i = 0; i < n; i++) {
        if (entries[i]->d_name[0] != '.')
            visit(entries[i]->d_name, context);
        free(entries[i]);
    }
    if (n >= 0)
        free(entries);
}

int nh_site_access(const struct nh_site *site, const char *path, int mode)
{
    char full[NH_PATH_MAX];
    if (nh_path(full, sizeof full, NULL, "%s%s", site->root, path) || access(full, F_OK))
        return -1;
    return access(full, mode) == 0;
}

bool nh_site_has(const struct nh_site *site, const char *path)
{
    return nh_site_access(site, path, F_OK) >= 0;
}

/* ---- commands ---- */

static bool read_recorded(const struct nh_site *site, char *const *argv, char *buf, size_t len)
{
    char path[NH_PATH_MAX];
    const char *slash = strrchr(argv[0], '/');
    int n = snprintf(path, sizeof path, "/.commands/%s", slash ? slash + 1 : argv[0]);
    for (int i = 1; argv[i] && n > 0 && (size_t)n < sizeof path; i++)
        n += snprintf(path + n, sizeof path - (size_t)n, " %s", argv[i]);
    FILE *in = open_file(site, path);
    if (!in)
        return false;
    buf[fread(buf, 1, len - 1, in)] = '\0';
    fclose(in);
    return true;
}

bool nh_site_run(const struct nh_site *site, char *const *argv, char *buf, size_t len)
{
    char program[NH_PATH_MAX];
    char *words[MOST_WORDS + 1] = {program};
    struct nh_capture c = {.argv = words, .text = buf, .room = len};
    buf[0] = '\0';
    if (*site->root)
        return read_recorded(site, argv, buf, len);
    if (strchr(argv[0], '/') ? nh_path(program, sizeof program, NULL, "%s", argv[0])
                             : !nh_on_path(argv[0], program, sizeof program))
        return false;
    for (int i = 1; i < MOST_WORDS && argv[i]; i++)
        words[i] = argv[i];
    nh_capture_all(&c, 1, command_s);
    return c.code == NH_OK;
}

/* ---- what it is ---- */

static const char *const place_names[] = {"host", "container", "slurm", "batch", NULL};

const char *nh_place_name(enum nh_place place)
{
    return place_names[place];
}

static enum nh_place find_place(const struct nh_site *site)
{
    if (getenv("AWS_BATCH_JOB_ID"))
        return NH_PLACE_BATCH;
    if (getenv("SLURM_JOB_ID"))
        return NH_PLACE_SLURM;
    if (nh_site_has(site, "/.dockerenv") || nh_site_has(site, "/run/.containerenv"))
        return NH_PLACE_CONTAINER;
    return NH_PLACE_HOST;
}

const char *nh_site_fix(const struct nh_site *site, const struct nh_fixes *fixes)
{
    const char *const by_place[NH_PLACES] = {fixes->host, fixes->container, fixes->slurm,
                                             fixes->batch};
    return by_place[site->place] ? by_place[site->place] : fixes->host;
}

bool nh_site_has_efa(const struct nh_site *site)
{
    return site->efa_devices || site->efa_on_bus || (site->known && site->machine.efa_interfaces);
}

struct bus {
    const struct nh_site *site;
    int efa;
};

/* Amazon's vendor id with the devices efa0, efa1, ... (kernel: drivers/infiniband/hw/efa). */
static void look_at_slot(const char *name, void *context)
{
    struct bus *bus = context;
    char path[600];
    long vendor = 0, device = 0;
    snprintf(path, sizeof path, "/sys/bus/pci/devices/%s/vendor", name);
    if (!nh_site_long(bus->site, path, &vendor))
        return;
    snprintf(path, sizeof path, "/sys/bus/pci/devices/%s/device", name);
    nh_site_long(bus->site, path, &device);
    bus->efa += vendor == 0x1d0f && (device & 0xfff0) == 0xefa0;
}

/* The type that was given must be in the catalog; one that was found need not be. */
static int find_machine(const char *given, struct nh_site *site, struct nh_error *err)
{
    struct nh_catalog catalog;
    char *found = given ? NULL : nh_sysinfo_instance_type(site->root);
    const char *name = given ? given : found;
    int rc = NH_OK;
    if (name)
        snprintf(site->machine.name, sizeof site->machine.name, "%s", name);
    if (name && !(rc = nh_catalog_load(&catalog, err))) {
        const struct nh_machine *m = nh_catalog_machine(&catalog, name, given ? err : NULL);
        site->known = m != NULL;
        if (m)
            site->machine = *m;
        else if (given)
            rc = NH_EINPUT;
        nh_catalog_clear(&catalog);
    }
    free(found);
    return rc;
}

int nh_site_find(const struct nh_site_request *request, struct nh_site *site, struct nh_error *err)
{
    struct nh_cpus cpus;
    int place;
    *site = (struct nh_site){.root = request->root ? request->root : "",
                             .ranks = request->ranks,
                             .nodes = request->nodes ? request->nodes : 1,
                             .slots = request->slots};
    int rc = request->launcher
                 ? nh_choice("--launcher", request->launcher, place_names, &place, err)
                 : NH_OK;
    if (!rc)
        rc = find_machine(request->machine, site, err);
    if (rc)
        return rc;
    site->place = request->launcher ? (enum nh_place)place : find_place(site);
    nh_cpus_read(site, &cpus);
    if (!site->ranks)
        site->ranks = cpus.allowed_cores;
    site->efa_devices = nh_efa_devices(site->root, site->efa_names, sizeof site->efa_names);
    struct bus bus = {.site = site};
    nh_site_each(site, "/sys/bus/pci/devices", look_at_slot, &bus);
    site->efa_on_bus = bus.efa;
    return NH_OK;
}
