/* SPDX-License-Identifier: BSD-3-Clause */
#include "tests/unit/support.h"

#include <jansson.h>
#include <sys/stat.h>
#include <unistd.h>

#include "launch/attempts.h"

/* attempts.jsonl: what became of every launch. */

struct fixture {
    struct nh_rundir dir;
    char path[NH_PATH_MAX + 16];
    struct nh_job job;
};

static int set_up(void **state)
{
    struct fixture *f = calloc(1, sizeof *f);
    char *folder = fresh_directory();
    snprintf(f->dir.path, sizeof f->dir.path, "%s", folder);
    snprintf(f->path, sizeof f->path, "%s/attempts.jsonl", folder);
    free(folder);
    f->job = (struct nh_job){.name = "halo.2x36", .ranks = 72, .nodes = 2};
    *state = f;
    return 0;
}

static int tear_down(void **state)
{
    struct fixture *f = *state;
    unlink(f->path);
    rmdir(f->dir.path);
    free(f);
    return 0;
}

static void add(const struct fixture *f, long launch, double seconds, enum nh_attempt_end end,
                const char *reason)
{
    struct nh_error err = {0};
    struct nh_args nodes = {0};
    nh_args_add(&nodes, "node1");
    nh_args_add(&nodes, "node2");
    const struct nh_attempt a = {.job = &f->job,
                                 .launch = launch,
                                 .nodes = &nodes,
                                 .seconds = seconds,
                                 .end = end,
                                 .reason = reason,
                                 .log = "logs/halo.2x36.0.log"};
    assert_ok(nh_attempts_add(&f->dir, &a, &err), err);
    nh_args_clear(&nodes);
}

static void append(const struct fixture *f, const char *text)
{
    FILE *out = fopen(f->path, "a");
    assert_non_null(out);
    assert_true(fputs(text, out) >= 0);
    assert_int_equal(fclose(out), 0);
}

static void a_line_says_what_became_of_a_launch(void **state)
{
    const struct fixture *f = *state;
    add(f, 3, 1.5, NH_ATTEMPT_FAILED, "exit status 1: \"no\"\nroute");
    json_t *o = json_load_file(f->path, 0, NULL); /* one line, so one object */
    const char *format, *job, *end, *reason, *log, *time;
    int version, ranks;
    json_int_t launch, nodes;
    double seconds;
    json_t *hosts;
    assert_int_equal(json_unpack(o, "{s:s, s:i, s:s, s:s, s:I, s:I, s:i, s:o, s:f, s:s, s:s, s:s}",
                                 "format", &format, "version", &version, "time", &time, "job", &job,
                                 "launch", &launch, "nodes", &nodes, "ranks", &ranks, "hosts",
                                 &hosts, "seconds", &seconds, "end", &end, "reason", &reason, "log",
                                 &log),
                     0);
    assert_string_equal(format, "nodehour-attempt");
    assert_int_equal(version, 1);
    assert_string_equal(job, "halo.2x36");
    assert_true(launch == 3 && nodes == 2 && ranks == 72);
    assert_int_equal(json_array_size(hosts), 2);
    assert_string_equal(json_string_value(json_array_get(hosts, 1)), "node2");
    assert_float_equal(seconds, 1.5, 1e-9);
    assert_string_equal(end, "failed");
    assert_string_equal(reason, "exit status 1: \"no\"\nroute");
    assert_string_equal(log, "logs/halo.2x36.0.log");
    assert_true(strlen(time) == 20 && time[19] == 'Z');
    json_decref(o);
}

/* Money and time of failed and stopped launches are spent, too. */
static void all_of_them_add_up(void **state)
{
    const struct fixture *f = *state;
    struct nh_error err = {0};
    struct nh_attempts_sum sum = {.done = 9};
    assert_ok(nh_attempts_sum(&f->dir, &sum, &err), err); /* no file yet */
    assert_true(sum.done == 0 && sum.wall_s == 0);
    add(f, 0, 1, NH_ATTEMPT_DONE, NULL);
    add(f, 1, 2, NH_ATTEMPT_FAILED, "hung");
    add(f, 2, 4, NH_ATTEMPT_STOPPED, "signal 15");
    assert_ok(nh_attempts_sum(&f->dir, &sum, &err), err);
    assert_true(sum.done == 1 && sum.failed == 1);
    assert_float_equal(sum.wall_s, 7, 1e-9);
    assert_float_equal(sum.node_s, 14, 1e-9);
}

struct seen {
    size_t lines;
    long last;
};

static void take(void *context, const struct nh_attempt_line *line)
{
    struct seen *s = context;
    s->lines++;
    s->last = line->launch;
    assert_string_equal(line->job, "halo.2x36");
}

/* Another process writes while we read: its last line may be half there. */
static void a_file_that_grows_is_read_once(void **state)
{
    const struct fixture *f = *state;
    struct nh_error err = {0};
    struct seen s = {0};
    size_t offset = 0;
    assert_ok(nh_attempts_read(&f->dir, &offset, take, &s, &err), err);
    assert_int_equal(s.lines, 0);
    add(f, 5, 1, NH_ATTEMPT_DONE, NULL);
    append(f, "{\"job\": \"halo.2x36\", \"lau");
    assert_ok(nh_attempts_read(&f->dir, &offset, take, &s, &err), err);
    assert_true(s.lines == 1 && s.last == 5);
    append(f, "nch\": 6}\n");
    assert_ok(nh_attempts_read(&f->dir, &offset, take, &s, &err), err);
    assert_true(s.lines == 2 && s.last == 6);
    assert_ok(nh_attempts_read(&f->dir, &offset, take, &s, &err), err);
    assert_int_equal(s.lines, 2);
}

static void damaged_lines_count_nothing(void **state)
{
    const struct fixture *f = *state;
    struct nh_error err = {0};
    struct nh_attempts_sum sum;
    append(f, "\n[1]\n{\"seconds\": \"x\"}\nnonsense\n{\"seconds\": 3, \"end\": \"done\"");
    add(f, 0, 1, NH_ATTEMPT_DONE, NULL); /* closes the torn line */
    assert_ok(nh_attempts_sum(&f->dir, &sum, &err), err);
    assert_true(sum.done == 1 && sum.failed == 0);
    assert_float_equal(sum.wall_s, 1, 1e-9);
}

static void a_folder_that_cannot_be_written_is_said(void **state)
{
    const struct fixture *f = *state;
    struct nh_error err = {0};
    struct nh_rundir nowhere = {.path = "/no/such/folder"};
    const struct nh_args none = {0};
    const struct nh_attempt a = {.job = &f->job, .nodes = &none, .log = "x"};
    assert_int_equal(nh_attempts_add(&nowhere, &a, &err), NH_EFAIL);
    assert_says(&err, "/no/such/folder/attempts.jsonl");
    assert_int_equal(mkdir(f->path, 0755), 0); /* a folder in its place */
    struct nh_attempts_sum sum;
    assert_int_equal(nh_attempts_sum(&f->dir, &sum, &err), NH_EINPUT);
    assert_says(&err, "attempts.jsonl");
    rmdir(f->path);
}

int main(void)
{
#define WITH_FOLDER(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        WITH_FOLDER(a_line_says_what_became_of_a_launch),
        WITH_FOLDER(all_of_them_add_up),
        WITH_FOLDER(a_file_that_grows_is_read_once),
        WITH_FOLDER(damaged_lines_count_nothing),
        WITH_FOLDER(a_folder_that_cannot_be_written_is_said),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
