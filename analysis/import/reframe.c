/* SPDX-License-Identifier: BSD-3-Clause */
#include "analysis/import/reframe.h"

#include <ctype.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "analysis/import/json_text.h"
#include "analysis/import/lines.h"
#include "common/record.h"

/*
 * ReFrame's performance logs. Fields between bars are whatever a site configured: since 4.0 the
 * first line names them ("num_tasks|solver_value|solver_unit"); before, and with
 * perflog_compat, a line holds "NAME=VALUE|ref=...|UNIT". JSON is that of the httpjson handler,
 * an object a line or one after the other. Both become a list of names and texts here.
 *
 * The time of a test is the one figure with a unit of time; of several, --map says which.
 */
enum { MOST_FIELDS = 256 };

struct field {
    const char *name;
    char *text;
};

struct reader {
    const char *file;
    const struct nh_given *given;
    struct nh_app_runs *runs;
    long line;
    char metric[64]; /* the figure taken for the time; "" before the first */
    struct field fields[MOST_FIELDS];
    size_t count;
    struct nh_error *err;
};

static const char *field(const struct reader *r, const char *name)
{
    for (size_t i = 0; i < r->count; i++)
        if (strcmp(r->fields[i].name, name) == 0)
            return r->fields[i].text;
    return "";
}

static void add_field(struct reader *r, const char *name, char *text)
{
    static const char prefix[] = "check_";
    if (strncmp(name, prefix, sizeof prefix - 1) == 0)
        name += sizeof prefix - 1;
    if (r->count < MOST_FIELDS && strcmp(text, "null") != 0 && strcmp(text, "None") != 0)
        r->fields[r->count++] = (struct field){name, text};
}

/* ---- Sizes and case ---- */

static void set_alias(const struct reader *r, struct nh_app_run *run, const char *alias,
                      const char *name)
{
    const char *text = field(r, alias);
    if (*text)
        nh_app_run_set(run, r->given, name, text);
}

/* "n1,n2,n3" */
static long count_list(const char *list)
{
    long n = *list != '\0';
    for (; *list; list++)
        n += *list == ',';
    return n;
}

static void set_sizes(const struct reader *r, struct nh_app_run *run)
{
    set_alias(r, run, "num_tasks", "ranks");
    set_alias(r, run, "num_cpus_per_task", "threads");
    for (size_t i = 0; i < r->count; i++)
        nh_app_run_set(run, r->given, r->fields[i].name, r->fields[i].text);
    long per_node = atol(field(r, "num_tasks_per_node"));
    if (run->nodes == 0 && per_node > 0 && run->ranks > 0)
        run->nodes = (run->ranks + per_node - 1) / per_node;
    if (run->nodes == 0 && !strchr(field(r, "job_nodelist"), '['))
        run->nodes = count_list(field(r, "job_nodelist"));
}

/* "lj %mesh=fine %ranks=2": parameters that are sizes do not make another case. */
static void set_name(const struct reader *r, struct nh_app_run *run)
{
    char text[256], *save = NULL;
    const char *info = field(r, "name");
    snprintf(text, sizeof text, "%s", *info ? info : field(r, "info"));
    char *word = strtok_r(text, " ", &save);
    if (*run->name || !word)
        return;
    snprintf(run->name, sizeof run->name, "%.60s", word);
    while ((word = strtok_r(NULL, " ", &save)) && *word == '%') {
        char *equals = strchr(word, '=');
        size_t used = strlen(run->name);
        if (equals)
            *equals = '\0';
        if (equals && nh_app_run_set(run, r->given, word + 1, equals + 1) != NH_RUN_FIELD_SET)
            snprintf(run->name + used, sizeof run->name - used, ", %s %s", word + 1, equals + 1);
    }
}

/* ---- The time ---- */

static bool is_mapped(const struct reader *r, const char *metric, char *clock, size_t size)
{
    nh_given_name(r->given, metric, clock, size);
    return strcmp(clock, "solver_s") == 0 || strcmp(clock, "job_s") == 0;
}

static bool maps_a_clock(const struct reader *r)
{
    return r->given->map && (strstr(r->given->map, "=solver_s") || strstr(r->given->map, "=job_s"));
}

/* A figure that is a time goes to the clock that it stands for. */
static int set_time(struct reader *r, struct nh_app_run *run, const char *metric, const char *value,
                    const char *unit)
{
    char clock[64], *end;
    double seconds = strtod(value, &end) * nh_seconds_in(unit);
    if (!is_mapped(r, metric, clock, sizeof clock)) {
        if (maps_a_clock(r) || isnan(nh_seconds_in(unit)))
            return NH_OK;
        if (*r->metric && strcmp(r->metric, metric) != 0)
            return nh_fail(r->err, NH_EINPUT,
                           "%s:%ld: '%.40s' and '%.40s' are both times; say which one the solver "
                           "took with --map %.40s=solver_s",
                           r->file, r->line, r->metric, metric, metric);
        snprintf(r->metric, sizeof r->metric, "%.63s", metric);
        snprintf(clock, sizeof clock, "solver_s");
    }
    if (end == value || *end || !(seconds > 0 && seconds < 1e8))
        return nh_fail(r->err, NH_EINPUT,
                       "%s:%ld: field '%.40s': '%.40s' in '%.16s' is no time above zero; remove "
                       "the line",
                       r->file, r->line, metric, value, unit);
    *(strcmp(clock, "job_s") == 0 ? &run->job_s : &run->solver_s) = seconds;
    return NH_OK;
}

/* "solver_value" beside "solver_unit", or "perf_value" beside "perf_var" and "perf_unit". */
static int set_times(struct reader *r, struct nh_app_run *run)
{
    static const char suffix[] = "_value";
    int rc = NH_OK;
    for (size_t i = 0; !rc && i < r->count; i++) {
        const char *name = r->fields[i].name;
        size_t n = strlen(name);
        if (n <= sizeof suffix || strcmp(name + n - (sizeof suffix - 1), suffix) != 0)
            continue;
        char metric[96], unit[104];
        snprintf(metric, sizeof metric, "%.*s", (int)(n - (sizeof suffix - 1)), name);
        snprintf(unit, sizeof unit, "%s_unit", metric);
        const char *plain = strncmp(metric, "perf_", 5) == 0 ? metric + 5 : metric;
        plain = strcmp(metric, "perf") == 0 ? field(r, "perf_var") : plain;
        rc = set_time(r, run, plain, r->fields[i].text, field(r, unit));
    }
    return rc;
}

static int add_run(struct reader *r)
{
    if (strcmp(field(r, "result"), "fail") == 0)
        return NH_OK;
    struct nh_app_run *run = nh_app_run_add(r->runs, "ReFrame", r->file, r->line, r->err);
    if (!run)
        return NH_EFAIL;
    set_name(r, run);
    set_sizes(r, run);
    int rc = set_times(r, run);
    if (!rc && isnan(run->solver_s) && isnan(run->job_s))
        r->runs->count--; /* its figures are no times */
    return rc;
}

static int finish(struct reader *r, size_t before)
{
    if (r->runs->count > before)
        return NH_OK;
    return nh_fail(r->err, NH_EINPUT,
                   "%s: no passed test with a figure in a unit of time; log one in s, or name it "
                   "with --map NAME=solver_s",
                   r->file);
}

/* ---- Between bars ---- */

static bool recognise(const char *head, size_t len)
{
    const char *newline = memchr(head, '\n', len);
    size_t n = newline ? (size_t)(newline - head) : len;
    return memchr(head, '|', n) &&
           (memmem(head, n, "job_completion_time|", 20) || memmem(head, n, "|reframe ", 9));
}

static size_t split(char *text, char **words)
{
    size_t n = 0;
    for (char *p = text; p && n < MOST_FIELDS;) {
        char *bar = strchr(p, '|');
        words[n++] = p;
        if (bar)
            *bar++ = '\0';
        p = bar;
    }
    return n;
}

/* "NAME=VALUE": what stands before "ref=" is the figure, what follows that its unit. */
static void add_pairs(struct reader *r, char **words, size_t n)
{
    if (n > 2)
        add_field(r, "info", words[2]);
    for (size_t i = 0; i < n; i++) {
        char *equals = strncmp(words[i], "ref=", 4) == 0 ? NULL : strchr(words[i], '=');
        bool figure = i + 1 < n && strncmp(words[i + 1], "ref=", 4) == 0;
        if (!equals || i == 2)
            continue;
        *equals = '\0';
        add_field(r, figure ? "perf_value" : words[i], equals + 1);
        if (figure)
            add_field(r, "perf_var", words[i]);
        if (figure && i + 2 < n)
            add_field(r, "perf_unit", words[i + 2]);
    }
}

struct table {
    char *header; /* the first line, split; NULL without one */
    char *names[MOST_FIELDS];
    size_t count;
    bool named; /* its names are of the fields, not "NAME=VALUE" */
};

static int read_row(struct reader *r, const struct table *table, char *text)
{
    char *words[MOST_FIELDS];
    size_t n = split(text, words);
    r->count = 0;
    if (table->count && n != table->count)
        return nh_fail(r->err, NH_EINPUT,
                       "%s:%ld: %zu fields where the first line has %zu; the configuration of the "
                       "log was changed, cut the file there",
                       r->file, r->line, n, table->count);
    if (!table->named)
        add_pairs(r, words, n);
    for (size_t i = 0; table->named && i < n; i++)
        add_field(r, table->names[i], words[i]);
    return add_run(r);
}

/* The line as a string of its own, without what ends it. */
static char *copy_line(const char *from, const char *to)
{
    while (to > from && (to[-1] == '\r' || to[-1] == ' '))
        to--;
    return strndup(from, (size_t)(to - from));
}

static int read_line(struct reader *r, struct table *table, char *text)
{
    if (r->line == 1 && strstr(text, "job_completion_time|")) {
        table->header = text;
        table->count = split(text, table->names);
        table->named = true;
        for (size_t i = 0; i < table->count; i++)
            table->named = table->named && !strchr(table->names[i], '=');
        return NH_OK;
    }
    int rc = *text ? read_row(r, table, text) : NH_OK;
    free(text);
    return rc;
}

static int parse(const char *name, const char *data, size_t len, const struct nh_given *given,
                 struct nh_app_runs *runs, struct nh_error *err)
{
    struct reader r = {.file = name, .given = given, .runs = runs, .err = err};
    struct table table = {0};
    const char *end = data + len;
    size_t before = runs->count;
    int rc = NH_OK;
    for (const char *at = data, *stop; !rc && at < end; at = stop + 1) {
        stop = memchr(at, '\n', (size_t)(end - at));
        stop = stop ? stop : end;
        r.line++;
        char *text = copy_line(at, stop);
        rc = text ? read_line(&r, &table, text) : nh_fail(err, NH_EFAIL, "out of memory");
    }
    free(table.header);
    return rc ? rc : finish(&r, before);
}

/* ---- JSON ---- */

static bool recognise_lines(const char *head, size_t len)
{
    static const char figure[] = "\"check_perf_", job[] = "\"check_job";
    return nh_lines_first(head, len) == '{' && memmem(head, len, figure, sizeof figure - 1) &&
           memmem(head, len, job, sizeof job - 1);
}

static char *join_texts(const json_t *array)
{
    char *text = NULL;
    size_t len = 0;
    FILE *out = open_memstream(&text, &len);
    if (!out)
        return NULL;
    for (size_t i = 0; i < json_array_size(array); i++) {
        const char *item = json_string_value(json_array_get(array, i));
        fprintf(out, "%s%s", i ? "," : "", item ? item : "");
    }
    return fclose(out) ? NULL : text;
}

static char *text_of(const json_t *value)
{
    char number[40] = "null";
    if (json_is_string(value))
        return strdup(json_string_value(value));
    if (json_is_array(value))
        return join_texts(value);
    if (json_is_number(value))
        snprintf(number, sizeof number, "%.17g", json_number_value(value));
    return strdup(number);
}

static int read_object(struct reader *r, json_t *o)
{
    const char *key;
    json_t *value;
    char *owned[MOST_FIELDS];
    size_t n = 0;
    r->count = 0;
    json_object_foreach(o, key, value)
    {
        if (n == MOST_FIELDS || !(owned[n] = text_of(value)))
            break;
        add_field(r, key, owned[n++]);
    }
    int rc = add_run(r);
    while (n-- > 0)
        free(owned[n]);
    return rc;
}

static int parse_lines(const char *name, const char *data, size_t len, const struct nh_given *given,
                       struct nh_app_runs *runs, struct nh_error *err)
{
    struct reader r = {.file = name, .given = given, .runs = runs, .line = 1, .err = err};
    const char *at = data, *end = data + len;
    size_t before = runs->count;
    int rc = NH_OK;
    while (!rc) {
        for (; at < end && isspace((unsigned char)*at); at++)
            r.line += *at == '\n';
        if (at == end)
            break;
        json_error_t why;
        json_t *o = json_loadb(at, (size_t)(end - at), JSON_DISABLE_EOF_CHECK, &why);
        if (!json_is_object(o)) {
            rc =
                nh_fail(err, NH_EINPUT, "%s:%ld: not a JSON object: %s; remove it", name,
                        r.line + (why.line > 0 ? why.line - 1 : 0), o ? "another value" : why.text);
        } else {
            rc = read_object(&r, o);
            for (const char *stop = at + why.position; at < stop; at++)
                r.line += *at == '\n';
        }
        json_decref(o);
    }
    return rc ? rc : finish(&r, before);
}

const struct nh_importer nh_importer_reframe = {
    .name = "reframe", .recognise = recognise, .runs = parse};
const struct nh_importer nh_importer_reframe_lines = {
    .name = "reframe-lines", .recognise = recognise_lines, .runs = parse_lines};
