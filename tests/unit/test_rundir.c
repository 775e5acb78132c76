/* SPDX-License-Identifier: BSD-3-Clause */
#include "tests/unit/support.h"

#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "common/journal.h"
#include "common/record.h"
#include "launch/cores.h"
#include "launch/rundir.h"
#include "launch/store.h"

/* A run folder in a fresh directory, with the plan of a two-core machine. */
struct fixture {
    char *results;
    struct nh_rundir dir;
    struct nh_plan plan;
    bool *done;
};

static void remove_all(const char *path)
{
    pid_t pid = fork();
    if (pid == 0) {
        execlp("rm", "rm", "-rf", "--", path, (char *)NULL);
        _exit(127);
    }
    waitpid(pid, NULL, 0);
}

static int set_up(void **state)
{
    struct fixture *f = calloc(1, sizeof *f);
    struct nh_error err = {0};
    f->results = fresh_directory();
    assert_ok(nh_plan_make(&(struct nh_request){.cores = 2}, 3, &f->plan, &err), err);
    json_t *run = json_pack("{s:o}", "plan", nh_plan_json(&f->plan));
    assert_ok(nh_rundir_create(f->results, run, &f->dir, &err), err);
    json_decref(run);
    f->done = calloc(f->plan.step_count, sizeof *f->done);
    *state = f;
    return 0;
}

static int tear_down(void **state)
{
    struct fixture *f = *state;
    nh_rundir_close(&f->dir);
    nh_plan_clear(&f->plan);
    remove_all(f->results);
    free(f->results);
    free(f->done);
    free(f);
    return 0;
}

static char *record_line(const char *job, long launch, int size)
{
    static const double ns[6] = {100, 101, 102, 103, 104, 105};
    struct nh_record r;
    nh_record_init(&r);
    r.time = strdup("2026-01-02T03:04:05Z");
    r.program = strdup("nodehour-mpi 0.1.0");
    r.job = strdup(job);
    r.launch = launch;
    r.kernel = strdup("pingpong");
    r.params = json_pack("{s:i}", "size_bytes", size);
    r.metric = strdup("one_way_latency");
    r.timing = strdup("root");
    r.sync = strdup("none");
    r.nodes = 1;
    r.ranks = 2;
    r.sample_count = 6;
    r.samples_ns = calloc(6, sizeof *r.samples_ns);
    for (size_t i = 0; i < 6; i++)
        r.samples_ns[i] = (int64_t)ns[i];
    assert_int_equal(nh_summarise(ns, 6, 0.95, false, &r.stats), 0);
    r.stop_rule = strdup("count");
    r.precision_target = 0.02;
    r.verify = strdup("passed");
    json_t **const objects[] = {&r.derived, &r.clock, &r.transport, &r.system, &r.env};
    for (size_t i = 0; i < 5; i++)
        *objects[i] = json_object();
    r.placement = json_array();
    r.command = json_array();
    char *line = nh_record_line(&r);
    assert_non_null(line);
    nh_record_clear(&r);
    return line;
}

static void path_in(const struct fixture *f, char *buf, const char *name)
{
    struct nh_error err = {0};
    assert_ok(nh_rundir_path(&f->dir, buf, NH_PATH_MAX, &err, "%s", name), err);
}

static void append(const struct fixture *f, const char *name, const char *text, size_t len)
{
    char path[NH_PATH_MAX];
    path_in(f, path, name);
    FILE *out = fopen(path, "a");
    assert_non_null(out);
    assert_int_equal(fwrite(text, 1, len, out), len);
    assert_int_equal(fclose(out), 0);
}

/* What a launch writes itself: two records. */
static void write_launch(const struct fixture *f, const char *job, long launch)
{
    char name[128];
    snprintf(name, sizeof name, "launches/%s.%ld.jsonl", job, launch);
    for (int size = 8; size <= 16; size += 8) {
        char *line = record_line(job, launch, size);
        append(f, name, line, strlen(line));
        free(line);
    }
}

static void do_launch(const struct fixture *f, const char *job, long launch)
{
    struct nh_error err = {0};
    write_launch(f, job, launch);
    assert_ok(nh_store_collect(&f->dir, job, launch, &err), err);
}

static size_t scan(const struct fixture *f, char *damage)
{
    struct nh_error err = {0};
    size_t n = 0;
    assert_ok(nh_store_scan(&f->dir, &f->plan, f->done, damage, 1024, &err), err);
    for (size_t i = 0; i < f->plan.step_count; i++)
        n += f->done[i];
    return n;
}

static bool is_done(const struct fixture *f, const char *job, long launch)
{
    for (size_t i = 0; i < f->plan.step_count; i++)
        if (f->plan.steps[i].launch == launch &&
            strcmp(f->plan.jobs[f->plan.steps[i].job].name, job) == 0)
            return f->done[i];
    return false;
}

static size_t record_count(const struct fixture *f)
{
    char path[NH_PATH_MAX];
    struct nh_records set = {0};
    struct nh_error err = {0};
    path_in(f, path, "records.jsonl");
    assert_ok(nh_records_read(path, false, &set, &err), err);
    size_t n = set.count;
    nh_records_clear(&set);
    return n;
}

static void nothing_is_done_at_first(void **state)
{
    char damage[1024];
    assert_int_equal(scan(*state, damage), 0);
    assert_string_equal(damage, "");
}

static void collected_launches_are_done(void **state)
{
    struct fixture *f = *state;
    char damage[1024];
    do_launch(f, "pingpong.n2", 0);
    do_launch(f, "halo.n1", 5);
    assert_int_equal(scan(f, damage), 2);
    assert_true(is_done(f, "pingpong.n2", 0));
    assert_true(is_done(f, "halo.n1", 5));
    assert_string_equal(damage, "");
}

/* A launch that was killed while it wrote is in no case done. */
static void incomplete_launches_are_not_collected(void **state)
{
    struct fixture *f = *state;
    struct nh_error err = {0};
    char damage[1024], *line = record_line("pingpong.n2", 1, 8);
    assert_int_equal(nh_store_collect(&f->dir, "pingpong.n2", 1, &err), NH_EINPUT);
    append(f, "launches/pingpong.n2.1.jsonl", line, strlen(line) / 2);
    assert_int_equal(nh_store_collect(&f->dir, "pingpong.n2", 1, &err), NH_EINPUT);
    append(f, "launches/pingpong.n2.2.jsonl", "", 0);
    assert_int_equal(nh_store_collect(&f->dir, "pingpong.n2", 2, &err), NH_EINPUT);
    append(f, "launches/pingpong.n2.3.jsonl", line, strlen(line));
    assert_int_equal(nh_store_collect(&f->dir, "pingpong.n2", 3, &err), NH_EINPUT);
    assert_says(&err, "another launch");
    assert_int_equal(scan(f, damage), 0);
    free(line);
}

/* A power loss within the write of the second launch: the first one stays. */
static void torn_last_line(void **state)
{
    struct fixture *f = *state;
    char damage[1024], *line = record_line("halo.n2", 2, 8);
    do_launch(f, "pingpong.n2", 0);
    write_launch(f, "halo.n2", 2);
    append(f, "records.jsonl", line, strlen(line));
    append(f, "records.jsonl", line, strlen(line) / 2);
    assert_int_equal(scan(f, damage), 1);
    assert_true(is_done(f, "pingpong.n2", 0));
    assert_non_null(strstr(damage, "records.jsonl:3: "));
    assert_non_null(strstr(damage, "records.jsonl.damaged.1"));
    assert_int_equal(record_count(f), 2);
    /* once repaired, it is quiet, and going on works */
    assert_int_equal(scan(f, damage), 1);
    assert_string_equal(damage, "");
    do_launch(f, "bandwidth.n2", 1);
    assert_int_equal(scan(f, damage), 2);
    free(line);
}

static void damage_in_the_middle_keeps_whole_launches(void **state)
{
    struct fixture *f = *state;
    char damage[1024];
    do_launch(f, "pingpong.n2", 0);
    append(f, "records.jsonl", "{\"half\n", 7);
    do_launch(f, "halo.n1", 1);
    assert_int_equal(scan(f, damage), 2);
    assert_non_null(strstr(damage, "records.jsonl:3: "));
    assert_int_equal(record_count(f), 4);
}

/* Cut exactly between two lines: no line is damaged, but the launch is not whole. */
static void cut_at_a_line_end(void **state)
{
    struct fixture *f = *state;
    char damage[1024], *line = record_line("halo.n1", 0, 8);
    write_launch(f, "halo.n1", 0);
    append(f, "records.jsonl", line, strlen(line));
    assert_int_equal(scan(f, damage), 0);
    assert_non_null(strstr(damage, "incomplete launch"));
    assert_int_equal(record_count(f), 0);
    free(line);
}

/* A resume of a large study finds the step of each record without looking at all others. The
 * limit is for the slowest sanitizer; it takes a third of a second. */
static void ten_thousand_launches_are_found_quickly(void **state)
{
    enum { JOBS = 2000, LAUNCHES = 5 };
    const struct fixture *f = *state;
    struct nh_error err = {0};
    struct nh_plan plan = {.launches = LAUNCHES, .seed = 7};
    char damage[1024], name[128];
    for (int i = 0; i < JOBS; i++)
        assert_non_null(nh_plan_add(&plan, 1, &err, "halo.1x1.c%d", i));
    assert_ok(nh_plan_set_order(&plan, &err), err);
    bool *done = calloc(plan.step_count, sizeof *done);
    for (size_t i = 0; i < plan.step_count; i++) {
        const char *job = plan.jobs[plan.steps[i].job].name;
        if (i == 4321) /* one is missing */
            continue;
        char *line = record_line(job, plan.steps[i].launch, 8);
        snprintf(name, sizeof name, "launches/%s.%ld.jsonl", job, plan.steps[i].launch);
        append(f, name, line, strlen(line));
        append(f, "records.jsonl", line, strlen(line));
        free(line);
    }
    clock_t before = clock();
    assert_ok(nh_store_scan(&f->dir, &plan, done, damage, sizeof damage, &err), err);
    double seconds = (double)(clock() - before) / CLOCKS_PER_SEC;
    assert_string_equal(damage, "");
    for (size_t i = 0; i < plan.step_count; i++)
        assert_int_equal(done[i], i != 4321);
    assert_true(seconds < 10);
    free(done);
    nh_plan_clear(&plan);
}

static void old_files_are_set_aside(void **state)
{
    struct fixture *f = *state;
    struct nh_error err = {0};
    char path[NH_PATH_MAX], aside[NH_PATH_MAX + 4];
    path_in(f, path, "launches/halo.n1.0.jsonl");
    assert_ok(nh_store_set_aside(path, &err), err);
    for (int i = 1; i <= 2; i++) {
        append(f, "launches/halo.n1.0.jsonl", "x\n", 2);
        assert_ok(nh_store_set_aside(path, &err), err);
        snprintf(aside, sizeof aside, "%s.%d", path, i);
        assert_int_equal(access(aside, F_OK), 0);
        assert_int_not_equal(access(path, F_OK), 0);
    }
}

static void a_folder_is_locked_by_one_process(void **state)
{
    struct fixture *f = *state;
    struct nh_rundir second;
    struct nh_error err = {0};
    json_t *run;
    char pid[24];
    assert_int_equal(nh_rundir_open(f->dir.path, &second, &run, &err), NH_EINPUT);
    assert_true(second.busy);
    snprintf(pid, sizeof pid, "process %ld ", (long)getpid());
    assert_says(&err, pid);
    nh_rundir_close(&f->dir);
    assert_ok(nh_rundir_open(f->dir.path, &second, &run, &err), err);
    assert_string_equal(second.id, f->dir.id);
    json_decref(run);
    nh_rundir_close(&second);
}

static void the_newest_run_is_found(void **state)
{
    struct fixture *f = *state;
    char path[NH_PATH_MAX], other[NH_PATH_MAX];
    assert_true(nh_rundir_newest(f->results, path, sizeof path));
    assert_string_equal(path, f->dir.path);
    snprintf(other, sizeof other, "%s/99991231T235959Z-ffff", f->results);
    mkdir(other, 0777); /* no run.json: never begun */
    snprintf(other, sizeof other, "%s/zzz", f->results);
    mkdir(other, 0777);
    assert_true(nh_rundir_newest(f->results, path, sizeof path));
    assert_string_equal(path, f->dir.path);
    assert_false(nh_rundir_newest("/nonexistent", path, sizeof path));
}

static void latest_points_to_the_run(void **state)
{
    struct fixture *f = *state;
    char link[NH_PATH_MAX], target[64] = "";
    nh_rundir_set_latest(&f->dir);
    nh_rundir_set_latest(&f->dir);
    snprintf(link, sizeof link, "%s/latest", f->results);
    assert_int_equal(readlink(link, target, sizeof target - 1), strlen(f->dir.id));
    assert_string_equal(target, f->dir.id);
}

static void a_file_is_no_results_folder(void **state)
{
    struct fixture *f = *state;
    struct nh_rundir dir;
    struct nh_error err = {0};
    char path[NH_PATH_MAX];
    path_in(f, path, "run.json");
    json_t *run = json_object();
    assert_int_not_equal(nh_rundir_create(path, run, &dir, &err), NH_OK);
    assert_null(strchr(err.text, '\n'));
    json_decref(run);
}

/* Four CPUs in two cores, and a quota: cores.c reads a stand-in for /. */
static void cores_are_physical(void **state)
{
    struct fixture *f = *state;
    char path[NH_PATH_MAX];
    struct nh_error err = {0};
    int allowed = nh_physical_cores("/nonexistent"); /* every CPU a core of its own */
    assert_true(allowed >= 1);
    for (int cpu = 0; cpu < 1024; cpu++) {
        snprintf(path, sizeof path, "%s/sys/devices/system/cpu/cpu%d/topology", f->results, cpu);
        if (cpu >= 64)
            continue;
        assert_ok(nh_make_dirs(path, &err), err);
        strcat(path, "/physical_package_id");
        write_file(path, "0\n");
        snprintf(path, sizeof path, "%s/sys/devices/system/cpu/cpu%d/topology/core_id", f->results,
                 cpu);
        write_file(path, "7\n");
    }
    assert_int_equal(nh_physical_cores(f->results), 1); /* all of them share core 7 */
    snprintf(path, sizeof path, "%s/sys/fs/cgroup", f->results);
    assert_ok(nh_make_dirs(path, &err), err);
    strcat(path, "/cpu.max");
    write_file(path, "50000 100000\n");
    assert_int_equal(nh_physical_cores(f->results), 1);
}

int main(void)
{
#define WITH_FOLDER(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        WITH_FOLDER(nothing_is_done_at_first),
        WITH_FOLDER(collected_launches_are_done),
        WITH_FOLDER(incomplete_launches_are_not_collected),
        WITH_FOLDER(torn_last_line),
        WITH_FOLDER(damage_in_the_middle_keeps_whole_launches),
        WITH_FOLDER(cut_at_a_line_end),
        WITH_FOLDER(ten_thousand_launches_are_found_quickly),
        WITH_FOLDER(old_files_are_set_aside),
        WITH_FOLDER(a_folder_is_locked_by_one_process),
        WITH_FOLDER(the_newest_run_is_found),
        WITH_FOLDER(latest_points_to_the_run),
        WITH_FOLDER(a_file_is_no_results_folder),
        WITH_FOLDER(cores_are_physical),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
