/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef NH_SYNC_H
#define NH_SYNC_H

#include "bench/engine/kernel.h"

/* How ranks start a sample together. Runs before each sample, outside the timed region.
 * None of them makes ranks start at the same instant; the record names the method. */
struct nh_sync_method {
    const char *name;
    int (*start)(const struct nh_group *group, struct nh_error *err);
};

/** By name ("none", "barrier"); NULL with NH_EFAIL for a name that is not in the table. */
const struct nh_sync_method *nh_sync_find(const char *name, struct nh_error *err);

#endif
