/* SPDX-License-Identifier: BSD-3-Clause */
#include "launch/app/pick.h"

#include <ctype.h>
#include <math.h>
#include <regex.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { MOST_GROUPS = 3, LINE = 4096, NUMBER = 64, NAME = 128 };

/* ---- regular expressions ---- */

static int compile(const char *regex, regex_t *compiled, struct nh_error *err)
{
    char why[160];
    int bad = regcomp(compiled, regex, REG_EXTENDED);
    if (!bad)
        return NH_OK;
    regerror(bad, compiled, why, sizeof why);
    return nh_fail(err, NH_EINPUT, "'%.100s' is no regular expression: %s; mend it", regex, why);
}

/* Taken by regcomp, and not what whoever writes them means: they match the letter itself. */
static const char *foreign_class(const char *regex)
{
    static const char *const classes[] = {"\\d", "\\D"};
    for (; *regex; regex += *regex == '\\' && regex[1] ? 2 : 1)
        for (size_t i = 0; i < sizeof classes / sizeof *classes; i++)
            if (strncmp(regex, classes[i], 2) == 0)
                return classes[i];
    return NULL;
}

int nh_pick_check_regex(const char *regex, size_t least, size_t most, struct nh_error *err)
{
    regex_t compiled;
    const char *foreign = foreign_class(regex);
    if (foreign)
        return nh_fail(err, NH_EINPUT, "'%.100s': POSIX has no %s; write [0-9] for a digit", regex,
                       foreign);
    int rc = compile(regex, &compiled, err);
    if (rc)
        return rc;
    size_t groups = compiled.re_nsub;
    regfree(&compiled);
    if (groups >= least && groups <= most)
        return NH_OK;
    if (least == most)
        return nh_fail(err, NH_EINPUT,
                       "'%.100s' has %zu groups; put one pair of parentheses, round the number",
                       regex, groups);
    return nh_fail(err, NH_EINPUT,
                   "'%.100s' has %zu groups; put parentheses round the time of a step, or round "
                   "the step and the time at it",
                   regex, groups);
}

/* What a program printed, on its way into a line for people. */
static void make_printable(char *text)
{
    for (; *text; text++)
        if ((unsigned char)*text < ' ' || *text == 0x7f)
            *text = '?';
}

/* A group as a number: all of it, finite; Fortran's 1.0D+03 as well. */
static int number_of(const char *text, double *value, struct nh_error *err)
{
    char copy[NUMBER], shown[NUMBER], *end;
    snprintf(copy, sizeof copy, "%s", text);
    snprintf(shown, sizeof shown, "%s", text);
    make_printable(shown);
    for (char *at = copy; *at; at++)
        if (*at == 'd' || *at == 'D')
            *at = 'e';
    *value = strtod(copy, &end);
    while (isspace((unsigned char)*end))
        end++;
    if (!*copy || *end || strlen(text) >= sizeof copy)
        return nh_fail(err, NH_EINPUT, "'%.60s' is no number", shown);
    return isfinite(*value)
               ? NH_OK
               : nh_fail(err, NH_EINPUT, "the figure is '%.60s': the program diverged", shown);
}

static void group_text(const char *line, const regmatch_t *group, char buf[NUMBER])
{
    size_t len = group->rm_so < 0 ? 0 : (size_t)(group->rm_eo - group->rm_so);
    snprintf(buf, NUMBER, "%.*s", (int)(len < NUMBER ? len : NUMBER - 1),
             len ? line + group->rm_so : "");
}

/* Walks over all matches, line by line; `take` returns a code, and is told the line's number. */
struct walk {
    regex_t regex;
    int (*take)(void *context, const char *line, size_t number, const regmatch_t *groups,
                struct nh_error *err);
    void *context;
    struct nh_error *err;
};

static int walk_line(const struct walk *w, const char *line, size_t number)
{
    regmatch_t groups[MOST_GROUPS];
    int flags = 0, rc = NH_OK;
    while (!rc && regexec(&w->regex, line, MOST_GROUPS, groups, flags) == 0) {
        rc = w->take(w->context, line, number, groups, w->err);
        line += groups[0].rm_eo;
        if (groups[0].rm_eo == groups[0].rm_so || !*line)
            break;
        flags = REG_NOTBOL;
    }
    return rc;
}

/* Long lines are cut: no figure stands so far out. NUL bytes are ends of lines. */
static int walk_text(const struct walk *w, const char *text, size_t len)
{
    char line[LINE];
    int rc = NH_OK;
    size_t number = 1;
    for (const char *at = text, *end = text + len; at < end && !rc; number++) {
        size_t n = 0;
        while (at + n < end && at[n] != '\n' && at[n] != '\0')
            n++;
        size_t kept = n < LINE ? n : LINE - 1;
        memcpy(line, at, kept);
        kept -= kept && line[kept - 1] == '\r';
        line[kept] = '\0';
        rc = walk_line(w, line, number);
        at += n + 1;
    }
    return rc;
}

static int walk(struct walk *w, const char *text, size_t len, const char *regex)
{
    int rc = compile(regex, &w->regex, w->err);
    if (rc)
        return rc;
    rc = walk_text(w, text, len);
    regfree(&w->regex);
    return rc;
}

struct one {
    char text[NUMBER];
    size_t count, line;
    enum nh_pick_which which;
};

static int take_one(void *context, const char *line, size_t number, const regmatch_t *groups,
                    struct nh_error *err)
{
    struct one *one = context;
    if (one->which == NH_PICK_ONLY && one->count)
        return nh_fail(err, NH_EINPUT,
                       "the figure stands twice, in lines %zu and %zu; make the regular "
                       "expression narrower, or say which: first or last",
                       one->line, number);
    if (one->which != NH_PICK_FIRST || !one->count)
        group_text(line, &groups[1], one->text);
    one->count++;
    one->line = number;
    return NH_OK;
}

int nh_pick_regex(const char *text, size_t len, const char *regex, enum nh_pick_which which,
                  double *value, struct nh_error *err)
{
    struct one one = {.which = which};
    struct walk w = {.take = take_one, .context = &one, .err = err};
    int rc = walk(&w, text, len, regex);
    if (rc)
        return rc;
    if (!one.count)
        return nh_fail(err, NH_EINPUT, "no line matches '%.100s'", regex);
    return number_of(one.text, value, err);
}

struct all {
    double *steps, *values;
    size_t count;
    bool pairs;
};

static int take_all(void *context, const char *line, size_t number, const regmatch_t *groups,
                    struct nh_error *err)
{
    struct all *a = context;
    char text[NUMBER];
    (void)number;
    if ((a->count & (a->count - 1)) == 0) { /* full: room for the next power of two */
        size_t room = (a->count ? 2 * a->count : 1) * sizeof(double);
        double *steps = realloc(a->steps, room);
        a->steps = steps ? steps : a->steps;
        double *values = realloc(a->values, room);
        a->values = values ? values : a->values;
        if (!steps || !values)
            return nh_fail(err, NH_EFAIL, "out of memory");
    }
    a->steps[a->count] = (double)a->count;
    group_text(line, &groups[1], text);
    int rc = number_of(text, a->pairs ? &a->steps[a->count] : &a->values[a->count], err);
    if (!rc && a->pairs) {
        group_text(line, &groups[2], text);
        rc = number_of(text, &a->values[a->count], err);
    }
    a->count++;
    return rc;
}

int nh_pick_all(const char *text, size_t len, const char *regex, double **steps, double **values,
                size_t *count, struct nh_error *err)
{
    struct all all = {.pairs = nh_pick_check_regex(regex, 2, 2, NULL) == NH_OK};
    struct walk w = {.take = take_all, .context = &all, .err = err};
    int rc = walk(&w, text, len, regex);
    if (rc) {
        free(all.steps);
        free(all.values);
        return rc;
    }
    *steps = all.steps;
    *values = all.values;
    *count = all.count;
    return NH_OK;
}

struct seen {
    bool found;
    char *line;
    size_t room;
};

static int take_seen(void *context, const char *line, size_t number, const regmatch_t *groups,
                     struct nh_error *err)
{
    struct seen *seen = context;
    (void)number;
    (void)groups;
    (void)err;
    if (!seen->found && seen->line) {
        snprintf(seen->line, seen->room, "%s", line);
        make_printable(seen->line);
    }
    seen->found = true;
    return NH_OK;
}

int nh_pick_matches(const char *text, size_t len, const char *regex, bool *found, char *line,
                    size_t room, struct nh_error *err)
{
    struct seen seen = {.line = line, .room = room};
    struct walk w = {.take = take_seen, .context = &seen, .err = err};
    int rc = walk(&w, text, len, regex);
    *found = seen.found;
    return rc;
}

/* ---- JSON ---- */

/* One part of a path; NULL when it cannot be read. `index` is -1 for a name. */
static const char *next_part(const char *path, char name[NAME], long *index)
{
    char *end;
    *index = -1;
    if (*path == '[') {
        *index = strtol(path + 1, &end, 10);
        return isdigit((unsigned char)path[1]) && *end == ']' ? end + 1 : NULL;
    }
    path += *path == '.';
    size_t len = strcspn(path, ".[");
    if (!len || len >= NAME)
        return NULL;
    snprintf(name, NAME, "%.*s", (int)len, path);
    return path + len;
}

int nh_pick_check_path(const char *path, struct nh_error *err)
{
    char name[NAME];
    long index;
    for (const char *at = *path == '.' ? "" : path; at && *at;)
        if (!(at = next_part(at, name, &index)))
            break;
        else if (!*at)
            return NH_OK;
    return nh_fail(err, NH_EINPUT, "'%.100s' is no path into JSON; write it like jobs[0].read.bw",
                   path);
}

static const char *begin_of_json(const char *text)
{
    while (*text && *text != '{' && *text != '[') {
        const char *line = strchr(text, '\n');
        text = line ? line + 1 : text + strlen(text);
    }
    return text;
}

static int value_of(const json_t *found, const char *path, double *value, struct nh_error *err)
{
    if (json_is_string(found))
        return number_of(json_string_value(found), value, err);
    if (!json_is_number(found))
        return nh_fail(err, NH_EINPUT, found ? "%.100s is no number" : "there is no %.100s in it",
                       path);
    *value = json_number_value(found);
    return NH_OK;
}

int nh_pick_json(const char *text, size_t len, const char *path, double *value,
                 struct nh_error *err)
{
    char name[NAME];
    long index;
    json_error_t why;
    const char *begin = begin_of_json(text);
    json_t *root = json_loadb(begin, len - (size_t)(begin - text), JSON_DISABLE_EOF_CHECK, &why);
    if (!root) {
        make_printable(why.text);
        return nh_fail(err, NH_EINPUT, "no JSON: %.100s", why.text);
    }
    const json_t *found = root;
    for (const char *at = path; found && at && *at;) {
        at = next_part(at, name, &index);
        found = !at         ? NULL
                : index < 0 ? json_object_get(found, name)
                            : json_array_get(found, (size_t)index);
    }
    int rc = value_of(found, path, value, err);
    json_decref(root);
    return rc;
}
