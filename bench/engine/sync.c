/* SPDX-License-Identifier: BSD-3-Clause */
#include "bench/engine/sync.h"

#include <string.h>

static int start_none(const struct nh_group *group, struct nh_error *err)
{
    (void)group;
    (void)err;
    return NH_OK;
}

static int start_barrier(const struct nh_group *group, struct nh_error *err)
{
    return group->barrier(group->context, err);
}

static const struct nh_sync_method methods[] = {
    {"none", start_none},
    {"barrier", start_barrier},
};

const struct nh_sync_method *nh_sync_find(const char *name, struct nh_error *err)
{
    for (size_t i = 0; i < sizeof methods / sizeof *methods; i++)
        if (strcmp(methods[i].name, name) == 0)
            return &methods[i];
    nh_fail(err, NH_EFAIL, "unknown sync method \"%s\"; the table is in bench/engine/sync.c", name);
    return NULL;
}
