/* SPDX-License-Identifier: BSD-3-Clause */
#include "analysis/import/hyperfine.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "analysis/import/json_text.h"
#include "analysis/import/lines.h"
#include "common/record.h"

/*
 * hyperfine times a command from its start to its end, so a time is the job's, unless --map
 * time=solver_s says that the command is nothing but the solver. Parameters (-P, -L) that are
 * sizes set them; others belong to the case's name.
 */
struct reader {
    const char *file;
    const struct nh_json_file *json;
    const struct nh_given *given;
    struct nh_app_runs *runs;
    long line;
    struct nh_error *err;
};

static bool recognise(const char *head, size_t len)
{
    static const char results[] = "\"results\"", times[] = "\"times\"", command[] = "\"command\"";
    return nh_lines_first(head, len) == '{' && memmem(head, len, results, sizeof results - 1) &&
           memmem(head, len, times, sizeof times - 1) &&
           memmem(head, len, command, sizeof command - 1);
}

static int set_parameters(struct reader *r, const json_t *parameters, struct nh_app_run *run)
{
    const char *key;
    json_t *value;
    json_object_foreach((json_t *)(uintptr_t)parameters, key, value)
    {
        const char *text = json_is_string(value) ? json_string_value(value) : "";
        enum nh_run_field set = nh_app_run_set(run, r->given, key, text);
        if (set == NH_RUN_FIELD_BAD)
            return nh_fail(r->err, NH_EINPUT,
                           "%s:%ld: parameter '%.40s': '%.40s' is no value for "
                           "it; correct it, or rename it with --map %.40s=NAME",
                           r->file, r->line, key, text, key);
        size_t used = strlen(run->name);
        if (set == NH_RUN_FIELD_NONE)
            snprintf(run->name + used, sizeof run->name - used, "%s%.30s %.30s", used ? ", " : "",
                     key, text);
    }
    return NH_OK;
}

static int add_time(struct reader *r, const json_t *result, const json_t *time, size_t index)
{
    char seconds[32];
    const json_t *codes = json_object_get(result, "exit_codes");
    const json_t *code = json_array_get(codes, index);
    if (json_array_size(codes) > index && json_integer_value(code) != 0)
        return nh_fail(r->err, NH_EINPUT,
                       "%s:%ld: run %zu of '%.80s' failed; its time means nothing, leave the "
                       "command out",
                       r->file, r->line, index + 1, nh_json_text(result, "command", ""));
    struct nh_app_run *run = nh_app_run_add(r->runs, "hyperfine", r->file, r->line, r->err);
    if (!run)
        return NH_EFAIL;
    int rc = set_parameters(r, json_object_get(result, "parameters"), run);
    if (rc)
        return rc;
    char field[64];
    nh_given_name(r->given, "time", field, sizeof field);
    snprintf(seconds, sizeof seconds, "%.17g", json_number_value(time));
    const char *clock = strcmp(field, "time") == 0 ? "job_s" : "time";
    if (json_is_number(time) && nh_app_run_set(run, r->given, clock, seconds) == NH_RUN_FIELD_SET)
        return NH_OK;
    return nh_fail(r->err, NH_EINPUT,
                   "%s:%ld: entry %zu of 'times' is no number of seconds above zero; export again",
                   r->file, r->line, index + 1);
}

static int read_result(struct reader *r, const json_t *result)
{
    const json_t *times = json_object_get(result, "times");
    int rc = NH_OK;
    if (json_array_size(times) == 0)
        return nh_fail(r->err, NH_EINPUT,
                       "%s:%ld: field 'times': missing or empty; export with --export-json",
                       r->file, r->line);
    for (size_t i = 0; !rc && i < json_array_size(times); i++)
        rc = add_time(r, result, json_array_get(times, i), i);
    return rc;
}

static int parse(const char *name, const char *data, size_t len, const struct nh_given *given,
                 struct nh_app_runs *runs, struct nh_error *err)
{
    struct nh_json_file json;
    int rc = nh_json_open(name, data, len, &json, err);
    if (rc)
        return rc;
    struct reader r = {.file = name, .json = &json, .given = given, .runs = runs, .err = err};
    const json_t *results = json_object_get(json.root, "results");
    for (size_t i = 0; !rc && i < json_array_size(results); i++) {
        r.line = nh_json_line(&json, "\"command\"", i);
        rc = read_result(&r, json_array_get(results, i));
    }
    if (!rc && json_array_size(results) == 0)
        rc = nh_fail(err, NH_EINPUT, "%s: field 'results': missing or empty; export again", name);
    json_decref(json.root);
    return rc;
}

const struct nh_importer nh_importer_hyperfine = {
    .name = "hyperfine", .recognise = recognise, .runs = parse};
