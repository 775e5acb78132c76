/* SPDX-License-Identifier: BSD-3-Clause */
#include "analysis/build.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "analysis/price_choice.h"
#include "common/journal.h"

static const struct nh_report_options defaults;

/* ---- Sizes from the machine ---- */

static void fill_sizes(struct nh_dataset *set, struct nh_app *app, const struct nh_machine *m)
{
    bool too_many = false;
    for (size_t i = 0; i < app->point_count; i++) {
        struct nh_app_point *p = &app->points[i];
        if (p->cores == 0)
            p->cores = p->nodes * m->cores;
        if (p->nodes == 0)
            p->nodes = (p->cores + m->cores - 1) / m->cores;
        too_many = too_many || (p->cores - 1) / m->cores >= p->nodes;
    }
    if (too_many)
        nh_dataset_warn(set,
                        "'%s': more cores are given than %s has (%d per node): hardware threads "
                        "are not cores",
                        app->name, m->name, m->cores);
}

/* --machine wins over what the files say, and the report tells so. */
static void override_machine(struct nh_dataset *set, struct nh_app *app, const char *machine)
{
    if (app->machine[0] && strcmp(app->machine, machine) != 0)
        nh_dataset_warn(set, "'%s' was timed on %s; sizes and prices are those of %s (--machine)",
                        app->name, app->machine, machine);
    else if (!app->machine[0] && !app->origin[0])
        nh_dataset_warn(set,
                        "the records of '%s' name no machine; prices of %s are assumed "
                        "(--machine)",
                        app->name, machine);
    snprintf(app->machine, sizeof app->machine, "%s", machine);
}

/* A machine that a file names must be known; one that was observed need not be. */
static int complete_app(struct nh_report *r, struct nh_app *app, const char *machine,
                        struct nh_error *err)
{
    if (machine)
        override_machine(&r->data, app, machine);
    if (!app->machine[0])
        return NH_OK;
    struct nh_error why = {0};
    const struct nh_machine *m = nh_catalog_machine(&r->catalog, app->machine, &why);
    if (!m && app->origin[0])
        return nh_fail(err, NH_EINPUT, "%s: field 'machine': %s", app->origin, why.text);
    if (!m)
        return NH_OK;
    fill_sizes(&r->data, app, m);
    return nh_app_tidy(app, err);
}

/* ---- Answers ---- */

static void explain_price(const struct nh_report *r, const struct nh_scaling *s,
                          struct nh_advice *a)
{
    const struct nh_machine *m = nh_catalog_machine(&r->catalog, s->app->machine, NULL);
    const struct nh_price *list = nh_catalog_price(&r->catalog, s->app->machine, "on-demand", NULL);
    bool part_of_node = false;
    if (!a->priced || !m)
        return;
    for (size_t i = 0; i < s->count; i++)
        part_of_node = part_of_node || s->points[i].source->cores < m->cores;
    if (part_of_node)
        nh_advice_caveat(a,
                         "Whole nodes are billed, also where a run uses fewer than the %d cores of "
                         "one",
                         m->cores);
    if (list && list->per_hour.micro > a->price.per_hour.micro)
        nh_advice_caveat(a,
                         "%s is paid for every hour of the term: it is cheaper than on-demand only "
                         "when used more than %.2f %% of the time",
                         a->price.model,
                         100 * nh_money_value(a->price.per_hour) / nh_money_value(list->per_hour));
}

static int answer_with(const struct nh_report *r, struct nh_app_answer *answer,
                       const struct nh_price_list *prices, struct nh_money licence,
                       struct nh_error *err)
{
    size_t n = prices->count ? prices->count : 1;
    answer->advice = calloc(n, sizeof *answer->advice);
    if (!answer->advice)
        return nh_fail(err, NH_EFAIL, "out of memory");
    for (size_t i = 0; i < n; i++) {
        int rc = nh_advise(&answer->scaling, prices->count ? prices->items[i] : NULL, licence,
                           &answer->advice[i], err);
        if (rc)
            return rc;
        answer->advice_count++;
        explain_price(r, &answer->scaling, &answer->advice[i]);
    }
    return NH_OK;
}

static int answer_app(struct nh_report *r, const struct nh_app *app,
                      const struct nh_report_options *opt, struct nh_money licence,
                      struct nh_error *err)
{
    struct nh_app_answer *answer = &r->apps[r->app_count++];
    struct nh_price_list prices = {.count = 0};
    int rc = nh_scaling_compute(app, &answer->scaling, err);
    if (rc && app->origin[0])
        nh_context(err, "%s", app->origin);
    if (!rc && nh_price_choose(&r->catalog, app->machine, opt->price_models, &prices, err))
        rc = nh_context(err, "--price-model");
    if (!rc && !prices.count && opt->price_models)
        nh_dataset_warn(&r->data, "'%s': --price-model is not used, since no price is known for %s",
                        app->name, app->machine[0] ? app->machine : "its machine");
    return rc ? rc : answer_with(r, answer, &prices, licence, err);
}

static int check_options(const struct nh_report *r, const struct nh_report_options *opt,
                         struct nh_money *licence, struct nh_error *err)
{
    int rc = NH_OK;
    snprintf(licence->currency, sizeof licence->currency, "USD");
    if (opt->license_per_hour)
        rc = nh_money_parse("--license-per-hour", opt->license_per_hour, licence, err);
    if (!rc && opt->machine && !nh_catalog_machine(&r->catalog, opt->machine, err))
        rc = nh_context(err, "--machine");
    if (!rc && nh_price_check(&r->catalog, opt->price_models, err))
        rc = nh_context(err, "--price-model");
    return rc;
}

static void make_title(struct nh_report *r, const struct nh_report_options *opt)
{
    const struct nh_app *app = r->data.app_count ? &r->data.apps[0] : NULL;
    if (opt->title)
        snprintf(r->title, sizeof r->title, "%s", opt->title);
    else if (r->data.app_count == 1 && app->machine[0])
        snprintf(r->title, sizeof r->title, "%.90s on %.31s", app->name, app->machine);
    else if (r->data.app_count == 1)
        snprintf(r->title, sizeof r->title, "%s", app->name);
    else
        snprintf(r->title, sizeof r->title, "nodehour report");
}

static int build(char *const *files, size_t n, const struct nh_report_options *opt,
                 struct nh_report *r, struct nh_error *err)
{
    struct nh_money licence = {0};
    int rc = nh_catalog_load(&r->catalog, err);
    if (!rc)
        rc = check_options(r, opt, &licence, err);
    if (!rc)
        rc = nh_dataset_read(files, n, opt->skip_damaged, &r->data, err);
    if (!rc && r->data.app_count + r->data.curve_count + r->data.matrices + r->data.storage == 0)
        rc = nh_fail(err, NH_EINPUT, "%s: nothing measured in it; run 'nodehour run' first",
                     n ? files[0] : "no file");
    for (size_t i = 0; !rc && i < r->data.app_count; i++)
        rc = complete_app(r, &r->data.apps[i], opt->machine, err);
    if (rc)
        return rc;
    r->apps = calloc(r->data.app_count + 1, sizeof *r->apps);
    if (!r->apps)
        return nh_fail(err, NH_EFAIL, "out of memory");
    for (size_t i = 0; !rc && i < r->data.app_count; i++)
        rc = answer_app(r, &r->data.apps[i], opt, licence, err);
    make_title(r, opt);
    return rc;
}

int nh_report_build(char *const *files, size_t n, const struct nh_report_options *opt,
                    struct nh_report *r, struct nh_error *err)
{
    opt = opt ? opt : &defaults;
    *r = (struct nh_report){.command = opt->command};
    int rc = build(files, n, opt, r, err);
    if (rc)
        nh_report_clear(r);
    return rc;
}

void nh_report_clear(struct nh_report *r)
{
    for (size_t i = 0; i < r->app_count; i++) {
        for (size_t j = 0; j < r->apps[i].advice_count; j++)
            nh_advice_clear(&r->apps[i].advice[j]);
        free(r->apps[i].advice);
        nh_scaling_clear(&r->apps[i].scaling);
    }
    free(r->apps);
    nh_dataset_clear(&r->data);
    nh_catalog_clear(&r->catalog);
    *r = (struct nh_report){0};
}

int nh_report_save_page(const struct nh_report *r, const char *path, struct nh_error *err)
{
    char *page = NULL;
    size_t len = 0;
    FILE *out = open_memstream(&page, &len);
    if (!out)
        return nh_fail_errno(err, "cannot make the page");
    int rc = nh_report_html(out, r, err);
    if (fclose(out) && !rc)
        rc = nh_fail_errno(err, "cannot make the page");
    if (!rc)
        rc = nh_file_replace(path, page, len, err);
    free(page);
    return rc;
}

int nh_report_make(char *const *files, size_t n, const struct nh_report_options *opt,
                   const char *page_path, FILE *summary, bool colour, struct nh_error *err)
{
    struct nh_report r;
    int rc = nh_report_build(files, n, opt, &r, err);
    if (rc)
        return rc;
    rc = nh_report_save_page(&r, page_path, err);
    if (!rc && summary)
        rc = nh_report_text(summary, &r, colour, err);
    nh_report_clear(&r);
    return rc;
}
