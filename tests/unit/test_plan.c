/* SPDX-License-Identifier: BSD-3-Clause */
#include "tests/unit/support.h"

#include "launch/plan.h"

static struct nh_plan make(const struct nh_request *r, uint64_t seed)
{
    struct nh_plan plan;
    struct nh_error err = {0};
    if (nh_plan_make(r, seed, &plan, &err))
        fail_msg("%s", err.text);
    return plan;
}

static void refuse(const struct nh_request *r, const char *part)
{
    struct nh_plan plan;
    struct nh_error err = {0};
    assert_int_equal(nh_plan_make(r, 1, &plan, &err), NH_EINPUT);
    if (!strstr(err.text, part))
        fail_msg("'%s' is not in '%s'", part, err.text);
    assert_null(strchr(err.text, '\n'));
}

static const struct nh_job *job_named(const struct nh_plan *plan, const char *name)
{
    for (size_t i = 0; i < plan->job_count; i++)
        if (strcmp(plan->jobs[i].name, name) == 0)
            return &plan->jobs[i];
    return NULL;
}

static const char *value_of(const struct nh_job *job, const char *option)
{
    for (size_t i = 0; i + 1 < job->args.count; i++)
        if (strcmp(job->args.items[i], option) == 0)
            return job->args.items[i + 1];
    return NULL;
}

static void two_cores_preset(void **state)
{
    (void)state;
    static const char *const names[] = {"pingpong.n2", "bandwidth.n2", "allreduce.n2", "halo.n1",
                                        "halo.n2"};
    struct nh_plan plan = make(&(struct nh_request){.cores = 2}, 7);
    assert_int_equal(plan.job_count, 5);
    for (size_t i = 0; i < 5; i++)
        assert_non_null(job_named(&plan, names[i]));
    assert_int_equal(plan.launches, 6);
    assert_int_equal(plan.step_count, 30);
    assert_string_equal(value_of(job_named(&plan, "allreduce.n2"), "--type"), "double");
    assert_int_equal(plan.note_count, 0);
    nh_plan_clear(&plan);
}

/* Every (job, launch) pair once, and launches of different jobs mixed. */
static void order_is_a_permutation(void **state)
{
    (void)state;
    struct nh_plan plan = make(&(struct nh_request){.cores = 2}, 42);
    int seen[5][6] = {{0}};
    size_t neighbours = 0;
    for (size_t i = 0; i < plan.step_count; i++) {
        seen[plan.steps[i].job][plan.steps[i].launch]++;
        neighbours += i && plan.steps[i].job == plan.steps[i - 1].job;
    }
    for (size_t job = 0; job < 5; job++)
        for (size_t k = 0; k < 6; k++)
            assert_int_equal(seen[job][k], 1);
    /* sorted by job there would be 25 equal neighbours; by chance about 5 */
    assert_true(neighbours < 15);
    nh_plan_clear(&plan);
}

static bool same_order(const struct nh_plan *a, const struct nh_plan *b)
{
    for (size_t i = 0; i < a->step_count; i++)
        if (a->steps[i].job != b->steps[i].job || a->steps[i].launch != b->steps[i].launch)
            return false;
    return a->step_count == b->step_count;
}

static void order_follows_the_seed(void **state)
{
    (void)state;
    const struct nh_request r = {.cores = 2};
    struct nh_plan a = make(&r, 1), b = make(&r, 1), c = make(&r, 2);
    assert_true(same_order(&a, &b));
    assert_false(same_order(&a, &c));
    nh_plan_clear(&a);
    nh_plan_clear(&b);
    nh_plan_clear(&c);
}

/* The time caps of the launches, and their starts, stay within the 120 s of the preset. */
static void budget_holds_on_small_and_large_machines(void **state)
{
    (void)state;
    static const int cores[] = {1, 2, 3, 4, 8, 16, 36, 48, 64, 96};
    for (size_t i = 0; i < sizeof cores / sizeof *cores; i++) {
        struct nh_plan plan = make(&(struct nh_request){.cores = cores[i]}, 1);
        assert_true(nh_plan_expected_s(&plan) <= 110);
        assert_true(nh_plan_expected_s(&plan) >= 20);
        nh_plan_clear(&plan);
    }
    struct nh_plan quick = make(&(struct nh_request){.cores = 2, .quick = true}, 1);
    assert_int_equal(quick.launches, 2);
    assert_true(nh_plan_expected_s(&quick) <= 20);
    nh_plan_clear(&quick);
}

static void halo_scales_by_powers_of_two_and_all_cores(void **state)
{
    (void)state;
    static const int ranks[] = {1, 2, 4, 8, 16, 32, 36};
    struct nh_plan plan = make(&(struct nh_request){.cores = 36, .kernels = "halo"}, 1);
    assert_int_equal(plan.job_count, 7);
    for (size_t i = 0; i < 7; i++)
        assert_int_equal(plan.jobs[i].ranks, ranks[i]);
    nh_plan_clear(&plan);
}

static void one_core_leaves_out_what_needs_two(void **state)
{
    (void)state;
    struct nh_plan plan = make(&(struct nh_request){.cores = 1}, 1);
    assert_int_equal(plan.job_count, 1);
    assert_string_equal(plan.jobs[0].name, "halo.n1");
    assert_int_equal(plan.note_count, 3);
    assert_non_null(strstr(plan.notes[0], "pingpong is left out"));
    nh_plan_clear(&plan);
    refuse(&(struct nh_request){.cores = 1, .kernels = "pingpong"}, "need 2 cores");
}

static void sizes_are_cut_to_what_a_kernel_takes(void **state)
{
    (void)state;
    struct nh_plan plan = make(&(struct nh_request){.cores = 2, .sizes = "0,3,8,20,64"}, 1);
    assert_string_equal(value_of(job_named(&plan, "pingpong.n2"), "--sizes"), "0,3,8,20,64");
    assert_string_equal(value_of(job_named(&plan, "bandwidth.n2"), "--sizes"), "3,8,20,64");
    assert_string_equal(value_of(job_named(&plan, "allreduce.n2"), "--sizes"), "8,64");
    nh_plan_clear(&plan);
}

static void caps_share_the_time_of_a_launch(void **state)
{
    (void)state;
    struct nh_plan one = make(&(struct nh_request){.cores = 2, .sizes = "8"}, 1);
    struct nh_plan four = make(&(struct nh_request){.cores = 2, .sizes = "8,16,32,64"}, 1);
    double cap_one = atof(value_of(job_named(&one, "pingpong.n2"), "--max-time"));
    double cap_four = atof(value_of(job_named(&four, "pingpong.n2"), "--max-time"));
    assert_true(cap_four > 0.24 * cap_one && cap_four < 0.26 * cap_one);
    nh_plan_clear(&one);
    nh_plan_clear(&four);
}

static void wrong_values_are_refused(void **state)
{
    (void)state;
    refuse(&(struct nh_request){.cores = 2, .kernels = "pingpong,pong"}, "'pong' is unknown");
    refuse(&(struct nh_request){.cores = 2, .kernels = ""}, "'' is unknown");
    refuse(&(struct nh_request){.cores = 2, .sizes = "8,x"}, "--sizes");
    refuse(&(struct nh_request){.cores = 2, .sizes = "2G"}, "1 GiB");
    refuse(&(struct nh_request){.cores = 2, .sizes = "3,5"}, "multiple of 8");
    refuse(&(struct nh_request){.cores = 2, .kernels = "bandwidth", .sizes = "0"}, "none for");
    refuse(&(struct nh_request){.cores = 2, .ranks = 1}, "--ranks 1");
    refuse(&(struct nh_request){.cores = 2, .launches = 1001}, "--launches 1001");
    refuse(&(struct nh_request){.cores = 7, .cells = 6}, "--cells 6");
    refuse(&(struct nh_request){.cores = 16, .cells = 2}, "--cells 2");
}

static void more_ranks_than_cores_are_noted(void **state)
{
    (void)state;
    struct nh_plan plan = make(&(struct nh_request){.cores = 2, .ranks = 4}, 1);
    assert_int_equal(job_named(&plan, "allreduce.n4")->ranks, 4);
    assert_int_equal(plan.note_count, 1);
    nh_plan_clear(&plan);
}

static void json_round_trip(void **state)
{
    (void)state;
    struct nh_plan plan = make(&(struct nh_request){.cores = 4}, UINT64_MAX), back;
    struct nh_error err = {0};
    json_t *json = nh_plan_json(&plan);
    assert_int_equal(nh_plan_parse(json, &back, &err), NH_OK);
    assert_true(back.seed == UINT64_MAX);
    assert_int_equal(back.launches, plan.launches);
    assert_true(same_order(&plan, &back));
    for (size_t i = 0; i < plan.job_count; i++) {
        assert_string_equal(back.jobs[i].name, plan.jobs[i].name);
        assert_int_equal(back.jobs[i].ranks, plan.jobs[i].ranks);
        assert_int_equal(back.jobs[i].args.count, plan.jobs[i].args.count);
        for (size_t j = 0; j < plan.jobs[i].args.count; j++)
            assert_string_equal(back.jobs[i].args.items[j], plan.jobs[i].args.items[j]);
    }
    json_decref(json);
    nh_plan_clear(&plan);
    nh_plan_clear(&back);
}

static void damaged_plans_are_refused(void **state)
{
    (void)state;
    static const char *const damaged[] = {
        "{}",
        "{\"seed\":\"1\",\"launches\":6,\"jobs\":[]}",
        "{\"seed\":\"1x\",\"launches\":6,\"jobs\":[{\"name\":\"a\",\"ranks\":1,\"expected_s\":1.5,"
        "\"argv\":[\"a\",\"b\"]}]}",
        "{\"seed\":\"1\",\"launches\":6,\"jobs\":[{\"name\":\"../"
        "a\",\"ranks\":1,\"expected_s\":1.5,"
        "\"argv\":[\"a\",\"b\"]}]}",
        "{\"seed\":\"1\",\"launches\":6,\"jobs\":[{\"name\":\"a\",\"ranks\":0,\"expected_s\":1.5,"
        "\"argv\":[\"a\",\"b\"]}]}",
        "{\"seed\":\"1\",\"launches\":0,\"jobs\":[{\"name\":\"a\",\"ranks\":1,\"expected_s\":1.5,"
        "\"argv\":[\"a\",\"b\"]}]}",
        "[]",
    };
    for (size_t i = 0; i < sizeof damaged / sizeof *damaged; i++) {
        struct nh_plan plan;
        struct nh_error err = {0};
        json_t *json = json_loads(damaged[i], 0, NULL);
        assert_non_null(json);
        assert_int_equal(nh_plan_parse(json, &plan, &err), NH_EINPUT);
        json_decref(json);
    }
}

static void requests_compare(void **state)
{
    (void)state;
    json_t *a = nh_request_json(&(struct nh_request){.cores = 2});
    json_t *b = nh_request_json(&(struct nh_request){.cores = 2});
    json_t *c = nh_request_json(&(struct nh_request){.cores = 2, .quick = true});
    json_t *d = nh_request_json(&(struct nh_request){.cores = 2, .seed = "4"});
    assert_true(json_equal(a, b));
    assert_false(json_equal(a, c));
    assert_false(json_equal(a, d));
    json_decref(a);
    json_decref(b);
    json_decref(c);
    json_decref(d);
}

static void commands_are_quoted_for_a_shell(void **state)
{
    (void)state;
    struct nh_args args = {0};
    nh_args_add(&args, "/usr/bin/mpirun");
    nh_args_add(&args, "a b");
    nh_args_add(&args, "it's");
    nh_args_add(&args, "%s", "");
    char *text = nh_args_quoted(args.items);
    assert_string_equal(text, "/usr/bin/mpirun 'a b' 'it'\\''s' ''");
    free(text);
    nh_args_clear(&args);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(two_cores_preset),
        cmocka_unit_test(order_is_a_permutation),
        cmocka_unit_test(order_follows_the_seed),
        cmocka_unit_test(budget_holds_on_small_and_large_machines),
        cmocka_unit_test(halo_scales_by_powers_of_two_and_all_cores),
        cmocka_unit_test(one_core_leaves_out_what_needs_two),
        cmocka_unit_test(sizes_are_cut_to_what_a_kernel_takes),
        cmocka_unit_test(caps_share_the_time_of_a_launch),
        cmocka_unit_test(wrong_values_are_refused),
        cmocka_unit_test(more_ranks_than_cores_are_noted),
        cmocka_unit_test(json_round_trip),
        cmocka_unit_test(damaged_plans_are_refused),
        cmocka_unit_test(requests_compare),
        cmocka_unit_test(commands_are_quoted_for_a_shell),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
