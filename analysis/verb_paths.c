/* SPDX-License-Identifier: BSD-3-Clause */
#include "analysis/verb_paths.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "common/paths.h"

const char nh_records_name[] = "records.jsonl";

static int resolve(const char *given, char **out, struct nh_error *err)
{
    char path[NH_PATH_MAX];
    struct stat st;
    bool folder = stat(given, &st) == 0 && S_ISDIR(st.st_mode);
    int rc = folder ? nh_path(path, sizeof path, err, "%s/%s", given, nh_records_name)
                    : nh_path(path, sizeof path, err, "%s", given);
    if (rc)
        return rc;
    *out = strdup(path);
    return *out ? NH_OK : nh_fail(err, NH_EFAIL, "out of memory");
}

int nh_input_paths(int n, char *const *given, struct nh_input_paths *out, struct nh_error *err)
{
    if (n == 0)
        return nh_fail(err, NH_EINPUT,
                       "no file given; name files of records, a run folder, or a CSV of timings");
    out->files = calloc((size_t)n + 1, sizeof *out->files);
    int rc = out->files ? NH_OK : nh_fail(err, NH_EFAIL, "out of memory");
    for (int i = 0; !rc && i < n; i++)
        rc = resolve(given[i], &out->files[i], err);
    if (rc)
        nh_input_paths_clear(out);
    return rc;
}

void nh_input_paths_clear(struct nh_input_paths *p)
{
    for (char **at = p->files; at && *at; at++)
        free(*at);
    free(p->files);
    *p = (struct nh_input_paths){0};
}
