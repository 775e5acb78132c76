/* SPDX-License-Identifier: BSD-3-Clause */
#include "launch/app/figures.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/journal.h"
#include "common/paths.h"

struct source {
    const struct nh_application *app;
    const char *directory, *out_path;
};

/* `file`: NULL for stdout. What the program should have written may be absent. */
static int read_output(const struct source *s, const char *file, char **text, size_t *len,
                       struct nh_error *err)
{
    char path[NH_PATH_MAX];
    int rc = file ? nh_path(path, sizeof path, err, "%s/%s", s->directory, file)
                  : nh_path(path, sizeof path, err, "%s", s->out_path);
    if (!rc && nh_file_read(path, text, len, NULL))
        rc = nh_fail(err, NH_EINPUT, "it wrote no %s", file ? file : "output");
    return rc;
}

static int read_number(const struct source *s, const struct nh_figure *f, const char *name,
                       double *value, struct nh_error *err)
{
    char *text;
    size_t len;
    if (f->value)
        return nh_app_constant(f->value, value, err);
    int rc = read_output(s, f->file, &text, &len, err);
    if (!rc) {
        rc = f->match ? nh_pick_regex(text, len, f->match, f->which, value, err)
                      : nh_pick_json(text, len, f->json, value, err);
        free(text);
    }
    if (rc)
        return nh_context(err, "%s%s%s", name, f->file ? " in " : "", f->file ? f->file : "");
    *value *= f->scale;
    return *value > 0 ? NH_OK
                      : nh_fail(err, NH_EINPUT, "%s: %g is not greater than 0", name, *value);
}

/* A rate becomes the time of the launch's work, or of one unit: 2 ns at 10 ns/day take 17280 s. */
static int read_figure(const struct source *s, struct nh_figures *out, struct nh_error *err)
{
    const struct nh_figure *f = &s->app->figure;
    double seconds;
    bool rate;
    if (!f->given)
        return NH_OK;
    int rc = read_number(s, f, "figure", &out->figure, err);
    if (!rc)
        rc = nh_app_unit(f->unit, &seconds, &rate, err);
    if (!rc)
        out->solver_s =
            rate ? (f->work > 0 ? f->work : 1) / out->figure * seconds : out->figure * seconds;
    return rc;
}

/* ---- steps ---- */

/* Step and time at it: differences between neighbours; the warm-up ends at its step. */
static size_t from_clock(const double *steps, double *values, size_t count, double warmup)
{
    size_t first = 0, n = 0;
    while (first < count && steps[first] < warmup)
        first++;
    for (size_t i = first + 1; i < count; i++)
        values[n++] = values[i] - values[i - 1];
    return n;
}

static size_t without_warmup(double *values, size_t count, double warmup)
{
    size_t skip = warmup < (double)count ? (size_t)warmup : count;
    memmove(values, values + skip, (count - skip) * sizeof *values);
    return count - skip;
}

static int sum_steps(struct nh_figures *out, double seconds, size_t seen, struct nh_error *err)
{
    out->solver_s = 0;
    for (size_t i = 0; i < out->step_count; i++) {
        if (!(out->step_s[i] >= 0))
            return nh_fail(err, NH_EINPUT, "steps: a time of %g is less than 0", out->step_s[i]);
        out->step_s[i] *= seconds;
        out->solver_s += out->step_s[i];
    }
    if (!out->step_count || !(out->solver_s > 0))
        return nh_fail(err, NH_EINPUT,
                       "steps: of %zu lines that match, none is left after the "
                       "warm-up",
                       seen);
    return NH_OK;
}

static int read_steps(const struct source *s, struct nh_figures *out, struct nh_error *err)
{
    const struct nh_steps *steps = &s->app->steps;
    char *text;
    double *numbers = NULL, seconds;
    size_t len, count = 0;
    bool rate;
    if (!steps->match)
        return NH_OK;
    int rc = nh_app_unit(steps->unit, &seconds, &rate, err);
    if (!rc)
        rc = read_output(s, steps->file, &text, &len, err);
    if (rc)
        return rc;
    rc = nh_pick_all(text, len, steps->match, &numbers, &out->step_s, &count, err);
    free(text);
    if (rc)
        return nh_context(err, "steps");
    bool clock = nh_pick_check_regex(steps->match, 2, 2, NULL) == NH_OK;
    if (count)
        out->step_count = clock ? from_clock(numbers, out->step_s, count, steps->warmup)
                                : without_warmup(out->step_s, count, steps->warmup);
    free(numbers);
    return sum_steps(out, seconds, count, err);
}

/* ---- success ---- */

static int judge(const struct source *s, struct nh_error *err)
{
    const struct nh_application *app = s->app;
    char *text, line[200] = "";
    size_t len;
    bool good = true, bad = false;
    if (!app->match && !app->never)
        return NH_OK;
    int rc = read_output(s, app->success_file, &text, &len, err);
    if (rc)
        return rc;
    if (app->never)
        rc = nh_pick_matches(text, len, app->never, &bad, line, sizeof line, err);
    if (!rc && app->match)
        rc = nh_pick_matches(text, len, app->match, &good, NULL, 0, err);
    free(text);
    if (!rc && bad)
        rc = nh_fail(err, NH_EINPUT, "it printed what it must not: %s", line);
    if (!rc && !good)
        rc = nh_fail(err, NH_EINPUT, "no line matches '%.100s', the sign of success", app->match);
    return rc;
}

int nh_figures_read(const struct nh_application *app, const char *directory, const char *out_path,
                    struct nh_figures *figures, struct nh_error *err)
{
    const struct source s = {app, directory, out_path};
    *figures = (struct nh_figures){.figure = NAN, .solver_s = NAN, .iterations = NAN, .cells = NAN};
    int rc = judge(&s, err);
    if (!rc)
        rc = read_figure(&s, figures, err);
    if (!rc)
        rc = read_steps(&s, figures, err);
    if (!rc && app->iterations.given)
        rc = read_number(&s, &app->iterations, "iterations", &figures->iterations, err);
    if (!rc && app->figure.per_iteration && figures->iterations > 0)
        figures->solver_s *= figures->iterations;
    if (!rc && app->cells.given)
        rc = read_number(&s, &app->cells, "cells", &figures->cells, err);
    if (rc)
        nh_figures_clear(figures);
    return rc;
}

void nh_figures_clear(struct nh_figures *figures)
{
    free(figures->step_s);
    figures->step_s = NULL;
    figures->step_count = 0;
}
