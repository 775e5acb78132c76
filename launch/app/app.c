/* SPDX-License-Identifier: BSD-3-Clause */
#include "launch/app/app.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/nearest.h"
#include "common/record.h"
#include "common/units.h"
#include "launch/study/expr.h"
#include "launch/study/values.h"

static const double default_expected_s = 60;

/* Reading goes on with one state: the key that is looked at, and the first error. */
struct reader {
    const json_t *root;
    char *key;
    struct nh_error *err;
    int rc;
};

static const char *text_at(const json_t *map, const char *key)
{
    return nh_json_text(map, key, NULL);
}

static void fail_at(struct reader *r, const char *key, int code)
{
    if (code && !r->rc) {
        r->rc = code;
        snprintf(r->key, 64, "%s", key);
    }
}

/* ---- values ---- */

static const struct {
    const char *name;
    double seconds;
} units[] = {{"s", 1},    {"ms", 1e-3},   {"us", 1e-6}, {"ns", 1e-9},  {"min", 60},
             {"h", 3600}, {"hour", 3600}, {"d", 86400}, {"day", 86400}};
enum { UNITS = sizeof units / sizeof *units };

int nh_app_unit(const char *unit, double *seconds, bool *rate, struct nh_error *err)
{
    const char *slash = strrchr(unit, '/'), *time = slash ? slash + 1 : unit;
    const char *known[UNITS];
    *rate = slash && slash > unit;
    for (size_t i = 0; i < UNITS; i++) {
        known[i] = units[i].name;
        *seconds = units[i].seconds;
        if (strcmp(units[i].name, time) == 0 && (!slash || *rate))
            return NH_OK;
    }
    const char *near = nh_nearest(time, known, UNITS);
    return nh_fail(err, NH_EINPUT, "'%.40s' is no time and no rate; %s%s%s", unit,
                   near ? "did you mean '" : "give s, ms, us, ns, min, h or day, or WHAT/s, ",
                   near ? near : "such as ns/day or GiB/s", near ? "'?" : "");
}

int nh_app_constant(const char *text, double *value, struct nh_error *err)
{
    int64_t whole;
    if (nh_parse_double("", text, value, NULL) == NH_OK)
        return NH_OK;
    int rc = nh_expr_eval(text, NULL, 0, &whole, err);
    *value = (double)whole;
    return rc;
}

static void check_number(struct reader *r, const char *key, const char *text, double *value)
{
    if (text && !r->rc)
        fail_at(r, key, nh_parse_positive("the value", text, value, r->err));
}

static void read_flag(struct reader *r, const char *key, bool *value)
{
    const char *text = text_at(r->root, key);
    if (text)
        *value = strcmp(text, "true") == 0 || strcmp(text, "yes") == 0;
}

static void read_words_of(const json_t *list, struct nh_args *words)
{
    json_t *item;
    size_t i;
    json_array_foreach(list, i, item)
    {
        const char *word = json_string_value(item);
        nh_args_add(words, "%s", word ? word : "");
    }
}

static void read_words(struct reader *r, const char *key, struct nh_args *words)
{
    read_words_of(json_object_get(r->root, key), words);
    if (words->failed)
        fail_at(r, key, nh_fail(r->err, NH_EFAIL, "out of memory"));
}

static void read_commands(struct reader *r, const char *key, struct nh_commands *commands)
{
    const json_t *list = json_object_get(r->root, key);
    if (json_array_size(list) > NH_COMMANDS_MAX && !r->rc)
        fail_at(
            r, key,
            nh_fail(r->err, NH_EINPUT, "more than %d commands; leave some out", NH_COMMANDS_MAX));
    for (size_t i = 0; i < json_array_size(list) && !r->rc; i++)
        read_words_of(json_object_get(json_array_get(list, i), "command"),
                      &commands->items[commands->count++]);
}

static void read_environment(struct reader *r, struct nh_args *words)
{
    const char *name;
    json_t *value;
    json_object_foreach(json_object_get(r->root, "environment"), name, value)
    {
        const char *text = json_string_value(value);
        nh_args_add(words, "%s=%s", name, text ? text : "");
    }
}

static void check_regex(struct reader *r, const char *key, const char *regex, size_t least,
                        size_t most)
{
    if (regex && !r->rc)
        fail_at(r, key, nh_pick_check_regex(regex, least, most, r->err));
}

/* A name within the working directory: what is kept of it must not write elsewhere. */
static void check_file(struct reader *r, const char *key, const char *file)
{
    if (file && !r->rc && (*file == '/' || strstr(file, "..")))
        fail_at(r, key,
                nh_fail(r->err, NH_EINPUT,
                        "'%.100s' is outside of the working directory; give a file in it", file));
}

/* ---- figures ---- */

static void read_which(struct reader *r, const char *key, const char *text, struct nh_figure *f)
{
    static const char *const words[] = {
        [NH_PICK_ONLY] = "only", [NH_PICK_FIRST] = "first", [NH_PICK_LAST] = "last"};
    for (int i = NH_PICK_ONLY; text && i <= NH_PICK_LAST; i++)
        if (strcmp(words[i], text) == 0) {
            f->which = (enum nh_pick_which)i;
            return;
        }
    if (text && !r->rc)
        fail_at(r, key,
                nh_fail(r->err, NH_EINPUT, "'%.40s' is none; give only, first or last", text));
}

static void read_per(struct reader *r, const char *key, const char *text, struct nh_figure *f)
{
    f->per_iteration = text && strcmp(text, "iteration") == 0;
    if (text && !f->per_iteration && strcmp(text, "launch") != 0 && !r->rc)
        fail_at(r, key,
                nh_fail(r->err, NH_EINPUT, "'%.40s' is none; give launch or iteration", text));
}

static void check_source(struct reader *r, const char *name, const struct nh_figure *f)
{
    char key[40];
    int sources = (f->value != NULL) + (f->match != NULL) + (f->json != NULL);
    double constant;
    if (sources != 1 && !r->rc)
        fail_at(r, name,
                nh_fail(r->err, NH_EINPUT,
                        "%s; give one of value, match (a regular expression) "
                        "and json (a path)",
                        sources ? "more than one source" : "no source"));
    snprintf(key, sizeof key, "%s.match", name);
    check_regex(r, key, f->match, 1, 1);
    snprintf(key, sizeof key, "%s.json", name);
    if (f->json && !r->rc)
        fail_at(r, key, nh_pick_check_path(f->json, r->err));
    snprintf(key, sizeof key, "%s.value", name);
    if (f->value && !r->rc)
        fail_at(r, key, nh_app_constant(f->value, &constant, r->err));
    snprintf(key, sizeof key, "%s.file", name);
    check_file(r, key, f->file);
}

static void read_figure(struct reader *r, const char *name, struct nh_figure *f)
{
    const json_t *map = json_object_get(r->root, name);
    char key[40];
    *f = (struct nh_figure){.given = map != NULL, .scale = 1};
    if (!map)
        return;
    f->value = text_at(map, "value");
    f->match = text_at(map, "match");
    f->json = text_at(map, "json");
    f->file = text_at(map, "file");
    f->unit = text_at(map, "unit");
    check_source(r, name, f);
    snprintf(key, sizeof key, "%s.which", name);
    read_which(r, key, text_at(map, "which"), f);
    snprintf(key, sizeof key, "%s.scale", name);
    check_number(r, key, text_at(map, "scale"), &f->scale);
    snprintf(key, sizeof key, "%s.per", name);
    read_per(r, key, text_at(map, "per"), f);
    snprintf(key, sizeof key, "%s.work", name);
    check_number(r, key, text_at(map, "work"), &f->work);
}

static void check_unit(struct reader *r, const char *key, const char *unit, bool may_be_rate)
{
    double seconds;
    bool rate;
    if (r->rc)
        return;
    if (!unit)
        fail_at(r, key,
                nh_fail(r->err, NH_EINPUT,
                        "missing; say what the number is in: s, ms, "
                        "ns/day, ..."));
    else if (nh_app_unit(unit, &seconds, &rate, r->err))
        fail_at(r, key, NH_EINPUT);
    else if (rate && !may_be_rate)
        fail_at(r, key, nh_fail(r->err, NH_EINPUT, "'%.40s' is no time; give s, ms, ...", unit));
}

static void read_steps(struct reader *r, struct nh_steps *s)
{
    const json_t *map = json_object_get(r->root, "steps");
    const char *warmup = text_at(map, "warmup");
    if (!map)
        return;
    s->match = text_at(map, "match");
    s->file = text_at(map, "file");
    s->unit = text_at(map, "unit");
    check_regex(r, "steps.match", s->match, 1, 2);
    check_file(r, "steps.file", s->file);
    check_unit(r, "steps.unit", s->unit, false);
    if (warmup && !r->rc) {
        long count;
        fail_at(r, "steps.warmup",
                nh_parse_long("the value", warmup, 0, 1000000000, &count, r->err));
        s->warmup = r->rc ? 0 : (double)count;
    }
}

/* ---- all of it ---- */

static void read_success(struct reader *r, struct nh_application *app)
{
    const json_t *map = json_object_get(r->root, "success");
    const char *status = text_at(map, "exit");
    app->match = text_at(map, "match");
    app->never = text_at(map, "never");
    app->success_file = text_at(map, "file");
    check_regex(r, "success.match", app->match, 0, 20);
    check_regex(r, "success.never", app->never, 0, 20);
    check_file(r, "success.file", app->success_file);
    if (status && !r->rc)
        fail_at(r, "success.exit", nh_parse_long("the value", status, 0, 255, &app->exit, r->err));
}

static void read_figures(struct reader *r, struct nh_application *app)
{
    read_figure(r, "figure", &app->figure);
    read_figure(r, "iterations", &app->iterations);
    read_figure(r, "cells", &app->cells);
    read_steps(r, &app->steps);
    if (app->figure.given)
        check_unit(r, "figure.unit", app->figure.unit, true);
    if (app->figure.given && app->steps.match && !r->rc)
        fail_at(r, "steps",
                nh_fail(r->err, NH_EINPUT,
                        "given with figure; both are the solver's time, leave one out"));
}

static void read_scaling(struct reader *r, struct nh_application *app)
{
    const char *text = text_at(r->root, "scaling");
    app->weak = text && strcmp(text, "weak") == 0;
    if (text && !app->weak && strcmp(text, "strong") != 0 && !r->rc)
        fail_at(r, "scaling",
                nh_fail(r->err, NH_EINPUT, "'%.40s' is none; give strong or weak", text));
}

static void read_files(struct reader *r, struct nh_application *app)
{
    read_words(r, "command", &app->command);
    read_words(r, "link", &app->link);
    read_words(r, "copy", &app->copy);
    read_words(r, "keep", &app->keep);
    for (size_t i = 0; i < app->keep.count; i++)
        check_file(r, "keep", app->keep.items[i]);
    read_environment(r, &app->environment);
    read_commands(r, "prepare", &app->prepare);
    read_commands(r, "finish", &app->finish);
    if (!app->command.count && !r->rc)
        fail_at(r, "command", nh_fail(r->err, NH_EINPUT, "missing; give [PROGRAM, ARGUMENT, ...]"));
}

int nh_app_parse(const json_t *json, struct nh_application *app, char key[64], struct nh_error *err)
{
    struct reader r = {.root = json, .key = key, .err = err};
    *app = (struct nh_application){.mpi = true, .bind = true, .expected_s = default_expected_s};
    app->name = nh_json_text(json, "name", "application");
    app->directory = nh_json_text(json, "directory", NULL);
    app->scratch = nh_json_text(json, "scratch", NULL);
    app->environment_label = nh_json_text(json, "environment_label", NULL);
    app->machine = nh_json_text(json, "machine", NULL);
    read_files(&r, app);
    check_file(&r, "directory", app->directory);
    read_flag(&r, "mpi", &app->mpi);
    read_flag(&r, "bind", &app->bind);
    read_scaling(&r, app);
    read_success(&r, app);
    read_figures(&r, app);
    const char *expected = nh_json_text(json, "expected_time", NULL);
    if (expected && !r.rc)
        fail_at(&r, "expected_time", nh_study_duration(expected, &app->expected_s, err));
    if (r.rc)
        nh_app_clear(app);
    return r.rc;
}

void nh_app_clear(struct nh_application *app)
{
    struct nh_args *const words[] = {&app->command, &app->link, &app->copy, &app->environment,
                                     &app->keep};
    for (size_t i = 0; i < sizeof words / sizeof *words; i++)
        nh_args_clear(words[i]);
    while (app->prepare.count)
        nh_args_clear(&app->prepare.items[--app->prepare.count]);
    while (app->finish.count)
        nh_args_clear(&app->finish.items[--app->finish.count]);
}
