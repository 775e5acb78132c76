/* SPDX-License-Identifier: BSD-3-Clause */
#include "tests/unit/support.h"

#include <sys/stat.h>
#include <unistd.h>

#include "common/journal.h"
#include "common/record.h"
#include "launch/app/stage.h"
#include "launch/app/trial.h"

/* One launch of an application on two nodes, up to its start, and its record. */

static void two_nodes(const void *context, const struct nh_launch *launch, struct nh_args *nodes)
{
    (void)context;
    (void)launch;
    nh_args_add(nodes, "a");
    nh_args_add(nodes, "b");
}

static void echo(const void *context, const struct nh_launch *launch, struct nh_args *command)
{
    (void)context;
    nh_args_add(command, "start in %s bind %d", launch->wdir, launch->bind);
    nh_args_extend(command, launch->argv);
    if (launch->env[0])
        nh_args_extend(command, launch->env);
}

static const struct nh_launcher fake = {.name = "fake", .nodes = two_nodes, .command = echo};

static const char spec[] =
    "{\"name\": \"solver\", \"command\": [\"sh\", \"{hosts}\", \"{workdir}/in\", \"{launch}\", "
    "\"{{}}\"], \"directory\": \"case\", \"environment\": {\"WHERE\": \"{hostfile}\"}, "
    "\"figure\": {\"match\": \"t=(.*)\", \"unit\": \"s\", \"file\": \"log\"}, "
    "\"keep\": [\"more\"], \"iterations\": {\"value\": \"4\"}}";

static struct nh_job make_job(const char *text)
{
    struct nh_job job = {.ranks = 4, .nodes = 2, .ranks_per_node = 2};
    snprintf(job.name, sizeof job.name, "solver.2x2");
    job.app = json_loads(text, 0, NULL);
    assert_non_null(job.app);
    return job;
}

static void its_command_is_shown_without_a_start(void **state)
{
    (void)state;
    struct nh_job job = make_job(spec);
    struct nh_args command = {0};
    struct nh_error err = {0};
    assert_ok(nh_trial_show(&job, &fake, NULL, &command, &err), err);
    static const char *const expected[] = {"start in RUN/scratch/solver.2x2.K/case bind 1",
                                           "sh",
                                           "a,b",
                                           "RUN/scratch/solver.2x2.K/case/in",
                                           "K",
                                           "{}",
                                           "WHERE=RUN/scratch/solver.2x2.K/.nodehour-hosts"};
    assert_int_equal(command.count, sizeof expected / sizeof *expected);
    for (size_t i = 0; i < command.count; i++)
        assert_string_equal(command.items[i], expected[i]);
    nh_args_clear(&command);
    json_decref(job.app);
}

static void assert_file(const char *expected, const char *fmt, const char *folder)
{
    char path[300], *text;
    size_t len;
    struct nh_error err = {0};
    snprintf(path, sizeof path, fmt, folder);
    assert_ok(nh_file_read(path, &text, &len, &err), err);
    assert_string_equal(text, expected);
    free(text);
}

static void output(const char *fmt, const char *folder, const char *text)
{
    char path[300];
    snprintf(path, sizeof path, fmt, folder);
    write_file(path, text);
}

static void a_launch_becomes_a_record(void **state)
{
    (void)state;
    struct nh_rundir dir = {.id = "20260101T000000Z-0000"};
    struct nh_job job = make_job(spec);
    struct nh_args nodes = {0};
    struct nh_error err = {0};
    struct nh_records records = {0};
    char *folder = fresh_directory(), path[300];
    snprintf(dir.path, sizeof dir.path, "%s", folder);
    two_nodes(NULL, NULL, &nodes);
    struct nh_trial t = {.job = &job, .dir = &dir, .launch = 3, .nodes = &nodes};
    assert_ok(nh_trial_prepare(&t, &err), err);
    assert_file("a slots=2\nb slots=2\n", "%s/scratch/solver.2x2.3/.nodehour-hosts", folder);
    output("%s/scratch/solver.2x2.3/case/log", folder, "t=2.5\n");
    output("%s/scratch/solver.2x2.3/case/more", folder, "x\n");
    output("%s/outputs/solver.2x2.3.stdout", folder, "hello\n");
    snprintf(path, sizeof path, "%s/records.jsonl", folder);
    assert_ok(nh_trial_record(&t, 4, path, &err), err);
    assert_ok(nh_records_read(path, false, &records, &err), err);
    const struct nh_record *r = &records.items[0];
    assert_string_equal(r->kernel, "application");
    assert_int_equal(r->launch, 3);
    assert_int_equal(r->nodes, 2);
    assert_int_equal(r->ranks, 4);
    assert_float_equal(r->stats.median, 2.5e9, 0);
    assert_float_equal(nh_json_number(r->derived, "solver_s", 0), 2.5, 0);
    assert_float_equal(nh_json_number(r->derived, "job_s", 0), 4, 0);
    assert_float_equal(nh_json_number(r->derived, "time_per_iteration_s", 0), 0.625, 0);
    assert_string_equal(nh_json_text(r->transport, "verdict", ""), "unknown");
    assert_string_equal(r->verify, "off");
    assert_int_equal(json_array_size(json_object_get(r->detail, "hosts")), 2);
    nh_records_clear(&records);
    assert_ok(nh_trial_keep(&t, true, &err), err);
    static const char *const kept[] = {"stdout.gz", "log.gz", "more.gz"};
    for (size_t i = 0; i < 3; i++) {
        snprintf(path, sizeof path, "%s/outputs/solver.2x2.3.%s", folder, kept[i]);
        assert_int_equal(access(path, R_OK), 0);
    }
    snprintf(path, sizeof path, "%s/scratch/solver.2x2.3", folder);
    assert_int_equal(access(path, F_OK), -1);
    nh_trial_clear(&t);
    nh_args_clear(&nodes);
    json_decref(job.app);
    assert_ok(nh_stage_remove(folder, &err), err);
    free(folder);
}

static void what_is_absent_is_said(void **state)
{
    (void)state;
    static const char *const specs[] = {"{\"command\": [\"no-such-program-here\"]}",
                                        "{\"command\": [\"sh\"], \"copy\": [\"/no/such/input\"]}",
                                        "{\"command\": [\"sh\", \"{NOT_SET}\"]}"};
    static const char *const says[] = {"program 'no-such-program-here' is missing",
                                       "input '/no/such/input' is absent",
                                       "unknown placeholder '{NOT_SET}'"};
    char *folder = fresh_directory();
    struct nh_args none = {0};
    for (size_t i = 0; i < 3; i++) {
        struct nh_rundir dir = {.id = "x"};
        struct nh_job job = make_job(specs[i]);
        struct nh_error err = {0};
        struct nh_trial t = {.job = &job, .dir = &dir, .nodes = &none};
        snprintf(dir.path, sizeof dir.path, "%s", folder);
        assert_int_equal(nh_trial_prepare(&t, &err), NH_EINPUT);
        assert_says(&err, says[i]);
        nh_trial_clear(&t);
        json_decref(job.app);
    }
    nh_stage_remove(folder, NULL);
    free(folder);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(its_command_is_shown_without_a_start),
        cmocka_unit_test(a_launch_becomes_a_record),
        cmocka_unit_test(what_is_absent_is_said),
    };
    return cmocka_run_group_tests_name("a launch of an application", tests, NULL, NULL);
}
