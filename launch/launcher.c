/* SPDX-License-Identifier: BSD-3-Clause */
#include "launch/launcher.h"

#include <stddef.h>
#include <string.h>

static const struct nh_launcher *const launchers[] = {&nh_launcher_local, &nh_launcher_ssh,
                                                      &nh_launcher_slurm};

int nh_launcher_find(const char *name, const struct nh_launcher **launcher, struct nh_error *err)
{
    for (size_t i = 0; i < sizeof launchers / sizeof *launchers; i++)
        if (!name || strcmp(launchers[i]->name, name) == 0) {
            *launcher = launchers[i];
            return NH_OK;
        }
    return nh_fail(err, NH_EINPUT, "launcher '%.80s' is unknown; choose local, ssh or slurm", name);
}
