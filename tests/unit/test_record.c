/* SPDX-License-Identifier: BSD-3-Clause */
#include "tests/unit/support.h"

#include <fcntl.h>
#include <math.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "common/journal.h"
#include "common/record.h"
#include "common/samples.h"

static void fill(struct nh_record *r)
{
    nh_record_init(r);
    r->time = strdup("2026-01-02T03:04:05Z");
    r->program = strdup("nodehour-mpi 0.1.0");
    r->run = strdup("20260102T030405Z-ab12");
    r->job = strdup("pingpong.n2");
    r->launch = 3;
    r->kernel = strdup("pingpong");
    r->params = json_pack("{s:i}", "size_bytes", 8);
    r->metric = strdup("one_way_latency");
    r->timing = strdup("root");
    r->sync = strdup("none");
    r->nodes = 1;
    r->ranks = 2;
    r->ops_per_sample = 64;
    r->first_op_ns = 9000;
    r->sample_count = 40;
    r->samples_ns = calloc(r->sample_count, sizeof *r->samples_ns);
    double per_op[40];
    for (size_t i = 0; i < r->sample_count; i++) {
        r->samples_ns[i] = 12800 + 64 * (int64_t)(i * 7 % 11);
        per_op[i] = (double)r->samples_ns[i] / 64;
    }
    assert_int_equal(nh_summarise(per_op, 40, 0.95, true, &r->stats), 0);
    r->stop_rule = strdup("precision");
    r->precision_target = 0.02;
    r->elapsed_s = 0.25;
    r->verify = strdup("passed");
    r->derived = json_object();
    r->clock = json_object();
    r->placement = json_array();
    r->transport = json_object();
    r->system = json_object();
    r->env = json_object();
    r->command = json_array();
}

static void a_record_survives_the_round_trip(void **state)
{
    (void)state;
    struct nh_error err = {0};
    struct nh_record a, b;
    fill(&a);
    char *line = nh_record_line(&a);
    assert_non_null(line);
    assert_ptr_equal(strchr(line, '\n'), line + strlen(line) - 1);
    assert_ok(nh_record_parse(line, strlen(line), &b, &err), err);
    char *again = nh_record_line(&b);
    assert_string_equal(line, again);
    assert_int_equal(b.launch, 3);
    assert_true(isnan(b.stats.p99)); /* 40 samples cannot support it */
    assert_true(fabs(b.stats.median - a.stats.median) < 1e-9);
    free(line);
    free(again);
    nh_record_clear(&a);
    nh_record_clear(&b);
}

/* Damages one field of a good record and expects an error that names it. */
static void assert_refused(const char *find, const char *replace, const char *says)
{
    struct nh_error err = {0};
    struct nh_record r;
    fill(&r);
    char *line = nh_record_line(&r);
    nh_record_clear(&r);
    char *at = strstr(line, find);
    assert_non_null(at);
    size_t len = strlen(line) + strlen(replace) + 1;
    char *bad = malloc(len);
    snprintf(bad, len, "%.*s%s%s", (int)(at - line), line, replace, at + strlen(find));
    assert_int_equal(nh_record_parse(bad, strlen(bad), &r, &err), NH_EINPUT);
    assert_says(&err, says);
    free(line);
    free(bad);
}

static void damage_is_named(void **state)
{
    (void)state;
    assert_refused("\"kernel\":\"pingpong\",", "", "'kernel': missing");
    assert_refused("\"version\":1", "\"version\":2", "'version'");
    assert_refused("nodehour-record", "something", "'format'");
    assert_refused("\"ranks\":2", "\"ranks\":0", "'ranks'");
    assert_refused("\"ranks\":2", "\"ranks\":\"2\"", "'ranks': is a text");
    assert_refused("\"samples_ns\":[12800", "\"samples_ns\":[-1", "'samples_ns'");
    assert_refused("\"samples\":40", "\"samples\":0", "'samples'");
    assert_refused("\"params\":{", "\"params\":{\"size_bytes\":9,", "JSON");
    assert_refused("\"stats\":{", "\"stats\":7,\"x\":{", "'stats'");
    assert_refused("\"median\":", "\"median\":-", "'median'");
}

/* Samples are read straight from the text where they are plain; any other spelling of the
 * same JSON, and any place that is not the record's own, must give the same answer. */
static void samples_are_read_alike_in_any_spelling(void **state)
{
    (void)state;
    const struct {
        const char *text;
        int code;
        size_t count;
    } cases[] = {{"{\"samples_ns\":[1,22,333]}", NH_OK, 3},
                 {"{\"samples_ns\":[]}", NH_OK, 0},
                 {"{\"samples_ns\": [ 1, 22 ]}", NH_OK, 2},
                 {"{\"samples_ns\":[1, 22]}", NH_OK, 2},
                 {"{\"samples_ns\":[0,9223372036854775807]}", NH_OK, 2},
                 {"{\"a\":\"\\\"samples_ns\\\":[7]\",\"samples_ns\":[1,2]}", NH_OK, 2},
                 {"{\"a\":{\"samples_ns\":[7]},\"samples_ns\":[1,2]}", NH_OK, 2},
                 {"{\"a\":{\"samples_ns\":[7]}}", NH_EINPUT, 0},
                 {"{\"samples_ns\":[1,2],\"samples_ns\":[1,2]}", NH_EINPUT, 0},
                 {"{\"samples_ns\":[1,]}", NH_EINPUT, 0},
                 {"{\"samples_ns\":[,1]}", NH_EINPUT, 0},
                 {"{\"samples_ns\":[01]}", NH_EINPUT, 0},
                 {"{\"samples_ns\":[-1]}", NH_EINPUT, 0},
                 {"{\"samples_ns\":[1.5]}", NH_EINPUT, 0},
                 {"{\"samples_ns\":[99999999999999999999]}", NH_EINPUT, 0},
                 {"{\"samples_ns\":[1,2", NH_EINPUT, 0},
                 {"{\"samples_ns\":[1,2]", NH_EINPUT, 0}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct nh_error err = {0};
        json_t *root;
        int64_t *samples;
        size_t count;
        int code =
            nh_samples_parse(cases[i].text, strlen(cases[i].text), &root, &samples, &count, &err);
        if (code != cases[i].code || count != cases[i].count)
            fail_msg("%s: code %d, %zu samples", cases[i].text, code, count);
        for (size_t k = 1; k < count; k++)
            assert_true(samples[k] > samples[k - 1]);
        json_decref(root);
        free(samples);
    }
}

static void half_a_line_is_an_error_or_skipped(void **state)
{
    (void)state;
    struct nh_error err = {0};
    struct nh_records set = {0};
    char *dir = fresh_directory(), path[128];
    snprintf(path, sizeof path, "%s/r.jsonl", dir);
    struct nh_record r;
    fill(&r);
    assert_ok(nh_record_append(path, &r, &err), err);
    FILE *out = fopen(path, "a");
    fputs("{\"format\":\"nodehour-rec", out);
    fclose(out);
    assert_int_equal(nh_records_read(path, false, &set, &err), NH_EINPUT);
    assert_says(&err, "r.jsonl:2: ");
    assert_says(&err, "--skip-damaged");
    nh_records_clear(&set);
    /* the next append closes the torn line, so nothing after it is lost */
    assert_ok(nh_record_append(path, &r, &err), err);
    assert_ok(nh_records_read(path, true, &set, &err), err);
    assert_int_equal(set.count, 2);
    assert_int_equal(set.damaged, 1);
    assert_non_null(strstr(set.damage, "r.jsonl:2: "));
    nh_records_clear(&set);
    nh_record_clear(&r);
    unlink(path);
    rmdir(dir);
    free(dir);
}

/* Of a large file two threads read a half each: nothing is lost between them, and lines have
 * their numbers. */
static void a_large_file_is_read_in_order(void **state)
{
    enum { LARGE = 5 << 20 };
    (void)state;
    struct nh_error err = {0};
    struct nh_records set = {0};
    char *dir = fresh_directory(), path[128], says[64];
    snprintf(path, sizeof path, "%s/r.jsonl", dir);
    FILE *out = fopen(path, "w");
    size_t lines = 0;
    struct nh_record r;
    fill(&r);
    for (; ftell(out) < LARGE; lines++) {
        r.launch = (long)lines;
        char *line = nh_record_line(&r);
        fputs(line, out);
        free(line);
    }
    fclose(out);
    assert_ok(nh_records_read(path, false, &set, &err), err);
    assert_int_equal(set.count, lines);
    for (size_t i = 0; i < lines; i++)
        assert_int_equal(set.items[i].launch, i);
    nh_records_clear(&set);
    out = fopen(path, "a");
    fputs("\n{}\n", out); /* an empty line counts, and is no record */
    fclose(out);
    snprintf(says, sizeof says, "r.jsonl:%zu: ", lines + 2);
    assert_int_equal(nh_records_read(path, false, &set, &err), NH_EINPUT);
    assert_says(&err, says);
    nh_records_clear(&set);
    nh_record_clear(&r);
    unlink(path);
    rmdir(dir);
    free(dir);
}

/* Launches of many ranks on the same nodes, between others: their rows are kept once. */
static void equal_placements_are_kept_once(void **state)
{
    (void)state;
    struct nh_error err = {0};
    struct nh_records set = {0};
    char *dir = fresh_directory(), path[128];
    snprintf(path, sizeof path, "%s/r.jsonl", dir);
    for (int i = 0; i < 4; i++) {
        struct nh_record r;
        fill(&r);
        for (int rank = 0; rank < 20; rank++)
            json_array_append_new(
                r.placement, json_pack("{s:i, s:i}", "rank", rank, "numa", rank == 19 ? i % 2 : 0));
        assert_ok(nh_record_append(path, &r, &err), err);
        nh_record_clear(&r);
    }
    assert_ok(nh_records_read(path, false, &set, &err), err);
    assert_int_equal(set.count, 4);
    assert_ptr_equal(set.items[0].placement, set.items[2].placement);
    assert_ptr_equal(set.items[1].placement, set.items[3].placement);
    assert_false(json_equal(set.items[0].placement, set.items[1].placement));
    nh_records_clear(&set);
    unlink(path);
    rmdir(dir);
    free(dir);
}

/* A limit on the file size makes write() fall short as a full disk does. */
static void a_full_disk_leaves_whole_lines(void **state)
{
    (void)state;
    char *dir = fresh_directory(), path[128];
    snprintf(path, sizeof path, "%s/r.jsonl", dir);
    pid_t child = fork();
    if (child == 0) {
        struct nh_error err = {0};
        struct nh_record r;
        fill(&r);
        signal(SIGXFSZ, SIG_IGN);
        char *line = nh_record_line(&r);
        rlim_t limit = (rlim_t)(2.5 * (double)strlen(line));
        setrlimit(RLIMIT_FSIZE, &(struct rlimit){limit, limit});
        int failed = 0;
        for (int i = 0; i < 4; i++)
            failed += nh_record_append(path, &r, &err) == NH_EFAIL;
        _exit(failed == 2 ? 0 : 1);
    }
    int status;
    waitpid(child, &status, 0);
    assert_int_equal(status, 0);
    struct nh_error err = {0};
    struct nh_records set = {0};
    assert_ok(nh_records_read(path, false, &set, &err), err);
    assert_int_equal(set.count, 2);
    nh_records_clear(&set);
    unlink(path);
    rmdir(dir);
    free(dir);
}

static void unreadable_files_are_named(void **state)
{
    (void)state;
    struct nh_error err = {0};
    struct nh_records set = {0};
    assert_int_equal(nh_records_read("/no/such/file.jsonl", false, &set, &err), NH_EINPUT);
    assert_says(&err, "/no/such/file.jsonl");
    assert_int_equal(nh_records_read("/", false, &set, &err), NH_EINPUT);
    assert_says(&err, "directory");
}

static void replace_is_all_or_nothing(void **state)
{
    (void)state;
    struct nh_error err = {0};
    char *dir = fresh_directory(), path[128], missing[160], *data;
    size_t len;
    snprintf(path, sizeof path, "%s/a", dir);
    assert_ok(nh_file_replace(path, "one", 3, &err), err);
    assert_ok(nh_file_replace(path, "three", 5, &err), err);
    assert_ok(nh_file_read(path, &data, &len, &err), err);
    assert_string_equal(data, "three");
    free(data);
    snprintf(missing, sizeof missing, "%s/none/a", dir);
    assert_int_equal(nh_file_replace(missing, "x", 1, &err), NH_EINPUT);
    assert_says(&err, "/none/a: cannot write");
    snprintf(missing, sizeof missing, "%s/link", dir);
    assert_int_equal(symlink("a", missing), 0);
    assert_ok(nh_file_replace(missing, "four", 4, &err), err);
    struct stat st;
    assert_true(lstat(missing, &st) == 0 && S_ISLNK(st.st_mode));
    assert_ok(nh_file_read(path, &data, &len, &err), err);
    assert_string_equal(data, "four");
    free(data);
    snprintf(missing, sizeof missing, "%s/p/q/r", dir);
    assert_ok(nh_make_dirs(missing, &err), err);
    assert_ok(nh_make_dirs(missing, &err), err);
    snprintf(missing, sizeof missing, "%s/a/b", dir);
    assert_int_equal(nh_make_dirs(missing, &err), NH_EFAIL);
    char command[160];
    snprintf(command, sizeof command, "rm -r %s", dir);
    assert_int_equal(system(command), 0);
    free(dir);
}

/* A page sent to a device or a pipe must not take its place. */
static void devices_and_pipes_are_written_to(void **state)
{
    (void)state;
    struct nh_error err = {0};
    struct stat st;
    char *dir = fresh_directory(), path[128], buf[8] = "";
    snprintf(path, sizeof path, "%s/pipe", dir);
    assert_int_equal(mkfifo(path, 0600), 0);
    int reader = open(path, O_RDONLY | O_NONBLOCK);
    assert_ok(nh_file_replace(path, "page", 4, &err), err);
    assert_int_equal(read(reader, buf, sizeof buf), 4);
    close(reader);
    assert_true(stat(path, &st) == 0 && S_ISFIFO(st.st_mode));
    unlink(path);
    assert_int_equal(nh_file_replace(dir, "page", 4, &err), NH_EINPUT);
    rmdir(dir);
    free(dir);
    assert_int_equal(nh_file_replace("/dev/full", "page", 4, &err), NH_EFAIL);
    assert_true(stat("/dev/full", &st) == 0 && S_ISCHR(st.st_mode));
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(a_record_survives_the_round_trip),
                                       cmocka_unit_test(damage_is_named),
                                       cmocka_unit_test(samples_are_read_alike_in_any_spelling),
                                       cmocka_unit_test(half_a_line_is_an_error_or_skipped),
                                       cmocka_unit_test(a_large_file_is_read_in_order),
                                       cmocka_unit_test(equal_placements_are_kept_once),
                                       cmocka_unit_test(a_full_disk_leaves_whole_lines),
                                       cmocka_unit_test(unreadable_files_are_named),
                                       cmocka_unit_test(replace_is_all_or_nothing),
                                       cmocka_unit_test(devices_and_pipes_are_written_to)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
