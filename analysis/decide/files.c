/* SPDX-License-Identifier: BSD-3-Clause */
#include "analysis/decide/files.h"

#include <stdio.h>

/* The first application that is open counts; when none is, the last that is decided. */
static bool all_decided(const struct nh_report *r, char *why, size_t len)
{
    bool any = false;
    snprintf(why, len, "no application was timed at two sizes");
    for (size_t i = 0; i < r->app_count; i++) {
        const struct nh_app_answer *answer = &r->apps[i];
        if (answer->scaling.count < 2)
            continue;
        const struct nh_decided *d = &answer->decisions[0].decided;
        snprintf(why, len, "%s: %s", answer->scaling.app->name, d->text);
        if (!d->decided)
            return false;
        any = true;
    }
    return any;
}

int nh_decided(char *const *files, size_t n, const struct nh_report_options *opt, bool *decided,
               char *why, size_t len, struct nh_error *err)
{
    struct nh_report r;
    int rc = nh_report_build(files, n, opt, &r, err);
    if (rc)
        return rc;
    *decided = all_decided(&r, why, len);
    nh_report_clear(&r);
    return NH_OK;
}
