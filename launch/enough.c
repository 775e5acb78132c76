/* SPDX-License-Identifier: BSD-3-Clause */
#include "launch/enough.h"

#include <unistd.h>

#include "analysis/decide/files.h"

bool nh_enough(void *context, char *why, size_t len)
{
    const struct nh_enough *e = context;
    char records[NH_PATH_MAX], *files[] = {records};
    struct nh_report_options options = {.machine = e->machine,
                                        .price_models = e->price_models,
                                        .license_per_hour = e->license_per_hour,
                                        .cost = e->cost};
    bool decided = false;
    if (nh_rundir_path(e->dir, records, sizeof records, NULL, "records.jsonl") ||
        access(records, F_OK) || nh_decided(files, 1, &options, &decided, why, len, NULL))
        return false;
    return decided;
}
