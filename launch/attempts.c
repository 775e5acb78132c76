/* SPDX-License-Identifier: BSD-3-Clause */
#include "launch/attempts.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "common/journal.h"
#include "common/record.h"

static const char *const end_words[] = {"done", "failed", "stopped"};
static const char file_name[] = "attempts.jsonl";

static json_t *attempt_json(const struct nh_attempt *a)
{
    char now_text[32];
    time_t now = time(NULL);
    struct tm utc;
    gmtime_r(&now, &utc);
    strftime(now_text, sizeof now_text, "%Y-%m-%dT%H:%M:%SZ", &utc);
    json_t *names = json_array();
    for (size_t i = 0; i < a->nodes->count; i++)
        json_array_append_new(names, json_string(a->nodes->items[i]));
    return json_pack("{s:s, s:i, s:s, s:s, s:I, s:I, s:i, s:o, s:f, s:s, s:s?, s:s?}", "format",
                     "nodehour-attempt", "version", 1, "time", now_text, "job", a->job->name,
                     "launch", (json_int_t)a->launch, "nodes", (json_int_t)a->job->nodes, "ranks",
                     a->job->ranks, "hosts", names, "seconds", a->seconds, "end", end_words[a->end],
                     "reason", a->reason, "log", a->log);
}

int nh_attempts_add(const struct nh_rundir *dir, const struct nh_attempt *attempt,
                    struct nh_error *err)
{
    char path[NH_PATH_MAX];
    int rc = nh_rundir_path(dir, path, sizeof path, err, "%s", file_name);
    if (rc)
        return rc;
    json_t *o = attempt_json(attempt);
    char *text = o ? json_dumps(o, JSON_COMPACT | JSON_REAL_PRECISION(6)) : NULL;
    json_decref(o);
    if (!text)
        return nh_fail(err, NH_EFAIL, "%s: cannot be written", path);
    size_t len = strlen(text);
    text[len] = '\n'; /* in place of the NUL: appending takes bytes */
    rc = nh_journal_append(path, text, len + 1, err);
    free(text);
    return rc;
}

static void read_line(const char *text, size_t len,
                      void (*take)(void *, const struct nh_attempt_line *), void *context)
{
    json_t *o = json_loadb(text, len, 0, NULL);
    const char *end = nh_json_text(o, "end", "");
    const struct nh_attempt_line line = {.job = nh_json_text(o, "job", ""),
                                         .launch = (long)nh_json_number(o, "launch", -1),
                                         .seconds = nh_json_number(o, "seconds", 0),
                                         .nodes = nh_json_number(o, "nodes", 1),
                                         .done = strcmp(end, end_words[NH_ATTEMPT_DONE]) == 0,
                                         .failed = strcmp(end, end_words[NH_ATTEMPT_FAILED]) == 0};
    if (json_is_object(o))
        take(context, &line);
    json_decref(o);
}

int nh_attempts_read(const struct nh_rundir *dir, size_t *offset,
                     void (*take)(void *, const struct nh_attempt_line *), void *context,
                     struct nh_error *err)
{
    char path[NH_PATH_MAX], *text, *newline;
    size_t size;
    int rc = nh_rundir_path(dir, path, sizeof path, err, "%s", file_name);
    if (rc || access(path, F_OK))
        return rc;
    rc = nh_file_read(path, &text, &size, err);
    if (rc)
        return rc;
    while (*offset < size && (newline = memchr(text + *offset, '\n', size - *offset))) {
        read_line(text + *offset, (size_t)(newline - text) - *offset, take, context);
        *offset = (size_t)(newline - text) + 1;
    }
    free(text);
    return NH_OK;
}

static void add_line(void *context, const struct nh_attempt_line *line)
{
    struct nh_attempts_sum *sum = context;
    sum->wall_s += line->seconds;
    sum->node_s += line->seconds * line->nodes;
    sum->done += line->done;
    sum->failed += line->failed;
}

int nh_attempts_sum(const struct nh_rundir *dir, struct nh_attempts_sum *sum, struct nh_error *err)
{
    size_t offset = 0;
    *sum = (struct nh_attempts_sum){0};
    return nh_attempts_read(dir, &offset, add_line, sum, err);
}
