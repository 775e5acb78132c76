/* SPDX-License-Identifier: BSD-3-Clause */
#include "launch/screen/before.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/fields.h"
#include "common/journal.h"
#include "common/record.h"
#include "launch/store.h"

static const char file_name[] = "screen.json";

void nh_screened_clear(struct nh_screened *s)
{
    json_decref(s->report);
    free(s->exclude);
    *s = (struct nh_screened){0};
}

/* ---- who is left ---- */

static bool is_listed(const struct nh_hosts *hosts, const char *name)
{
    size_t i = 0;
    while (i < hosts->count && strcmp(hosts->items[i].name, name) != 0)
        i++;
    return i < hosts->count;
}

static int take_out_bad(const json_t *report, struct nh_hosts *hosts, struct nh_error *err)
{
    struct nh_args bad = {0};
    int rc = NH_OK;
    nh_screen_excluded(report, &bad);
    for (size_t i = 0; i < bad.count && !rc; i++) /* of an earlier report: may be gone */
        rc = nh_hosts_exclude(hosts, bad.items[i], false, err);
    nh_args_clear(&bad);
    return rc;
}

/* Hosts of `all` that are not `left`, with commas; NULL for none. */
static int list_missing(const struct nh_hosts *all, const struct nh_hosts *left, char **list,
                        struct nh_error *err)
{
    size_t len;
    *list = NULL;
    if (all->count == left->count)
        return NH_OK;
    FILE *out = open_memstream(list, &len);
    for (size_t i = 0; out && i < all->count; i++)
        if (!is_listed(left, all->items[i].name))
            fprintf(out, "%s%s", ftell(out) > 0 ? "," : "", all->items[i].name);
    return !out || fclose(out) ? nh_fail(err, NH_EFAIL, "out of memory") : NH_OK;
}

static int find_left(const struct nh_screen_places *places, struct nh_screened *s,
                     struct nh_error *err)
{
    struct nh_screen_places everywhere = *places;
    struct nh_hosts all = {0}, left = {0};
    enum nh_mpi_agent agent;
    everywhere.exclude = NULL;
    int rc = nh_screen_find_hosts(&everywhere, &all, &agent, err);
    if (!rc)
        rc = nh_screen_find_hosts(places, &left, &agent, err);
    if (!rc)
        rc = take_out_bad(s->report, &left, err);
    if (!rc)
        rc = list_missing(&all, &left, &s->exclude, err);
    s->healthy = (long)left.count;
    nh_hosts_clear(&all);
    nh_hosts_clear(&left);
    return rc;
}

/* ---- which launches are left ---- */

static json_t *left_out(const struct nh_plan *plan, long healthy, size_t *fitting)
{
    json_t *array = json_array();
    *fitting = 0;
    for (size_t i = 0; i < plan->job_count; i++) {
        const struct nh_job *job = &plan->jobs[i];
        if (job->nodes <= healthy)
            ++*fitting;
        else
            json_array_append_new(
                array, json_pack("{s:s, s:I}", "job", job->name, "nodes", (json_int_t)job->nodes));
    }
    return array;
}

static int check_fit(const struct nh_plan *plan, struct nh_screened *s, struct nh_error *err)
{
    size_t fitting;
    struct nh_error why = {0};
    json_object_set_new(s->report, "healthy", json_integer((json_int_t)s->healthy));
    json_object_set_new(s->report, "left_out", left_out(plan, s->healthy, &fitting));
    if (fitting || !plan->job_count)
        return NH_OK;
    nh_screen_verdict(s->report, &why);
    return nh_fail(err, NH_EPREFLIGHT,
                   "%ld good hosts are left, and every job of the study needs more; nothing is "
                   "started (%.700s)",
                   s->healthy, why.text);
}

int nh_screen_before(const struct nh_screen_places *places, struct nh_screen *screen,
                     const struct nh_plan *plan, struct nh_screened *s, struct nh_error *err)
{
    struct nh_hosts hosts = {0};
    int rc = nh_screen_find_hosts(places, &hosts, &screen->agent, err);
    screen->hosts = &hosts;
    if (!rc)
        rc = nh_screen_run(screen, &s->report, err);
    if (!rc && json_array_size(json_object_get(s->report, "exclude")) == 0)
        rc = nh_screen_verdict(s->report, err); /* nothing works, and nobody is to blame */
    screen->hosts = NULL;
    nh_hosts_clear(&hosts);
    if (!rc)
        rc = find_left(places, s, err);
    return rc ? rc : check_fit(plan, s, err);
}

/* ---- run folder ---- */

int nh_screen_reread(const char *folder, struct nh_screened *s, struct nh_error *err)
{
    char path[NH_PATH_MAX], *text;
    nh_screened_clear(s);
    size_t len;
    int rc = nh_path(path, sizeof path, err, "%s/%s", folder, file_name);
    if (rc || access(path, F_OK))
        return rc;
    rc = nh_file_read(path, &text, &len, err);
    if (rc)
        return rc;
    rc = nh_json_parse_object(text, len, &s->report, err);
    free(text);
    if (rc)
        return nh_context(err, "%s", path);
    s->healthy = (long)nh_json_number(s->report, "healthy", 0);
    return NH_OK;
}

int nh_screen_restore(const char *folder, const struct nh_screen_places *places,
                      const struct nh_plan *plan, struct nh_screened *s, struct nh_error *err)
{
    int rc = nh_screen_reread(folder, s, err);
    if (rc || !s->report)
        return rc;
    rc = find_left(places, s, err);
    return rc ? rc : check_fit(plan, s, err);
}

int nh_screen_keep(const struct nh_screened *s, const struct nh_rundir *dir, struct nh_error *err)
{
    char path[NH_PATH_MAX];
    char *text = json_dumps(s->report, JSON_INDENT(1) | JSON_REAL_PRECISION(6));
    int rc = text ? nh_rundir_path(dir, path, sizeof path, err, "%s", file_name)
                  : nh_fail(err, NH_EFAIL, "out of memory");
    if (!rc)
        rc = nh_store_set_aside(path, err);
    if (!rc)
        rc = nh_file_replace(path, text, strlen(text), err);
    free(text);
    return rc;
}

/* ---- in short ---- */

static bool is_left_out(const json_t *node)
{
    const char *verdict = nh_json_text(node, "verdict", "");
    return strcmp(verdict, "slow") == 0 || strcmp(verdict, "failed") == 0;
}

json_t *nh_screen_summary(const struct nh_screened *s)
{
    const json_t *nodes = json_object_get(s->report, "nodes");
    if (!s->report)
        return NULL;
    json_t *hosts = json_array();
    for (size_t i = 0; i < json_array_size(nodes); i++) {
        const json_t *node = json_array_get(nodes, i);
        if (is_left_out(node))
            json_array_append_new(hosts, json_pack("{s:s, s:s, s:s}", "host",
                                                   nh_json_text(node, "host", ""), "verdict",
                                                   nh_json_text(node, "verdict", ""), "what",
                                                   nh_json_text(node, "what", "")));
    }
    return json_pack("{s:s, s:I, s:o, s:O}", "time", nh_json_text(s->report, "time", ""), "healthy",
                     (json_int_t)s->healthy, "excluded", hosts, "left_out",
                     json_object_get(s->report, "left_out"));
}

void nh_screen_say(const struct nh_screened *s, FILE *out)
{
    json_t *summary = nh_screen_summary(s);
    const json_t *hosts = json_object_get(summary, "excluded");
    const json_t *jobs = json_object_get(summary, "left_out");
    for (size_t i = 0; i < json_array_size(hosts); i++) {
        const json_t *host = json_array_get(hosts, i);
        fprintf(out, "Left out: host %s, %s: %s\n", nh_json_text(host, "host", ""),
                nh_json_text(host, "verdict", ""), nh_json_text(host, "what", ""));
    }
    for (size_t i = 0; i < json_array_size(jobs); i++) {
        const json_t *job = json_array_get(jobs, i);
        fprintf(out, "Left out: %s, which needs %.0f nodes; %ld are good\n",
                nh_json_text(job, "job", ""), nh_json_number(job, "nodes", 0), s->healthy);
    }
    json_decref(summary);
}
