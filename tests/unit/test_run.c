/* SPDX-License-Identifier: BSD-3-Clause */
#include "tests/unit/support.h"

#include "launch/run.h"

/* What takes too long is left for another call, and counted. */

static int start(void *context, const struct nh_launch *launch, pid_t *pid, struct nh_error *err)
{
    (void)context;
    (void)launch;
    (void)pid;
    return nh_fail(err, NH_EFAIL, "started");
}

static int run_for(double budget_s, bool *done, struct nh_run_result *result, struct nh_error *err)
{
    static const struct nh_launcher launcher = {.name = "none", .start = start};
    static const struct nh_rundir dir = {.path = "nowhere", .id = "x"};
    const struct nh_request request = {.cores = 2, .kernels = "pingpong", .launches = 2};
    struct nh_plan plan;
    assert_int_equal(nh_plan_make(&request, 1, &plan, err), NH_OK);
    assert_int_equal(plan.step_count, 2);
    struct nh_runner runner = {
        .launcher = &launcher, .dir = &dir, .plan = &plan, .done = done, .budget_s = budget_s};
    int code = nh_run_execute(&runner, result, err);
    nh_plan_clear(&plan);
    return code;
}

static void begins_nothing_when_the_time_is_up(void **state)
{
    bool done[2] = {false, false};
    struct nh_run_result result;
    struct nh_error err = {0};
    (void)state;
    assert_int_equal(run_for(1e-9, done, &result, &err), NH_OK);
    assert_true(result.out_of_time);
    assert_int_equal(result.missing, 2);
    assert_string_equal(result.missing_jobs, "pingpong.n2: 2");
}

static void a_done_run_is_never_late(void **state)
{
    bool done[2] = {true, true};
    struct nh_run_result result;
    struct nh_error err = {0};
    (void)state;
    assert_int_equal(run_for(1e-9, done, &result, &err), NH_OK);
    assert_false(result.out_of_time);
    assert_int_equal(result.missing, 0);
}

static void without_a_budget_it_begins(void **state)
{
    bool done[2] = {true, false};
    struct nh_run_result result;
    struct nh_error err = {0};
    (void)state;
    assert_int_not_equal(run_for(0, done, &result, &err), NH_OK);
    assert_false(result.out_of_time);
}

/* ---- --stop-when-decided ---- */

static bool always(void *context, char *why, size_t len)
{
    ++*(int *)context;
    snprintf(why, len, "clear");
    return true;
}

static bool never(void *context, char *why, size_t len)
{
    ++*(int *)context;
    snprintf(why, len, "not yet");
    return false;
}

static int run_until(bool (*enough)(void *, char *, size_t), bool *done, int *asked,
                     struct nh_run_result *result)
{
    static const struct nh_launcher launcher = {.name = "none", .start = start};
    static const struct nh_rundir dir = {.path = "nowhere", .id = "x"};
    const struct nh_request request = {.cores = 2, .kernels = "pingpong", .launches = 2};
    struct nh_error err = {0};
    struct nh_plan plan;
    assert_int_equal(nh_plan_make(&request, 1, &plan, &err), NH_OK);
    struct nh_runner runner = {.launcher = &launcher,
                               .dir = &dir,
                               .plan = &plan,
                               .done = done,
                               .enough = enough,
                               .enough_context = asked};
    int code = nh_run_execute(&runner, result, &err);
    nh_plan_clear(&plan);
    return code;
}

static void enough_ends_it_without_another_launch(void **state)
{
    bool done[2] = {true, false};
    int asked = 0;
    struct nh_run_result result;
    (void)state;
    assert_int_equal(run_until(always, done, &asked, &result), NH_OK);
    assert_string_equal(result.decided, "clear");
    assert_string_equal(result.stopped, "");
    assert_int_equal(result.missing, 1);
    assert_int_equal(asked, 1);
}

static void what_is_not_enough_goes_on(void **state)
{
    bool done[2] = {true, false};
    int asked = 0;
    struct nh_run_result result;
    (void)state;
    assert_int_not_equal(run_until(never, done, &asked, &result), NH_OK); /* the launch failed */
    assert_string_equal(result.decided, "");
    assert_int_equal(asked, 1);
}

static void nothing_measured_is_not_asked_about(void **state)
{
    bool done[2] = {false, false};
    int asked = 0;
    struct nh_run_result result;
    (void)state;
    assert_int_not_equal(run_until(always, done, &asked, &result), NH_OK);
    assert_int_equal(asked, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(begins_nothing_when_the_time_is_up),
        cmocka_unit_test(a_done_run_is_never_late),
        cmocka_unit_test(without_a_budget_it_begins),
        cmocka_unit_test(enough_ends_it_without_another_launch),
        cmocka_unit_test(what_is_not_enough_goes_on),
        cmocka_unit_test(nothing_measured_is_not_asked_about),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
