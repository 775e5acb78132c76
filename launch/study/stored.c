/* SPDX-License-Identifier: BSD-3-Clause */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/journal.h"
#include "common/record.h"
#include "launch/study/study.h"

/* A study as it stands in run.json: its text and the options that overrode it, so that a run goes
 * on by what it was begun with, wherever the file is now. */

static json_t *options_json(const struct nh_study_options *options)
{
    struct nh_study_options copy = *options;
    struct poptOption table[NH_STUDY_OPTIONS];
    size_t count = nh_study_option_table(&copy, table);
    json_t *o = json_object();
    for (size_t i = 0; i < count; i++)
        if (*(char **)table[i].arg)
            json_object_set_new(o, table[i].longName, json_string(*(char **)table[i].arg));
    /* A run may go on from elsewhere. */
    char *hosts = options->hosts ? realpath(options->hosts, NULL) : NULL;
    if (hosts)
        json_object_set_new(o, "hosts", json_string(hosts));
    free(hosts);
    return o;
}

json_t *nh_study_json(const struct nh_study *study)
{
    char *absolute = realpath(study->path, NULL);
    json_t *o = json_pack("{s:s, s:s, s:s, s:o, s:s}", "study", study->raw->study, "file",
                          absolute ? absolute : study->path, "digest", study->digest, "options",
                          options_json(&study->options), "text", study->text);
    if (json_object_size(study->given)) /* another value is another run */
        json_object_set(o, "given", study->given);
    free(absolute);
    json_t *references = json_array(); /* the report of the run compares with them */
    for (size_t i = 0; i < study->raw->references_count; i++)
        json_array_append_new(references, json_string(study->raw->references[i]));
    if (json_array_size(references) > 0)
        json_object_set(o, "references", references);
    json_decref(references);
    return o;
}

int nh_study_restore(json_t *stored, int cores, struct nh_study *study, struct nh_error *err)
{
    struct nh_study_options options = {0};
    struct poptOption table[NH_STUDY_OPTIONS];
    size_t count = nh_study_option_table(&options, table);
    const json_t *given = json_object_get(stored, "options");
    const char *text = nh_json_text(stored, "text", "");
    for (size_t i = 0; i < count; i++)
        *(char **)table[i].arg = (char *)nh_json_text(given, table[i].longName, NULL);
    int rc = nh_study_parse(nh_json_text(stored, "file", "study"), text, strlen(text), &options,
                            cores, study, err);
    if (rc)
        return nh_context(err, "the study in run.json");
    study->stored = json_incref(stored); /* the options are strings of it */
    return NH_OK;
}

const char *nh_study_difference(const char *before, const char *now, char *buf, size_t len)
{
    size_t line = 1;
    for (;; line++) {
        size_t n = strcspn(before, "\n"), m = strcspn(now, "\n");
        if (n != m || strncmp(before, now, n) != 0 || !before[n] || !now[m]) {
            snprintf(buf, len, "line %zu was '%.*s' and is now '%.*s'", line,
                     (int)(n < 100 ? n : 100), before, (int)(m < 100 ? m : 100), now);
            return buf;
        }
        before += n + 1;
        now += m + 1;
    }
}

int nh_study_unchanged(const json_t *stored, const char *file, const char *run,
                       struct nh_error *err)
{
    const char *before = nh_json_text(stored, "text", "");
    char *now, difference[300];
    size_t len;
    file = file ? file : nh_json_text(stored, "file", "");
    if (access(file, F_OK) || nh_file_read(file, &now, &len, NULL))
        return NH_OK;
    bool same = strcmp(before, now) == 0;
    nh_study_difference(before, now, difference, sizeof difference);
    free(now);
    return same ? NH_OK
                : nh_fail(err, NH_EINPUT,
                          "%.200s has changed since %.200s was begun: %s; put it back to go on, or "
                          "start afresh with --new",
                          file, run, difference);
}
