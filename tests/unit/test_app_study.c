/* SPDX-License-Identifier: BSD-3-Clause */
#include "tests/unit/support.h"

#include "common/record.h"
#include "launch/study/application.h"

/* Applications of a study: what becomes of their words in every combination. */

static int use_catalog(void **state)
{
    (void)state;
    return setenv("NODEHOUR_DATA", "common/catalog", 1);
}

static void read_study(const char *text, struct nh_study *study, struct nh_plan *plan)
{
    char all[2048];
    struct nh_error err = {0};
    snprintf(all, sizeof all, "study: s\nlauncher: {type: slurm}\n%s", text);
    assert_ok(nh_study_parse("/dir/s.yaml", all, strlen(all), NULL, 4, study, &err), err);
    assert_ok(nh_study_plan(study, 1, plan, &err), err);
}

static void end_study(struct nh_study *study, struct nh_plan *plan)
{
    nh_plan_clear(plan);
    nh_study_clear(study);
}

static const char *word(const json_t *spec, const char *key, size_t index)
{
    return json_string_value(json_array_get(json_object_get(spec, key), index));
}

static const json_t *spec_named(const struct nh_plan *plan, const char *name)
{
    for (size_t i = 0; i < plan->job_count; i++)
        if (strcmp(plan->jobs[i].name, name) == 0)
            return plan->jobs[i].app;
    fail_msg("no job %s, but %s", name, plan->job_count ? plan->jobs[0].name : "none");
    return NULL;
}

static void words_are_filled_for_every_combination(void **state)
{
    (void)state;
    struct nh_study study;
    struct nh_plan plan;
    read_study("measure:\n  - application:\n      name: own\n"
               "      command: [./run, \"{ranks}/{nodes}x{ranks_per_node}\", \"{cells}\", "
               "\"{workdir}/in\"]\n"
               "      link: [in, /abs, \"{workdir}/x\"]\n      expected_time: 10s\n"
               "      cells: {value: \"{cells} * {ranks}\"}\n"
               "over: {nodes: [1, 2], ranks_per_node: [4], cells: [8, 16], "
               "environment: {a: {X: 1}}}\n",
               &study, &plan);
    assert_int_equal(plan.job_count, 4);
    const json_t *spec = spec_named(&plan, "own.2x4.c16.a");
    assert_string_equal(word(spec, "command", 1), "8/2x4");
    assert_string_equal(word(spec, "command", 2), "16");
    assert_string_equal(word(spec, "command", 3), "{workdir}/in");
    assert_string_equal(word(spec, "link", 1), "/abs");
    assert_string_equal(word(spec, "link", 2), "{workdir}/x");
    assert_string_equal(nh_json_text(spec, "environment_label", ""), "a");
    assert_string_equal(nh_json_text(json_object_get(spec, "cells"), "value", ""), "16 * 8");
    assert_null(json_object_get(spec, "scaling"));
    /* 10 s, and the assumed start of four ranks a node on two nodes */
    double most = 0;
    for (size_t i = 0; i < plan.job_count; i++)
        most = plan.jobs[i].expected_s > most ? plan.jobs[i].expected_s : most;
    assert_float_equal(most, 10 + 0.6 + 4 * 0.01 + 0.25, 1e-9);
    end_study(&study, &plan);
}

static void a_size_per_rank_is_weak_scaling_and_unused_lists_make_no_copies(void **state)
{
    (void)state;
    struct nh_study study;
    struct nh_plan plan;
    read_study("measure:\n  - application: {name: weak, command: [x, \"{cells_per_rank}\"]}\n"
               "  - application: {name: plain, command: [x]}\n"
               "over: {ranks_per_node: [1], cells_per_rank: [10, 20]}\n",
               &study, &plan);
    assert_int_equal(plan.job_count, 3);
    assert_string_equal(nh_json_text(spec_named(&plan, "weak.1x1.r20"), "scaling", ""), "weak");
    assert_null(json_object_get(spec_named(&plan, "plain.1x1"), "scaling"));
    end_study(&study, &plan);
}

static void a_plan_with_applications_reads_back(void **state)
{
    (void)state;
    struct nh_study study;
    struct nh_plan plan, again;
    struct nh_error err = {0};
    read_study("measure: [{application: {command: [x, y]}}]\nover: {ranks_per_node: [2]}\n", &study,
               &plan);
    json_t *json = nh_plan_json(&plan);
    assert_ok(nh_plan_parse(json, &again, &err), err);
    assert_string_equal(again.jobs[0].name, "application.1x2");
    assert_true(json_equal(again.jobs[0].app, plan.jobs[0].app));
    nh_plan_clear(&again);
    json_decref(json);
    end_study(&study, &plan);
}

static void what_the_user_must_set_is_asked_for(void **state)
{
    (void)state;
    static const char text[] = "needs: {TEST_TARGET: a place, TEST_OTHER: another}\n"
                               "measure: [{application: {command: [x, \"{TEST_TARGET}\"]}}]\n"
                               "over: {ranks_per_node: [1]}\n";
    struct nh_study study;
    struct nh_plan plan;
    struct nh_error err = {0};
    char what[100];
    setenv("TEST_OTHER", "/o", 1);
    unsetenv("TEST_TARGET");
    read_study(text, &study, &plan);
    assert_string_equal(word(plan.jobs[0].app, "command", 1), "{TEST_TARGET}");
    assert_string_equal(nh_study_missing(&study, 0, what, sizeof what), "TEST_TARGET: a place");
    assert_null(nh_study_missing(&study, 1, what, sizeof what));
    assert_int_equal(nh_study_check_needs(&study, &err), NH_EINPUT);
    assert_says(&err, "s.yaml:3: needs.TEST_TARGET: the variable TEST_TARGET is not set");
    end_study(&study, &plan);
    setenv("TEST_TARGET", "{x}", 1);
    read_study(text, &study, &plan);
    assert_string_equal(word(plan.jobs[0].app, "command", 1), "{{x}}");
    assert_ok(nh_study_check_needs(&study, &err), err);
    end_study(&study, &plan);
}

static void refuse(const char *text, const char *part)
{
    struct nh_study study;
    struct nh_error err = {0};
    if (nh_study_parse("s.yaml", text, strlen(text), NULL, 4, &study, &err) != NH_EINPUT)
        fail_msg("taken: %s", text);
    assert_says(&err, part);
}

static void mistakes_are_refused_with_their_place(void **state)
{
    (void)state;
    refuse("study: s\nmeasure:\n  - where: nodes > 1\n",
           "s.yaml:3: measure[0].kernel: missing; give a kernel or an application");
    refuse("study: s\nmeasure:\n  - application: {command: [x]}\n    sizes: 8\n",
           "s.yaml:4: measure[0].sizes: a parameter of kernels");
    refuse("study: s\nmeasure:\n  - application: {name: a}\n",
           "measure[0].application.command: missing");
    refuse("study: s\nmeasure:\n  - application: {command: [x]}\n  - application: {command: [y]}\n",
           "application is measured twice");
    refuse("study: s\nneeds: {my_password: x}\nmeasure: [{kernel: halo}]\n", "needs.my_password");
    refuse("study: s\nneeds: {API_TOKEN: x}\nmeasure: [{kernel: halo}]\n", "of a secret");
    refuse("study: s\nneeds: [X]\nmeasure: [{kernel: halo}]\n", "s.yaml:2: needs: wrong type");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(words_are_filled_for_every_combination),
        cmocka_unit_test(a_size_per_rank_is_weak_scaling_and_unused_lists_make_no_copies),
        cmocka_unit_test(a_plan_with_applications_reads_back),
        cmocka_unit_test(what_the_user_must_set_is_asked_for),
        cmocka_unit_test(mistakes_are_refused_with_their_place),
    };
    return cmocka_run_group_tests_name("applications of a study", tests, use_catalog, NULL);
}
