/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef NH_PROCSELF_H
#define NH_PROCSELF_H

#include "launch/doctor/site.h"

/** The soft limit that /proc/self/limits gives for `name` ("Max locked memory"): INFINITY for
 *  unlimited, NAN when it is not known. */
double nh_site_limit(const struct nh_site *site, const char *name);

/** True when this process has the capability of that number (capabilities(7)). */
bool nh_site_capable(const struct nh_site *site, int capability);

#endif
