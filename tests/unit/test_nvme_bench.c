/* SPDX-License-Identifier: BSD-3-Clause */
/* What is read of fio and what it is asked: on output of fio 3.33 recorded here (two threads
 * that read for a second; tests/data/fio), and on damaged copies of it. */
#include "tests/unit/support.h"

#include <math.h>
#include <sys/stat.h>
#include <unistd.h>

#include "bench/nvme/bench.h"
#include "bench/nvme/cpu.h"
#include "bench/nvme/drive.h"
#include "common/journal.h"

static char *json, *rates_log;
static size_t json_len, rates_len;

static int read_files(void **state)
{
    (void)state;
    struct nh_error err = {0};
    assert_ok(nh_file_read("tests/data/fio/two-threads.json", &json, &json_len, &err), err);
    assert_ok(nh_file_read("tests/data/fio/two-threads_bw.log", &rates_log, &rates_len, &err), err);
    return 0;
}

static int free_files(void **state)
{
    (void)state;
    free(json);
    free(rates_log);
    return 0;
}

/* A copy in which the first `from` is `to`. */
static char *altered(const char *from, const char *to)
{
    char *at = strstr(json, from);
    assert_non_null(at);
    char *copy = malloc(json_len + strlen(to) + 1);
    assert_non_null(copy);
    sprintf(copy, "%.*s%s%s", (int)(at - json), json, to, at + strlen(from));
    return copy;
}

/* ---- result ---- */

static void test_sums(void **state)
{
    (void)state;
    struct nh_fio_result r;
    struct nh_error err = {0};
    assert_ok(nh_fio_result_read("f", json, json_len, &r, &err), err);
    /* jq: .jobs[].read | .io_bytes, .total_ios, .runtime */
    assert_true(r.bytes == 647364608.0 + 844234752.0);
    assert_true(r.operations == 4939 + 6441);
    assert_true(fabs(r.last_done_s - 1.001) < 1e-9);
    assert_true(fabs(nh_fio_bandwidth(&r) - (647364608.0 + 844234752.0) / 1.001) < 1);
    assert_int_equal(r.part_count, 1);
    assert_true(r.parts[0].bytes == r.bytes);
    nh_fio_result_clear(&r);
}

/* fio computes percentiles from the same histogram: for one thread they must be the same. */
static void test_percentiles_are_those_of_fio(void **state)
{
    (void)state;
    static const struct {
        const char *key;
        double p;
    } all[] = {{"50.000000", 0.5}, {"90.000000", 0.9}, {"99.000000", 0.99}};
    struct nh_fio_result r;
    struct nh_error err = {0};
    json_t *root = json_loads(json, 0, NULL), *jobs = json_object_get(root, "jobs");
    json_array_remove(jobs, 1);
    char *one = json_dumps(root, 0);
    const json_t *theirs = json_object_get(
        json_object_get(json_object_get(json_array_get(jobs, 0), "read"), "clat_ns"), "percentile");
    assert_ok(nh_fio_result_read("f", one, strlen(one), &r, &err), err);
    for (size_t i = 0; i < sizeof all / sizeof *all; i++) {
        double expected = json_number_value(json_object_get(theirs, all[i].key));
        assert_true(expected > 0);
        assert_true(fabs(nh_fio_percentile(&r, all[i].p) - expected) < 1);
    }
    assert_true(isnan(nh_fio_percentile(&r, 0.9999))); /* 4939 operations do not show it */
    nh_fio_result_clear(&r);
    free(one);
    json_decref(root);
}

static void test_histograms_are_joined(void **state)
{
    (void)state;
    struct nh_fio_result r;
    struct nh_error err = {0};
    double count = 0;
    assert_ok(nh_fio_result_read("f", json, json_len, &r, &err), err);
    for (size_t i = 0; i < r.bin_count; i++) {
        count += r.bins[i].count;
        assert_true(i == 0 || r.bins[i - 1].ns < r.bins[i].ns);
    }
    assert_true(count == r.operations);
    nh_fio_result_clear(&r);
}

static void test_notes_before_the_json(void **state)
{
    (void)state;
    struct nh_fio_result r;
    struct nh_error err = {0};
    char *text = malloc(json_len + 64);
    assert_non_null(text);
    sprintf(text, "note: both iodepth >= 1 and {\n%s", json);
    assert_ok(nh_fio_result_read("f", text, strlen(text), &r, &err), err);
    nh_fio_result_clear(&r);
    free(text);
}

static void test_cut_anywhere(void **state)
{
    (void)state;
    struct nh_fio_result r;
    for (size_t n = 0; n + 2 < json_len; n += 97) {
        struct nh_error err = {0};
        char *cut = strndup(json, n);
        assert_int_equal(nh_fio_result_read("f", cut, n, &r, &err), NH_EFAIL);
        assert_says(&err, "before it could write all of it");
        free(cut);
    }
}

static void test_a_thread_that_failed(void **state)
{
    (void)state;
    struct nh_fio_result r;
    struct nh_error err = {0};
    char *text = altered("\"error\":0", "\"error\":5");
    assert_int_equal(nh_fio_result_read("f", text, strlen(text), &r, &err), NH_EFAIL);
    assert_says(&err, "Input/output error");
    free(text);
}

static void test_nothing_done(void **state)
{
    (void)state;
    struct nh_fio_result r;
    struct nh_error err = {0};
    static const char none[] = "{\"jobs\": [{\"jobname\": \"s\", \"read\": {}}]}";
    assert_int_equal(nh_fio_result_read("f", none, sizeof none - 1, &r, &err), NH_EFAIL);
    assert_says(&err, "nothing was read or written");
}

/* ---- rates ---- */

static void test_rates(void **state)
{
    (void)state;
    double *rates;
    size_t n;
    struct nh_error err = {0};
    assert_ok(nh_fio_rates("l", rates_log, 100, 2, &rates, &n, &err), err);
    double sum = 0;
    for (size_t i = 0; i < n; i++)
        sum += rates[i];
    assert_true(n >= 6 && n <= 8);
    /* what fio counted in the whole second: windows miss its beginning and its end */
    assert_true(fabs(sum / (double)n / 1.4901e9 - 1) < 0.25);
    free(rates);
}

static void test_rates_by_hand(void **state)
{
    (void)state;
    double *rates;
    size_t n;
    struct nh_error err = {0};
    /* Window 3 lacks a thread; one of window 5 is late and falls into window 6. */
    static const char log[] =
        "100, 9, 0, 0, 0\n100, 9, 0, 0, 0\n201, 10, 0, 0, 0\n199, 20, 0, 0, 0\n"
        "300, 7, 0, 0, 0\n400, 5, 0, 0, 0\n402, 5, 0, 0, 0\n"
        "500, 6, 0, 0, 0\n560, 6, 0, 0, 0\n600, 6, 0, 0, 0\n602, 6, 0, 0, 0\n"
        "700, 1, 0, 0, 0\n";
    static const double expected[] = {30, 7, 10, 6, 12};
    assert_ok(nh_fio_rates("l", log, 100, 2, &rates, &n, &err), err);
    assert_int_equal(n, 5);
    for (size_t i = 0; i < n; i++)
        assert_true(fabs(rates[i] - 1024 * expected[i]) < 1e-6);
    free(rates);
}

static void test_damaged_rates(void **state)
{
    (void)state;
    double *rates;
    size_t n;
    struct nh_error err = {0};
    assert_int_equal(nh_fio_rates("l", "100, 9, 0\nx\n", 100, 1, &rates, &n, &err), NH_EFAIL);
    assert_says(&err, "l:2");
}

/* ---- what fio is asked ---- */

static struct nh_fio_job some_job(const char *directory)
{
    return (struct nh_fio_job){.engine = "libaio",
                               .rw = "randread",
                               .block = 131072,
                               .threads = 96,
                               .depth = 16,
                               .direct = true,
                               .runtime_s = 2.5,
                               .directory = directory,
                               .bytes = 1 << 20};
}

static void test_job_file(void **state)
{
    (void)state;
    char *text;
    struct nh_error err = {0};
    const struct nh_fio_job job = some_job("/mnt/a:b");
    assert_ok(nh_fio_job_text(&job, &text, &err), err);
    assert_non_null(strstr(text, "directory=/mnt/a\\:b\n"));
    assert_non_null(strstr(text, "runtime=2500ms\n"));
    assert_non_null(strstr(text, "numjobs=96\n"));
    assert_non_null(strstr(text, "direct=1\n"));
    free(text);
}

static void test_paths_that_fio_would_read_otherwise(void **state)
{
    (void)state;
    static const char *const bad[] = {"/a b", "/a\nrw=write", "/${HOME}", "/\"", "/$jobname"};
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        char *text;
        struct nh_error err = {0};
        const struct nh_fio_job job = some_job(bad[i]);
        assert_int_equal(nh_fio_job_text(&job, &text, &err), NH_EINPUT);
        assert_null(text);
    }
}

static void test_devices_are_shared_out(void **state)
{
    (void)state;
    static const char *const devices[] = {"/dev/nvme1n1", "/dev/nvme2n1"};
    char *text;
    struct nh_error err = {0};
    struct nh_fio_job job = some_job(NULL);
    job.devices = devices;
    job.device_count = 2;
    assert_ok(nh_fio_job_text(&job, &text, &err), err);
    assert_non_null(strstr(text, "[device0]\nfilename=/dev/nvme1n1\noffset_increment=1048576\n"));
    assert_non_null(strstr(text, "[device1]\nfilename=/dev/nvme2n1\n"));
    free(text);
}

static void test_versions(void **state)
{
    (void)state;
    int major, minor;
    assert_true(nh_fio_version("fio-3.33", &major, &minor));
    assert_int_equal(minor, 33);
    assert_true(nh_fio_version("fio-2.16-4-gabc", &major, &minor));
    assert_int_equal(major, 2);
    assert_false(nh_fio_version("3.33", &major, &minor));
    assert_false(nh_fio_version("", &major, &minor));
}

/* A stand-in of fio that says it is `version`, alone on PATH. */
static int find_with(const char *version, struct nh_error *err)
{
    char *folder = fresh_directory(), path[128], script[128];
    struct nh_fio fio;
    char *before = strdup(getenv("PATH"));
    snprintf(path, sizeof path, "%s/fio", folder);
    snprintf(script, sizeof script, "#!/bin/sh\necho %s\n", version);
    if (*version) {
        write_file(path, script);
        chmod(path, 0755);
    }
    setenv("PATH", folder, 1);
    int rc = nh_fio_find(NULL, &fio, err);
    setenv("PATH", before, 1);
    unlink(path);
    rmdir(folder);
    free(folder);
    free(before);
    return rc;
}

static void test_fio_missing_or_old(void **state)
{
    (void)state;
    struct nh_error err = {0};
    assert_int_equal(find_with("", &err), NH_EINPUT);
    assert_says(&err, "fio 3.0 or newer is needed");
    assert_int_equal(find_with("fio-2.21", &err), NH_EINPUT);
    assert_says(&err, "version 2.21, too old; fio 3.0 or newer");
    assert_int_equal(find_with("hello", &err), NH_EINPUT);
    assert_int_equal(find_with("fio-3.1", &err), NH_EINPUT); /* lists no engine */
    assert_says(&err, "does not offer");
}

/* ---- tests and sizes ---- */

static void test_which_tests(void **state)
{
    (void)state;
    struct nh_nvme_options o = {.depth = 16};
    struct nh_nvme_test *tests;
    size_t n;
    struct nh_error err = {0};
    assert_ok(nh_nvme_tests(&o, 96, &tests, &n, &err), err);
    assert_int_equal(n, 5);
    assert_int_equal(tests[0].threads, 96);
    assert_int_equal(tests[0].block, 131072);
    assert_int_equal(tests[4].threads * tests[4].depth, 1);
    assert_int_equal(tests[4].block, 4096);
    free(tests);
    o.sweep = true;
    o.tests = "latency,read";
    assert_ok(nh_nvme_tests(&o, 2, &tests, &n, &err), err);
    assert_int_equal(n, 2 + 2 * 4); /* threads 1 and 2: half of 2 is 1 again */
    free(tests);
    static const char *const bad[] = {"reads", "read,read", "read,,write"};
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        o.tests = bad[i];
        assert_int_equal(nh_nvme_tests(&o, 2, &tests, &n, &err), NH_EINPUT);
        free(tests);
    }
}

static void test_share_of_free_space(void **state)
{
    (void)state;
    static const uint64_t gib = 1 << 30, mib = 1 << 20;
    struct nh_nvme_options o = {.share = 0.1};
    struct nh_error err = {0};
    uint64_t bytes;
    assert_ok(nh_nvme_file_bytes(&o, 1000 * gib, 96, &bytes, &err), err);
    assert_true(bytes == 256 * mib);
    assert_ok(nh_nvme_file_bytes(&o, gib, 8, &bytes, &err), err);
    assert_true(bytes == 12 * mib && 8 * bytes <= gib / 10);
    assert_int_equal(nh_nvme_file_bytes(&o, 50 * mib, 8, &bytes, &err), NH_EINPUT);
    assert_says(&err, "more than 10 % of the free space");
    o.bytes = 200 * mib;
    assert_int_equal(nh_nvme_file_bytes(&o, gib, 1, &bytes, &err), NH_EINPUT);
    o.share = 0.5;
    assert_ok(nh_nvme_file_bytes(&o, gib, 1, &bytes, &err), err);
    assert_true(bytes == 200 * mib);
}

static void test_processors(void **state)
{
    (void)state;
    static struct nh_cpu_look from = {.busy = {10, 0}, .all = {100, 100}, .count = 2};
    static struct nh_cpu_look to = {.busy = {60, 100}, .all = {200, 200}, .count = 2};
    static const struct nh_cpu_look none;
    struct nh_cpu_load load = nh_cpu_load(&from, &to);
    assert_true(fabs(load.mean - 0.75) < 1e-9 && fabs(load.busiest - 1) < 1e-9);
    assert_true(isnan(nh_cpu_load(&none, &none).mean));
}

/* ---- what is below a folder ---- */

static void test_drives_below(void **state)
{
    (void)state;
    char *root = fresh_directory(), command[800];
    const struct nh_site site = {.root = root};
    snprintf(command, sizeof command,
             "tests/nvme-tree %s && cd %s/sys/class/block && mkdir -p md0/slaves dm-1/slaves && "
             "mkdir md0/slaves/nvme1n1 md0/slaves/nvme2n1 dm-1/slaves/md0 dm-1/slaves/nvme3n1p1",
             root, root);
    assert_int_equal(system(command), 0);
    assert_int_equal(nh_drives_below(&site, "md0"), 2);
    assert_int_equal(nh_drives_below(&site, "dm-1"), 3);
    assert_int_equal(nh_drives_below(&site, "nvme4n1"), 1);
    assert_int_equal(nh_drives_below(&site, "nvme0n1p1"), 0); /* EBS */
    assert_int_equal(nh_drives_below(&site, "sda1"), 0);
    assert_int_equal(nh_drives_below(&site, ""), 0);
    snprintf(command, sizeof command, "mkdir %s/sys/class/block/md0/slaves/sda", root);
    assert_int_equal(system(command), 0);
    assert_int_equal(nh_drives_below(&site, "md0"), 0);
    snprintf(command, sizeof command, "rm -r %s", root);
    assert_int_equal(system(command), 0);
    free(root);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_sums),
        cmocka_unit_test(test_percentiles_are_those_of_fio),
        cmocka_unit_test(test_histograms_are_joined),
        cmocka_unit_test(test_notes_before_the_json),
        cmocka_unit_test(test_cut_anywhere),
        cmocka_unit_test(test_a_thread_that_failed),
        cmocka_unit_test(test_nothing_done),
        cmocka_unit_test(test_rates),
        cmocka_unit_test(test_rates_by_hand),
        cmocka_unit_test(test_damaged_rates),
        cmocka_unit_test(test_job_file),
        cmocka_unit_test(test_paths_that_fio_would_read_otherwise),
        cmocka_unit_test(test_devices_are_shared_out),
        cmocka_unit_test(test_versions),
        cmocka_unit_test(test_fio_missing_or_old),
        cmocka_unit_test(test_which_tests),
        cmocka_unit_test(test_share_of_free_space),
        cmocka_unit_test(test_processors),
        cmocka_unit_test(test_drives_below),
    };
    return cmocka_run_group_tests(tests, read_files, free_files);
}
