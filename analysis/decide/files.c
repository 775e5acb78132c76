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

static json_t *outlook_of(const struct nh_app_answer *answer)
{
    const struct nh_decision *d = &answer->decisions[0];
    json_t *o =
        json_pack("{s:s, s:b, s:s, s:s}", "application", answer->scaling.app->name, "decided",
                  d->decided.decided, "state", d->decided.text, "next", d->next.text);
    if (d->next.found && o)
        json_object_update_new(
            o, json_pack("{s:I, s:I, s:I, s:f}", "nodes", (json_int_t)d->next.at.nodes, "cores",
                         (json_int_t)d->next.at.cores, "runs", (json_int_t)d->next.runs, "cost",
                         d->next.cost * answer->advice[0].shown_factor));
    return o;
}

int nh_outlook(char *const *files, size_t n, const struct nh_report_options *opt, json_t **list,
               struct nh_error *err)
{
    struct nh_report r;
    int rc = nh_report_build(files, n, opt, &r, err);
    if (rc)
        return rc;
    *list = json_array();
    for (size_t i = 0; i < r.app_count; i++)
        if (r.apps[i].scaling.count > 1)
            json_array_append_new(*list, outlook_of(&r.apps[i]));
    nh_report_clear(&r);
    return NH_OK;
}
