/* SPDX-License-Identifier: BSD-3-Clause */
#include "bench/engine/sync.h"

#include <string.h>

static const struct nh_sync_method *const methods[] = {
    &nh_sync_none,          &nh_sync_barrier, &nh_sync_double_barrier,
    &nh_sync_dissemination, &nh_sync_window,  &nh_sync_round_time};

const char *const nh_sync_names[] = {
    "none", "barrier", "double_barrier", "dissemination", "window", "round_time", NULL};

const struct nh_sync_method *nh_sync_find(const char *name, struct nh_error *err)
{
    for (size_t i = 0; i < sizeof methods / sizeof *methods; i++)
        if (strcmp(methods[i]->name, name) == 0)
            return methods[i];
    nh_fail(err, NH_EINPUT,
            "unknown sync method \"%s\"; give none, barrier, double_barrier, dissemination, window "
            "or round_time",
            name);
    return NULL;
}
