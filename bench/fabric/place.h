/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef NH_FABRIC_PLACE_H
#define NH_FABRIC_PLACE_H

#include <jansson.h>
#include <stdint.h>

#include "bench/record/options.h"

/* Where one of the two processes runs; a plain block of bytes. */
struct nh_place {
    char host[64];
    char boot[40];    /* hash of the boot id: one host or two? */
    uint64_t network; /* network namespace: do both count the same interfaces? */
    char cpus[256];
    char binding[16]; /* "core" by us, "inherited", "none" */
    int package, numa, last_cpu;
    int cores; /* that this process was allowed when it started */
};

/** Who and where, before binding. */
void nh_place_look(struct nh_place *place);

/** Binds the calling process to the core number `index` of those that it may use (a core it
 *  was given alone is kept), and fills in what is in force. */
int nh_place_bind(struct nh_place *place, enum nh_bind bind, int index, struct nh_error *err);

/** The row of the record's placement. */
json_t *nh_place_json(const struct nh_place *place, int rank, bool oversubscribed);

#endif
