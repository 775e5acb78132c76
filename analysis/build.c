/* SPDX-License-Identifier: BSD-3-Clause */
#include "analysis/build.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "analysis/cost/remarks.h"
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

/* More than the hardware threads of the machine that a file names: one of them is wrong. */
static int check_cores(const struct nh_app *app, const struct nh_machine *m, struct nh_error *err)
{
    for (size_t i = 0; i < app->point_count; i++) {
        const struct nh_app_point *p = &app->points[i];
        if ((p->cores - 1) / m->vcpus >= p->nodes)
            return nh_fail(
                err, NH_EINPUT,
                "%s: field 'cores': case '%s' has %ld cores on %ld node%s, but %s has %d "
                "(%d hardware threads) each; give the cores of all nodes, and check the "
                "machine",
                app->origin, app->name, p->cores, p->nodes, p->nodes == 1 ? "" : "s", m->name,
                m->cores, m->vcpus);
    }
    return NH_OK;
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
    if (!machine && app->origin[0] && check_cores(app, m, err))
        return err->code;
    return nh_app_tidy(app, err);
}

/* ---- Answers ---- */

static void explain_price(const struct nh_report *r, const struct nh_scaling *s,
                          struct nh_advice *a)
{
    const struct nh_machine *m = nh_catalog_machine(&r->catalog, s->app->machine, NULL);
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
}

/* Spot differs from other models by more than its price. */
static struct nh_cost_terms terms_at(const struct nh_cost_settings *cost, struct nh_spot *spot,
                                     const struct nh_price *price)
{
    struct nh_cost_terms terms = cost->terms;
    const struct nh_price_model *model = price ? nh_price_model(price->model) : NULL;
    terms.price = price;
    if (!price)
        terms.billing_step_s = terms.billing_minimum_s = 0;
    if (model && model->interrupted) {
        *spot = cost->spot;
        memcpy(spot->price_deciles, price->deciles, sizeof spot->price_deciles);
        terms.spot = spot;
    }
    return terms;
}

static int answer_with(const struct nh_report *r, struct nh_app_answer *answer,
                       const struct nh_price_list *prices, const struct nh_cost_settings *cost,
                       struct nh_error *err)
{
    const struct nh_price *list =
        nh_catalog_price(&r->catalog, answer->scaling.app->machine, "on-demand", NULL);
    size_t n = prices->count ? prices->count : 1;
    answer->advice = calloc(n, sizeof *answer->advice);
    if (!answer->advice)
        return nh_fail(err, NH_EFAIL, "out of memory");
    for (size_t i = 0; i < n; i++) {
        struct nh_spot spot;
        struct nh_cost_terms terms = terms_at(cost, &spot, prices->count ? prices->items[i] : NULL);
        int rc = nh_advise_terms(&answer->scaling, &terms, &answer->advice[i], err);
        if (rc)
            return rc;
        answer->advice_count++;
        explain_price(r, &answer->scaling, &answer->advice[i]);
        nh_cost_remarks(&answer->scaling, cost, list, &answer->advice[i]);
    }
    return NH_OK;
}

static int explain_scaling(const struct nh_report *r, struct nh_app_answer *answer,
                           struct nh_error *err)
{
    const struct nh_scaling *s = &answer->scaling;
    int rc = nh_models_fit(s, &answer->models, err);
    if (rc)
        return rc;
    nh_bottleneck_find(s, &answer->models, &r->data.shares, (size_t)(s->app - r->data.apps),
                       &answer->bottleneck);
    nh_network_predict(&r->data, s, &answer->network);
    nh_bottleneck_tie(&answer->bottleneck, s, nh_network_explained(&answer->network, s));
    return NH_OK;
}

/* Every price of the machine, also those that no advice was asked for. */
static int compare_ways(const struct nh_report *r, struct nh_app_answer *answer,
                        const struct nh_cost_settings *cost, struct nh_error *err)
{
    struct nh_price_list all = {.count = 0};
    int rc = nh_price_choose(&r->catalog, answer->scaling.app->machine, "all", &all, err);
    for (size_t i = 0; !rc && i < all.count; i++) {
        struct nh_spot spot;
        struct nh_cost_terms given = terms_at(cost, &spot, all.items[i]);
        struct nh_cost_terms terms = nh_terms_applicable(&answer->scaling, &given);
        rc = nh_across_add(&answer->scaling, &terms, &answer->across, err);
    }
    return rc;
}

/* What is asked beyond the rules, of every price. */
static int decide_all(const struct nh_goal *goal, struct nh_app_answer *answer,
                      struct nh_error *err)
{
    int rc = NH_OK;
    answer->decisions = calloc(answer->advice_count, sizeof *answer->decisions);
    if (!answer->decisions)
        return nh_fail(err, NH_EFAIL, "out of memory");
    for (size_t i = 0; !rc && i < answer->advice_count; i++)
        rc = nh_decide(&answer->scaling, &answer->advice[i], &answer->models, goal,
                       &answer->decisions[i], err);
    return rc;
}

static int answer_app(struct nh_report *r, const struct nh_app *app,
                      const struct nh_report_options *opt, const struct nh_cost_settings *cost,
                      const struct nh_goal *goal, struct nh_error *err)
{
    struct nh_app_answer *answer = &r->apps[r->app_count++];
    struct nh_price_list prices = {.count = 0};
    int rc = nh_scaling_compute(app, &answer->scaling, err);
    if (!rc)
        rc = explain_scaling(r, answer, err);
    if (rc && app->origin[0])
        nh_context(err, "%s", app->origin);
    if (!rc && nh_price_choose(&r->catalog, app->machine, opt->price_models, &prices, err))
        rc = nh_context(err, "--price-model");
    if (!rc && !prices.count && opt->price_models)
        nh_dataset_warn(&r->data, "'%s': --price-model is not used, since no price is known for %s",
                        app->name, app->machine[0] ? app->machine : "its machine");
    if (!rc)
        rc = answer_with(r, answer, &prices, cost, err);
    if (!rc)
        nh_bottleneck_price(&answer->bottleneck, &answer->advice[0]);
    if (!rc)
        rc = compare_ways(r, answer, cost, err);
    return rc ? rc : decide_all(goal, answer, err);
}

/* ---- Another mesh ---- */

/* An application stands for all of its machine and unit of work: the first of them. */
static bool stands_for_others(const struct nh_report *r, size_t app)
{
    const struct nh_app *a = r->apps[app].scaling.app;
    for (size_t i = 0; i < app; i++) {
        const struct nh_app *b = r->apps[i].scaling.app;
        if (b->kind == NH_STRONG && strcmp(a->machine, b->machine) == 0 &&
            strcmp(a->work, b->work) == 0)
            return false;
    }
    return a->kind == NH_STRONG;
}

static int answer_meshes(struct nh_report *r, const struct nh_mesh_question *q,
                         struct nh_error *err)
{
    const struct nh_scaling **list = calloc(r->app_count + 1, sizeof *list);
    int rc = NH_OK;
    r->meshes = calloc(r->app_count + 1, sizeof *r->meshes);
    if (!list || !r->meshes)
        rc = nh_fail(err, NH_EFAIL, "out of memory");
    for (size_t i = 0; !rc && i < r->app_count; i++)
        list[i] = &r->apps[i].scaling;
    for (size_t i = 0; !rc && i < r->app_count; i++) {
        const struct nh_machine *m =
            nh_catalog_machine(&r->catalog, r->apps[i].scaling.app->machine, NULL);
        if (stands_for_others(r, i))
            rc = nh_mesh_answer_make(list, r->app_count, i, q, m, &r->meshes[r->mesh_count++], err);
    }
    free(list);
    if (!rc && r->mesh_count == 0)
        rc = nh_fail(err, NH_EINPUT,
                     "--mesh: no strong scaling was read; give timings of one mesh on several "
                     "sizes, with the column cells");
    return rc;
}

static int check_options(const struct nh_report *r, const struct nh_report_options *opt,
                         struct nh_cost_settings *cost, struct nh_error *err)
{
    int rc = nh_cost_options_parse(&opt->cost, opt->license_per_hour, cost, err);
    if (!rc && opt->machine && !nh_catalog_machine(&r->catalog, opt->machine, err))
        rc = nh_context(err, "--machine");
    if (!rc && nh_price_check(&r->catalog, opt->price_models, err))
        rc = nh_context(err, "--price-model");
    return rc;
}

/* Other regions' prices are never mixed in; that there are some is a caveat of each answer. */
static int keep_region(struct nh_report *r, const char *region, struct nh_error *err)
{
    return nh_catalog_keep_region(&r->catalog, region, err) ? nh_context(err, "--region") : NH_OK;
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

static int load(struct nh_report *r, char *const *files, size_t n,
                const struct nh_report_options *opt, struct nh_error *err)
{
    int rc = opt->carried ? nh_carried_load(opt->carried, opt->given, &r->data, err)
                          : nh_dataset_load(files, n, opt->skip_damaged, opt->given, &r->data, err);
    if (!rc && opt->carried)
        rc = nh_carried_references(opt->carried, &r->references.data, err);
    else if (!rc)
        rc = nh_references_load(files, n, &r->references, err);
    if (rc || !opt->carry || r->data.not_carried)
        return rc;
    for (size_t i = 0; i < r->data.source_count; i++) {
        struct nh_input *input = &r->data.inputs[i];
        if (!*input->digest)
            nh_sha256(input->data, input->len, input->digest);
    }
    return nh_carried_pack(&r->data, &r->references.data, opt, &r->carried, err);
}

/* What cannot be true is taken out before anything is made of it. */
static int guard_and_group(struct nh_report *r, const char *machine, struct nh_error *err)
{
    char text[NH_DOUBTS_TEXT];
    int rc = nh_doubts_make(&r->data, &r->catalog, machine, &r->doubts, err);
    if (!rc && *nh_doubts_summary(&r->doubts, text))
        nh_dataset_warn(&r->data, "physics guard: %s", text);
    if (!rc)
        rc = nh_dataset_group(&r->data, err);
    return rc ? rc : nh_references_compare(&r->data, &r->catalog, &r->references, err);
}

static int build(char *const *files, size_t n, const struct nh_report_options *opt,
                 struct nh_report *r, struct nh_error *err)
{
    static const struct nh_goal_options nothing;
    struct nh_cost_settings cost;
    static const struct nh_mesh_options no_mesh;
    struct nh_mesh_question mesh;
    int rc = opt->carried ? nh_carried_catalog(opt->carried, &r->catalog, err)
                          : nh_catalog_load_own(&r->catalog, opt->prices, err);
    if (!rc)
        rc = check_options(r, opt, &cost, err);
    if (!rc)
        rc = nh_mesh_options_parse(opt->mesh ? opt->mesh : &no_mesh, &mesh, err);
    if (!rc)
        rc = nh_goal_parse(opt->goal ? opt->goal : &nothing, &r->goal, err);
    if (!rc)
        rc = load(r, files, n, opt, err);
    if (!rc)
        rc = keep_region(r, opt->region, err);
    if (!rc)
        rc = guard_and_group(r, opt->machine, err);
    if (!rc && r->data.app_count + r->data.curve_count + r->data.matrices + r->data.storage +
                       r->doubts.count ==
                   0)
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
        rc = answer_app(r, &r->data.apps[i], opt, &cost, &r->goal, err);
    if (!rc && mesh.cells > 0)
        rc = answer_meshes(r, &mesh, err);
    make_title(r, opt);
    r->own_warnings = r->data.warning_count;
    if (opt->carried)
        nh_carried_notes(opt->carried, &r->data);
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
        for (size_t j = 0; r->apps[i].decisions && j < r->apps[i].advice_count; j++)
            nh_decision_clear(&r->apps[i].decisions[j]);
        free(r->apps[i].decisions);
        nh_across_clear(&r->apps[i].across);
        free(r->apps[i].advice);
        nh_models_clear(&r->apps[i].models);
        nh_scaling_clear(&r->apps[i].scaling);
    }
    free(r->apps);
    nh_doubts_clear(&r->doubts);
    nh_carried_clear(&r->carried);
    nh_references_clear(&r->references);
    free(r->meshes);
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
