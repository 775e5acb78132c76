/* SPDX-License-Identifier: BSD-3-Clause */
#include "launch/outlook.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "analysis/decide/files.h"
#include "analysis/report/table.h"

/* An empty list where the records cannot be read or have no application: there is no outlook. */
static json_t *of_records(const char *folder, const struct nh_report_options *options)
{
    char records[NH_PATH_MAX], *files[] = {records};
    json_t *list = NULL;
    if (nh_path(records, sizeof records, NULL, "%s/records.jsonl", folder) ||
        access(records, R_OK) || nh_outlook(files, 1, options, &list, NULL))
        return json_array();
    return list;
}

/* ---- Of a study, before it runs ---- */

static bool is_of_study(const char *run_json, void *context)
{
    const char *file = context;
    json_t *run = json_load_file(run_json, 0, NULL);
    const json_t *study = json_object_get(run, "study");
    bool same = strcmp(nh_json_text(study, "file", ""), file) == 0;
    json_decref(run);
    return same;
}

json_t *nh_outlook_of_study(const struct nh_study *study, const char *results, char *folder,
                            size_t len)
{
    const struct nh_report_options options = {.machine = study->machine,
                                              .price_models =
                                                  *study->price_models ? study->price_models : NULL,
                                              .license_per_hour = study->license_per_hour};
    char *file = realpath(study->path, NULL);
    bool found = file && nh_rundir_newest_where(results, is_of_study, file, folder, len);
    free(file);
    json_t *list = found ? of_records(folder, &options) : json_array();
    if (json_array_size(list) == 0)
        folder[0] = '\0';
    return list;
}

void nh_outlook_print(const json_t *list, const char *folder, FILE *out)
{
    size_t i;
    json_t *item;
    if (json_array_size(list) == 0)
        return;
    fprintf(out, "Worth running next, by what %s measured:\n", folder);
    json_array_foreach(list, i, item)
    {
        char text[1024];
        const char *next = nh_json_text(item, "next", "");
        snprintf(text, sizeof text, "%s: %s%s%s", nh_json_text(item, "application", "?"),
                 nh_json_text(item, "state", ""), *next ? ". " : "", next);
        nh_print_wrapped(out, "  - ", "    ", text);
    }
}

/* ---- Of a run, while it goes on ---- */

void nh_outlook_line(void *context, char *text, size_t len)
{
    const struct nh_enough *e = context;
    const struct nh_report_options options = {.machine = e->machine,
                                              .price_models = e->price_models,
                                              .license_per_hour = e->license_per_hour};
    json_t *list = of_records(e->dir->path, &options), *item;
    size_t i;
    text[0] = '\0';
    json_array_foreach(list, i, item)
    {
        bool decided = json_is_true(json_object_get(item, "decided"));
        const char *next = nh_json_text(item, "next", "");
        snprintf(text, len, "%s", decided || !*next ? nh_json_text(item, "state", "") : next);
        if (!decided)
            break;
    }
    json_decref(list);
}
