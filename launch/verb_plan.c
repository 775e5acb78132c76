/* SPDX-License-Identifier: BSD-3-Clause */
#include "launch/verb_plan.h"

#include <stdio.h>
#include <string.h>

#include "launch/cores.h"
#include "launch/outlook.h"
#include "launch/study/estimate.h"
#include "launch/study/matrix.h"

struct options {
    struct nh_study_options study;
    int json;
    char *results;
    struct poptOption table[NH_STUDY_OPTIONS + 3];
};

static const struct poptOption *plan_options(void *state)
{
    struct options *o = state;
    size_t n = nh_study_option_table(&o->study, o->table);
    o->table[n++] =
        (struct poptOption){"json", 0, POPT_ARG_NONE, &o->json, 0, "print as JSON", NULL};
    o->table[n++] = (struct poptOption){
        "results",   0, POPT_ARG_STRING,
        &o->results, 0, "folder of earlier runs, which say what is worth running next (results)",
        "DIR"};
    o->table[n] = (struct poptOption)POPT_TABLEEND;
    return o->table;
}

static int print_json(const struct nh_study *study, const struct nh_plan *plan, json_t *next,
                      struct nh_error *err)
{
    json_t *o = nh_study_plan_json(study, plan);
    json_object_set(o, "worth_running_next", next);
    int bad = !o || json_dumpf(o, stdout, JSON_INDENT(1) | JSON_REAL_PRECISION(9));
    printf("\n");
    json_decref(o);
    return bad ? nh_fail(err, NH_EFAIL, "cannot print the plan") : NH_OK;
}

static int print_text(const struct nh_study *study, const struct nh_plan *plan, const json_t *next,
                      const char *folder, struct nh_error *err)
{
    int rc = nh_study_print(study, plan, stdout, err);
    if (!rc)
        nh_outlook_print(next, folder, stdout);
    return rc;
}

/* A plan that crosses a limit is shown: how else could it be mended? */
static int show(const struct options *o, const struct nh_study *study, struct nh_error *err)
{
    struct nh_plan plan;
    char folder[NH_PATH_MAX];
    uint64_t seed = study->seed < 0 ? 0 : (uint64_t)study->seed;
    int rc = nh_study_plan(study, seed, &plan, err);
    if (rc)
        return rc;
    json_t *next =
        nh_outlook_of_study(study, o->results ? o->results : "results", folder, sizeof folder);
    rc =
        o->json ? print_json(study, &plan, next, err) : print_text(study, &plan, next, folder, err);
    json_decref(next);
    if (!rc)
        rc = nh_study_check_ceilings(study, &plan, err);
    nh_plan_clear(&plan);
    return rc;
}

static int run(void *state, int argc, char **argv, struct nh_error *err)
{
    const struct options *o = state;
    struct nh_study study;
    if (argc == 0)
        return nh_study_list(stdout, err);
    if (argc > 1)
        return nh_fail(err, NH_EINPUT, "'%.200s' is too much; one study at a time", argv[1]);
    int rc = nh_study_read(argv[0], &o->study, nh_physical_cores(""), &study, err);
    if (rc)
        return rc;
    rc = show(o, &study, err);
    nh_study_clear(&study);
    return rc;
}

const struct nh_verb nh_verb_plan = {
    .name = "plan",
    .summary = "Show what a study would run, how long it may take and what it may cost",
    .arguments = "[STUDY] [OPTION...]",
    .examples =
        "  nodehour plan                                  # studies that come with nodehour\n"
        "  nodehour plan study.yaml                       # runs, time, cost; starts nothing\n"
        "  nodehour plan halo-scaling --hosts hosts.txt --machine c5n.18xlarge --max-cost 40\n"
        "\nExit code 2 when the study is wrong, or a limit would be crossed.\n",
    .options = plan_options,
    .state_size = sizeof(struct options),
    .run = run,
};
