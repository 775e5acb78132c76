/* SPDX-License-Identifier: BSD-3-Clause */
#include "analysis/import/extrap.h"

#include <ctype.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "analysis/import/json_text.h"
#include "common/fields.h"
#include "common/record.h"

/*
 * Extra-P's text (PARAMETER, POINTS, REGION, METRIC, a line of DATA for each point) and JSON
 * Lines ({"params": {...}, "metric": ..., "callpath": ..., "value": ...}). Neither has units,
 * and a parameter may be anything: names that are not ours need --map. A region is a case.
 */
enum { MOST_PARAMETERS = 16, MOST_POINTS = 65536 };

struct reader {
    const char *file;
    const struct nh_given *given;
    struct nh_app_runs *runs;
    long line;
    char parameters[MOST_PARAMETERS][64];
    size_t parameter_count;
    double *points; /* parameter_count of each */
    size_t value_count, point;
    char region[96], metric[64];
    struct nh_error *err;
};

static int fail_here(const struct reader *r, const char *problem)
{
    return nh_fail(r->err, NH_EINPUT, "%s:%ld: %s", r->file, r->line, problem);
}

/* ---- A value becomes a run ---- */

/* A metric that is no clock is passed over, as long as some metric is one. */
static bool is_clock(const struct reader *r, const char *metric)
{
    char field[64];
    nh_given_name(r->given, metric, field, sizeof field);
    return strcmp(field, "solver_s") == 0 || strcmp(field, "job_s") == 0;
}

static int set_parameter(struct reader *r, struct nh_app_run *run, const char *name, double value)
{
    char text[32];
    snprintf(text, sizeof text, "%.17g", value);
    enum nh_run_field set = nh_app_run_set(run, r->given, name, text);
    if (set == NH_RUN_FIELD_SET)
        return NH_OK;
    return nh_fail(r->err, NH_EINPUT,
                   set == NH_RUN_FIELD_NONE
                       ? "%s:%ld: parameter '%.40s' is not said to be a size; give --map "
                         "%.40s=nodes (or ranks, threads, cores, cells)"
                       : "%s:%ld: parameter '%.40s' has a value that no such size has; check "
                         "--map %.40s=...",
                   r->file, r->line, name, name);
}

static struct nh_app_run *add_value(struct reader *r, double value)
{
    char text[32];
    struct nh_app_run *run = nh_app_run_add(r->runs, "Extra-P", r->file, r->line, r->err);
    if (!run)
        return NULL;
    snprintf(run->name, sizeof run->name, "%s", r->region);
    snprintf(text, sizeof text, "%.17g", value);
    if (nh_app_run_set(run, r->given, r->metric, text) == NH_RUN_FIELD_SET)
        return run;
    fail_here(r, "a value is no number of seconds above zero; remove it");
    return NULL;
}

static int no_clock(const struct reader *r)
{
    return nh_fail(r->err, NH_EINPUT,
                   "%s: the format has no units: say which metric is the solver's time in seconds "
                   "with --map NAME=solver_s (here: --map %.60s=solver_s)",
                   r->file, *r->metric ? r->metric : "value");
}

/* ---- Text ---- */

static bool recognise(const char *head, size_t len)
{
    return nh_lines_contain(head, len, "PARAMETER ") && nh_lines_contain(head, len, "POINTS ");
}

static int read_parameter(struct reader *r, const char *text)
{
    if (r->parameter_count == MOST_PARAMETERS || r->value_count > 0)
        return fail_here(r, "PARAMETER: too many, or after POINTS; put them first");
    char *name = r->parameters[r->parameter_count++];
    return sscanf(text, "%63s", name) == 1 ? NH_OK
                                           : fail_here(r, "PARAMETER without a name; give it one");
}

static int read_points(struct reader *r, const char *text)
{
    for (const char *p = text; *(p += strspn(p, "(), ")) != '\0';) {
        char *end;
        double *grown = nh_grow(r->points, r->value_count, sizeof *grown);
        double value = strtod(p, &end);
        if (!grown)
            return nh_fail(r->err, NH_EFAIL, "out of memory");
        r->points = grown;
        if (end == p || !isfinite(value) || r->value_count == MOST_POINTS)
            return fail_here(r, "POINTS: not a list of numbers, or too many; correct the line");
        r->points[r->value_count++] = value;
        p = end;
    }
    if (r->parameter_count == 0 || r->value_count % r->parameter_count != 0)
        return fail_here(r,
                         "POINTS: each point needs a number for each PARAMETER; correct the line");
    return NH_OK;
}

static int read_repeat(struct reader *r, const char *word, char **end)
{
    double value = strtod(word, end);
    if (*end == word || (**end && !isspace((unsigned char)**end)))
        return fail_here(r, "DATA: not a list of numbers; write them like 8.31 8.02");
    struct nh_app_run *run = add_value(r, value);
    int rc = run ? NH_OK : r->err->code;
    const double *point = r->points + r->point * r->parameter_count;
    for (size_t i = 0; !rc && i < r->parameter_count; i++)
        rc = set_parameter(r, run, r->parameters[i], point[i]);
    return rc;
}

static int read_data(struct reader *r, const char *text)
{
    int rc = NH_OK;
    if ((r->point + 1) * r->parameter_count > r->value_count || r->parameter_count == 0)
        return fail_here(r, "DATA: more lines than POINTS; remove them or add points");
    char *end = (char *)(uintptr_t)text;
    for (const char *p = text; !rc && is_clock(r, r->metric) && *(p += strspn(p, " "));) {
        rc = read_repeat(r, p, &end);
        p = end;
    }
    r->point++;
    return rc;
}

/* Points are counted from the first again. */
static int start(struct reader *r, char *name, size_t size, const char *text)
{
    snprintf(name, size, "%s", text);
    for (size_t n = strlen(name); n > 0 && name[n - 1] == ' '; n--)
        name[n - 1] = '\0';
    r->point = 0;
    return NH_OK;
}

static int read_line(struct reader *r, const char *text)
{
    char key[16];
    int used = 0;
    if (sscanf(text, "%15s %n", key, &used) != 1 || *key == '#')
        return NH_OK;
    if (strcmp(key, "PARAMETER") == 0)
        return read_parameter(r, text + used);
    if (strcmp(key, "POINTS") == 0)
        return read_points(r, text + used);
    if (strcmp(key, "REGION") == 0)
        return start(r, r->region, sizeof r->region, text + used);
    if (strcmp(key, "METRIC") == 0)
        return start(r, r->metric, sizeof r->metric, text + used);
    if (strcmp(key, "DATA") == 0)
        return read_data(r, text + used);
    return fail_here(r, "a line that Extra-P's text does not have (PARAMETER, POINTS, REGION, "
                        "METRIC, DATA); correct it");
}

static int parse(const char *name, const char *data, size_t len, const struct nh_given *given,
                 struct nh_app_runs *runs, struct nh_error *err)
{
    struct reader r = {.file = name, .given = given, .runs = runs, .err = err};
    struct nh_lines lines;
    size_t before = runs->count;
    int rc = NH_OK;
    start(&r, r.metric, sizeof r.metric, "value");
    nh_lines_start(&lines, data, len);
    while (!rc && nh_lines_next(&lines)) {
        r.line = lines.number;
        if (strlen(lines.text) == NH_LINE_BYTES - 1)
            rc = fail_here(&r, "line too long; split POINTS, or give JSON Lines");
        else
            rc = read_line(&r, lines.text);
    }
    free(r.points);
    return !rc && runs->count == before ? no_clock(&r) : rc;
}

/* ---- JSON Lines ---- */

static bool recognise_lines(const char *head, size_t len)
{
    static const char params[] = "\"params\"", value[] = "\"value\"", format[] = "\"format\"";
    return nh_lines_first(head, len) == '{' && memmem(head, len, params, sizeof params - 1) &&
           memmem(head, len, value, sizeof value - 1) &&
           !memmem(head, len, format, sizeof format - 1);
}

static int read_object(struct reader *r, const json_t *o)
{
    const char *key;
    json_t *params, *value;
    double number;
    int rc = nh_field_value(o, "params", JSON_OBJECT, &params, r->err);
    if (!rc)
        rc = nh_field_number(o, "value", 0, &number, r->err);
    if (rc)
        return nh_context(r->err, "%s:%ld", r->file, r->line);
    snprintf(r->metric, sizeof r->metric, "%s", nh_json_text(o, "metric", "value"));
    snprintf(r->region, sizeof r->region, "%s", nh_json_text(o, "callpath", ""));
    if (!is_clock(r, r->metric))
        return NH_OK;
    struct nh_app_run *run = add_value(r, number);
    if (!run)
        return r->err->code;
    json_object_foreach(params, key, value) if (!rc) rc =
        set_parameter(r, run, key, json_is_number(value) ? json_number_value(value) : NAN);
    return rc;
}

static int read_json_line(struct reader *r, const char *line, size_t len)
{
    json_t *o;
    int rc = nh_json_parse_object(line, len, &o, r->err);
    if (rc)
        return nh_context(r->err, "%s:%ld", r->file, r->line);
    rc = read_object(r, o);
    json_decref(o);
    return rc;
}

static bool blank(const char *line, size_t len)
{
    for (size_t i = 0; i < len; i++)
        if (!isspace((unsigned char)line[i]))
            return false;
    return true;
}

static int parse_lines(const char *name, const char *data, size_t len, const struct nh_given *given,
                       struct nh_app_runs *runs, struct nh_error *err)
{
    struct reader r = {.file = name, .given = given, .runs = runs, .err = err};
    const char *end = data + len;
    size_t before = runs->count;
    int rc = NH_OK;
    for (const char *at = data, *stop; !rc && at < end; at = stop + 1) {
        stop = memchr(at, '\n', (size_t)(end - at));
        stop = stop ? stop : end;
        r.line++;
        if (!blank(at, (size_t)(stop - at)))
            rc = read_json_line(&r, at, (size_t)(stop - at));
    }
    return !rc && runs->count == before ? no_clock(&r) : rc;
}

const struct nh_importer nh_importer_extrap = {
    .name = "extra-p", .recognise = recognise, .runs = parse};
const struct nh_importer nh_importer_extrap_lines = {
    .name = "extra-p-lines", .recognise = recognise_lines, .runs = parse_lines};
