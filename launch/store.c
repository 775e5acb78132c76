/* SPDX-License-Identifier: BSD-3-Clause */
#include "launch/store.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/journal.h"
#include "common/record.h"

enum { MOST_ASIDE = 1000 };

static int free_name(const char *path, const char *word, char *buf, size_t len,
                     struct nh_error *err)
{
    for (int i = 1; i < MOST_ASIDE; i++) {
        int rc = nh_path(buf, len, err, "%s.%s%d", path, word, i);
        if (rc || access(buf, F_OK))
            return rc;
    }
    return nh_fail(err, NH_EFAIL, "%s: too many old versions; start afresh with --new", path);
}

int nh_store_set_aside(const char *path, struct nh_error *err)
{
    char aside[NH_PATH_MAX];
    if (access(path, F_OK))
        return NH_OK;
    int rc = free_name(path, "", aside, sizeof aside, err);
    if (!rc && rename(path, aside))
        rc = nh_fail_errno(err, "%s: cannot rename", path);
    return rc;
}

/* ---- scan ---- */

/* The lines of one launch that stand together: they were one write. */
struct group {
    const char *start, *end;
    size_t step; /* index into the plan, step_count for lines of no launch */
    size_t records;
    size_t line; /* number of the first one, from 1 */
};

/* A step of the plan by what its records say. */
struct key {
    const char *job;
    long launch;
    size_t step;
};

struct scan {
    const struct nh_rundir *dir;
    const struct nh_plan *plan;
    struct key *keys; /* sorted: a study has thousands of steps, and as many records */
    bool *done;
    struct group group;
    char *good, *bad; /* lines kept, which close up within the text; lines moved away */
    size_t good_len, bad_len;
    size_t bad_line; /* the first one */
    struct nh_error why;
};

static int by_name(const void *left, const void *right)
{
    const struct key *a = left, *b = right;
    int order = strcmp(a->job, b->job);
    return order ? order : (a->launch > b->launch) - (a->launch < b->launch);
}

/* Sorted keys of all steps, malloc'ed; NULL when memory is short. */
static struct key *make_keys(const struct nh_plan *plan)
{
    struct key *keys = malloc((plan->step_count + 1) * sizeof *keys);
    for (size_t i = 0; keys && i < plan->step_count; i++)
        keys[i] = (struct key){plan->jobs[plan->steps[i].job].name, plan->steps[i].launch, i};
    if (keys)
        qsort(keys, plan->step_count, sizeof *keys, by_name);
    return keys;
}

static size_t find_step(const struct scan *s, const char *job, long launch)
{
    const struct key wanted = {job, launch, 0};
    const struct key *found =
        bsearch(&wanted, s->keys, s->plan->step_count, sizeof wanted, by_name);
    return found ? found->step : s->plan->step_count;
}

static size_t lines_in(const char *path)
{
    char *text;
    size_t len, lines = 0;
    if (nh_file_read(path, &text, &len, NULL))
        return 0;
    for (size_t i = 0; i < len; i++)
        lines += text[i] == '\n';
    free(text);
    return lines;
}

/* True when the group holds all that its launch wrote: not so after a power loss. */
static bool is_whole(const struct scan *s)
{
    char path[NH_PATH_MAX];
    const struct nh_plan_step *step = &s->plan->steps[s->group.step];
    return !nh_rundir_path(s->dir, path, sizeof path, NULL, "launches/%s.%ld.jsonl",
                           s->plan->jobs[step->job].name, step->launch) &&
           s->group.records >= lines_in(path);
}

/* Sorts the finished group into the lines kept or moved away. */
static void close_group(struct scan *s)
{
    const struct group *g = &s->group;
    size_t len = (size_t)(g->end - g->start);
    if (g->step < s->plan->step_count && !s->done[g->step] && is_whole(s)) {
        s->done[g->step] = true;
        memmove(s->good + s->good_len, g->start, len); /* which is never behind it */
        s->good_len += len;
        return;
    }
    memcpy(s->bad + s->bad_len, g->start, len);
    s->bad_len += len;
    if (len && !s->bad_line)
        s->bad_line = g->line;
}

static void take_line(struct scan *s, const char *line, size_t len, size_t number)
{
    struct nh_record r;
    size_t step = s->plan->step_count;
    if (nh_record_parse(line, len, &r, s->why.text[0] ? NULL : &s->why) == NH_OK) {
        step = r.job ? find_step(s, r.job, r.launch) : step;
        nh_record_clear(&r);
    }
    if (step != s->group.step) {
        close_group(s);
        s->group = (struct group){.start = line, .step = step, .line = number};
    }
    s->group.records++;
    s->group.end = line + len + 1;
}

/* Every line, the last one too, ends with a newline. */
static void take_lines(struct scan *s, const char *text, size_t len)
{
    size_t number = 1;
    s->group = (struct group){.start = text, .end = text, .step = s->plan->step_count, .line = 1};
    for (const char *at = text; at < text + len; number++) {
        size_t n = (size_t)((const char *)memchr(at, '\n', (size_t)(text + len - at)) - at);
        take_line(s, at, n, number);
        at += n + 1;
    }
    close_group(s);
}

/* Damage is kept beside the file, then the file is replaced by its good lines. */
static int move_damage(struct scan *s, const char *path, char *damage, size_t len,
                       struct nh_error *err)
{
    char aside[NH_PATH_MAX];
    int rc = free_name(path, "damaged.", aside, sizeof aside, err);
    if (!rc)
        rc = nh_file_replace(aside, s->bad, s->bad_len, err);
    if (!rc)
        rc = nh_file_replace(path, s->good, s->good_len, err);
    if (rc)
        return rc;
    snprintf(damage, len, "%s:%zu: %s; kept in %s, what is missing is measured again", path,
             s->bad_line, s->why.text[0] ? s->why.text : "records of an incomplete launch",
             strrchr(aside, '/') + 1);
    return NH_OK;
}

int nh_store_scan(const struct nh_rundir *dir, const struct nh_plan *plan, bool *done, char *damage,
                  size_t len, struct nh_error *err)
{
    char path[NH_PATH_MAX], *text;
    size_t size;
    *damage = '\0';
    memset(done, 0, plan->step_count * sizeof *done);
    int rc = nh_rundir_path(dir, path, sizeof path, err, "records.jsonl");
    if (rc || access(path, F_OK))
        return rc;
    rc = nh_file_read(path, &text, &size, err);
    if (rc)
        return rc;
    if (size && text[size - 1] != '\n')
        text[size++] = '\n'; /* in place of the NUL behind a torn last line */
    struct scan s = {.dir = dir, .plan = plan, .done = done, .good = text};
    s.keys = make_keys(plan);
    s.bad = malloc(size + 1);
    if (!s.keys || !s.bad)
        rc = nh_fail(err, NH_EFAIL, "out of memory");
    else
        take_lines(&s, text, size);
    if (!rc && s.bad_len)
        rc = move_damage(&s, path, damage, len, err);
    free(s.keys);
    free(s.bad);
    free(text);
    return rc;
}

/* ---- collect ---- */

static int check_records(const char *path, const char *job, long launch, struct nh_error *err)
{
    struct nh_records set = {0};
    int rc = nh_records_read(path, false, &set, err);
    if (!rc && !set.count)
        rc = nh_fail(err, NH_EINPUT, "%s: no records", path);
    for (size_t i = 0; i < set.count && !rc; i++)
        if (!set.items[i].job || strcmp(set.items[i].job, job) != 0 ||
            set.items[i].launch != launch)
            rc = nh_fail(err, NH_EINPUT, "%s:%zu: a record of another launch", path, i + 1);
    nh_records_clear(&set);
    return rc;
}

int nh_store_collect(const struct nh_rundir *dir, const char *job, long launch,
                     struct nh_error *err)
{
    char from[NH_PATH_MAX], to[NH_PATH_MAX], *text;
    size_t len;
    int rc = nh_rundir_path(dir, from, sizeof from, err, "launches/%s.%ld.jsonl", job, launch);
    if (!rc)
        rc = nh_rundir_path(dir, to, sizeof to, err, "records.jsonl");
    if (!rc)
        rc = check_records(from, job, launch, err);
    if (!rc)
        rc = nh_file_read(from, &text, &len, err);
    if (rc)
        return rc;
    if (text[len - 1] != '\n')
        rc = nh_fail(err, NH_EINPUT, "%s: its last line is not complete", from);
    else
        rc = nh_journal_append(to, text, len, err);
    free(text);
    return rc;
}
