/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef NH_APART_H
#define NH_APART_H

#include "bench/engine/group.h"

/**
 * Collective: NH_EINPUT when two ranks are on one machine, with both named. Three signs are
 * looked at: the same boot id (containers included), the same host name where a boot id is
 * not known ("" for `boot`), and a file that one rank makes in /dev/shm and another one sees.
 */
int nh_check_apart(const struct nh_group *group, const char *host, const char *boot,
                   struct nh_error *err);

#endif
