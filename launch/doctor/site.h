/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef NH_SITE_H
#define NH_SITE_H

#include <stdbool.h>
#include <stddef.h>

#include "common/catalog.h"
#include "common/error.h"

/* How programs get onto this host: decides which remedy is the exact one. */
enum nh_place { NH_PLACE_HOST, NH_PLACE_CONTAINER, NH_PLACE_SLURM, NH_PLACE_BATCH, NH_PLACES };

/*
 * The host that is looked at, and what a study wants of it. `root` is "" on a real system;
 * else a folder that stands in for /. In such a recorded tree the output of a command is the
 * file .commands/"NAME ARGUMENT...", and what only a running system can answer is left out.
 */
struct nh_site {
    const char *root;
    enum nh_place place;
    long ranks;                /* on this node; one for each core where not given */
    long nodes;                /* of the study; 1 where not given */
    long slots;                /* the host file's; 0: it says nothing */
    bool known;                /* `machine` is what the catalog says about this type */
    struct nh_machine machine; /* name "" where the type is not known */
    int efa_devices;           /* found in sysfs */
    char efa_names[400];       /* of those, separated by blanks */
    int efa_on_bus;            /* EFA devices on the PCI bus, with or without a driver */
};

/** What was asked for; zeroed fields mean: find out. */
struct nh_site_request {
    const char *root, *machine, *launcher; /* launcher: host, container, slurm, batch */
    long ranks, nodes, slots;
};

int nh_site_find(const struct nh_site_request *request, struct nh_site *site, struct nh_error *err);

/** "host", "container", "slurm", "batch". */
const char *nh_place_name(enum nh_place place);

/** True when this host has EFA, or should have it by its type. */
bool nh_site_has_efa(const struct nh_site *site);

/** One remedy for each place; NULL: that of the host. */
struct nh_fixes {
    const char *host, *container, *slurm, *batch;
};
const char *nh_site_fix(const struct nh_site *site, const struct nh_fixes *fixes);

/** First line of a file without its newline and outer blanks; false when there is none. */
bool nh_site_line(const struct nh_site *site, const char *path, char *buf, size_t len);
/** A whole number that is all of the first line; false when it is not. */
bool nh_site_long(const struct nh_site *site, const char *path, long *value);
/** Value of the first "KEY: value" line. */
bool nh_site_key(const struct nh_site *site, const char *path, const char *key, char *buf,
                 size_t len);
/** Calls visit(name) for each entry of a folder, in the order of their names. */
void nh_site_each(const struct nh_site *site, const char *folder,
                  void (*visit)(const char *name, void *context), void *context);
bool nh_site_has(const struct nh_site *site, const char *path);
/** 1 when `path` may be opened with `mode` (access(2)), 0 when not, -1 when it is missing. */
int nh_site_access(const struct nh_site *site, const char *path, int mode);

/** Runs a program (looked up on PATH) for at most three seconds and keeps its output, both
 *  streams. False when it is missing, fails or takes longer; `buf` holds what it said. */
bool nh_site_run(const struct nh_site *site, char *const *argv, char *buf, size_t len);

#endif
