/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef NH_EFA_H
#define NH_EFA_H

#include <stdbool.h>
#include <stddef.h>

/* Why the EFA provider is not offered, found in the system's own files. `root` is "" on a
 * real system; tests give a folder that stands in for /. */
enum { NH_EFA_TEXT = 400, NH_EFA_FINDINGS = 6 };

struct nh_efa_finding {
    bool good;
    char text[NH_EFA_TEXT]; /* what was found; what to do about it, after a semicolon */
};

/** How many EFA devices there are below `root`; their names, each after a blank. */
int nh_efa_devices(const char *root, char *names, size_t len);

/** Fills at most NH_EFA_FINDINGS and returns how many: provider, devices, permission,
 *  locked memory. `built` says whether libfabric has the provider. `memlock` is the limit in
 *  bytes, SIZE_MAX when unlimited. */
size_t nh_efa_diagnose(const char *root, bool built, size_t memlock,
                       struct nh_efa_finding *findings);

#endif
