/* SPDX-License-Identifier: BSD-3-Clause */
#include "tests/unit/support.h"

#include <math.h>
#include <unistd.h>

#include "analysis/dataset.h"
#include "common/line_blocks.h"
#include "common/record_scan.h"

/* Reading many records: what is folded says the same as what is kept whole, and nothing is
 * taken that the whole reader would refuse. */

static const char line[] =
    "{\"format\":\"nodehour-record\",\"version\":1,\"time\":\"2026-01-01T00:00:00Z\","
    "\"program\":\"nodehour-mpi 0.1.0\",\"run\":null,\"job\":\"pingpong.n1\",\"launch\":7,"
    "\"kernel\":\"pingpong\",\"params\":{\"size_bytes\":1024,\"window\":3},\"nodes\":1,"
    "\"ranks\":2,\"metric\":\"one_way_latency\",\"unit\":\"ns\",\"better\":\"lower\","
    "\"timing\":\"root\",\"sync\":\"none\",\"stats\":{\"samples\":30,\"warmup_samples\":0,"
    "\"median\":500.25,\"ci_low\":null,\"ci_high\":null,\"ci_level\":0.95,\"ci_coverage\":null,"
    "\"min\":4e2,\"max\":600,\"mean\":500.5,\"mad\":5.0025,\"p90\":null,\"p95\":null,\"p99\":null,"
    "\"autocorrelation_lag1\":0.1,\"effective_samples\":30,\"runs_z\":-0.5,\"trend_z\":0,"
    "\"drift\":0,\"outliers\":0,\"steady\":true,\"autocorrelated\":false,\"trending\":false,"
    "\"modes\":{\"low\":400,\"high\":600,\"low_share\":0.5}},"
    "\"derived\":{\"bandwidth_bytes_per_s\":2.5e9},\"detail\":null,\"times\":null,"
    "\"limits\":{\"handover_ns\":50.5},\"verify\":\"off\",\"stop\":{\"rule\":\"time\","
    "\"precision_target\":0.02,\"elapsed_s\":0.5},\"ops_per_sample\":64,\"first_op_ns\":900,"
    "\"samples_ns\":[32000,32001,0],\"clock\":{\"source\":\"x\"},\"placement\":[{\"rank\":0}],"
    "\"transport\":{\"verdict\":\"shm\",\"reason\":\"a \\\"b\\\"\",\"required\":\"efa\","
    "\"failed\":true},\"machine\":\"c5n.18xlarge\",\"system\":{\"cpu\":\"y\"},\"env\":{},"
    "\"command\":[\"nodehour-mpi\"]}";

static bool scans(const char *text, struct nh_record_scan *s)
{
    *s = (struct nh_record_scan){0};
    return nh_record_scan(text, strlen(text), s);
}

static void numbers_and_key_are_those_of_the_record(void **state)
{
    (void)state;
    struct nh_record_scan s, other;
    struct nh_record r;
    struct nh_error err = {0};
    assert_true(scans(line, &s));
    assert_ok(nh_record_parse(line, strlen(line), &r, &err), err);
    assert_true(s.median == r.stats.median && s.mad == r.stats.mad && s.bimodal);
    assert_true(s.size_bytes == 1024 && s.bandwidth == 2.5e9 && !s.matrix);
    nh_record_clear(&r);
    /* size, launch and time are no part of the key; the required transport is */
    assert_null(memmem(s.key, s.key_len, "size_bytes", 10));
    assert_non_null(memmem(s.key, s.key_len, "\"failed\":true", 13));
    char *changed = strdup(line);
    memcpy(strstr(changed, ":1024"), ":2048", 5);
    memcpy(strstr(changed, "\"launch\":7"), "\"launch\":8", 10);
    memcpy(strstr(changed, "500.25"), "600.75", 6);
    assert_true(scans(changed, &other));
    assert_true(other.key_len == s.key_len && memcmp(other.key, s.key, s.key_len) == 0);
    assert_true(other.size_bytes == 2048 && other.median == 600.75);
    memcpy(strstr(changed, "\"window\":3"), "\"window\":4", 10);
    assert_true(scans(changed, &other));
    assert_true(memcmp(other.key, s.key, s.key_len) != 0);
    free(changed);
}

/* Any byte may be wrong: a line that is taken must be one that parses. */
static void what_is_taken_parses(void **state)
{
    (void)state;
    static const char wrong[] = "\"{}[],:0-.eE\\n \x80\x01";
    size_t taken = 0;
    char *changed = strdup(line);
    for (size_t i = 0; i + 1 < sizeof line; i++)
        for (size_t k = 0; k < sizeof wrong; k++) {
            struct nh_record_scan s;
            struct nh_record r;
            struct nh_error err = {0};
            changed[i] = wrong[k];
            s = (struct nh_record_scan){0};
            if (nh_record_scan(changed, sizeof line - 1, &s)) {
                taken++;
                assert_ok(nh_record_parse(changed, sizeof line - 1, &r, &err), err);
                assert_true(r.stats.median == s.median);
                nh_record_clear(&r);
            }
            changed[i] = line[i];
        }
    free(changed);
    assert_true(taken > 100);
}

static void every_cut_is_left_to_the_parser(void **state)
{
    (void)state;
    struct nh_record_scan s;
    for (size_t n = 0; n + 1 < sizeof line; n++) {
        s = (struct nh_record_scan){0};
        char *copy = malloc(n + 1);
        assert_non_null(copy);
        memcpy(copy, line, n);
        copy[n] = '\0';
        assert_false(nh_record_scan(copy, n, &s));
        free(copy);
    }
}

/* ---- Files ---- */

enum { LINES = 9000 };

struct curve_numbers {
    size_t records;
    struct nh_curve_point point;
};

static struct curve_numbers read_curve(const char *path)
{
    struct nh_dataset set;
    struct nh_error err = {0};
    nh_dataset_start(&set, NULL);
    assert_ok(nh_records_fold(path, false, &set.records, &set.folded, &err), err);
    assert_ok(nh_dataset_group(&set, &err), err);
    assert_int_equal(set.folded_count + set.records.count, LINES);
    assert_int_equal(set.curve_count, 1);
    assert_int_equal(set.curves[0].point_count, 1);
    struct curve_numbers n = {set.records.count, set.curves[0].points[0]};
    nh_dataset_clear(&set);
    return n;
}

static void assert_whole(const char *path)
{
    struct nh_records records = {0};
    struct nh_error err = {0};
    assert_ok(nh_records_read(path, false, &records, &err), err);
    assert_int_equal(records.count, LINES);
    for (size_t i = 0; i < LINES; i++) /* in the order of the file */
        assert_true(records.items[i].stats.median == 400 + (double)(i % 101));
    nh_records_clear(&records);
}

static char *make_file(const char *folder, const char *from, const char *to)
{
    static char path[128];
    snprintf(path, sizeof path, "%s/records.jsonl", folder);
    FILE *out = fopen(path, "w");
    assert_non_null(out);
    char *text = strdup(line), *at = strstr(text, from);
    assert_true(at && strlen(from) == strlen(to));
    memcpy(at, to, strlen(to));
    const char *median = strstr(text, "500.25");
    for (int i = 0; i < LINES; i++)
        fprintf(out, "%.*s%d%s\n", (int)(median - text), text, 400 + i % 101, median + 6);
    fclose(out);
    free(text);
    return path;
}

static void folded_records_count_like_whole_ones(void **state)
{
    (void)state;
    char *folder = fresh_directory();
    const char *path = make_file(folder, "\"failed\":true", "\"failed\":null");
    struct curve_numbers n = read_curve(path);
    assert_true(n.records < LINES); /* or nothing was folded and this test says nothing */
    assert_int_equal(n.point.launches, LINES);
    assert_true(n.point.median_ns == 450); /* of 400 + i % 101 */
    assert_true(n.point.size_bytes == 1024 && n.point.bandwidth_Bps == 2.5e9 && n.point.bimodal);
    assert_whole(path);
    unlink(path);
    rmdir(folder);
    free(folder);
}

static void damage_is_named_by_its_line_in_any_block(void **state)
{
    (void)state;
    char *folder = fresh_directory();
    const char *path = make_file(folder, "\"failed\":true", "\"failed\":null");
    FILE *out = fopen(path, "a");
    assert_non_null(out);
    fputs("{\"torn", out);
    fclose(out);
    struct nh_records records = {0};
    struct nh_folded_list folded = {0};
    struct nh_error err = {0};
    assert_int_equal(nh_records_fold(path, false, &records, &folded, &err), NH_EINPUT);
    assert_says(&err, "records.jsonl:9001: not valid JSON");
    nh_records_clear(&records);
    free(folded.items);
    folded = (struct nh_folded_list){0};
    assert_ok(nh_records_fold(path, true, &records, &folded, &err), err);
    assert_int_equal(records.damaged, 1);
    assert_int_equal(records.count + folded.count, LINES);
    nh_records_clear(&records);
    free(folded.items);
    unlink(path);
    rmdir(folder);
    free(folder);
}

/* ---- Blocks of lines ---- */

struct seen {
    size_t lines, blocks, last;
};

static int see(void *context, const char *from, const char *to, size_t first, struct nh_error *err)
{
    struct seen *s = context;
    (void)err;
    assert_int_equal(first, s->lines + 1);
    assert_int_equal(*to, 0);
    for (const char *p = from; p < to; p++)
        s->lines += *p == '\n';
    s->blocks++;
    s->last = (size_t)(to - from);
    return NH_OK;
}

static void blocks_hold_whole_lines(void **state)
{
    (void)state;
    char *folder = fresh_directory(), path[128];
    snprintf(path, sizeof path, "%s/lines", folder);
    FILE *out = fopen(path, "w");
    assert_non_null(out);
    for (int i = 0; i < 300000; i++)
        fprintf(out, "line %d of some length, so that there are blocks\n", i);
    fprintf(out, "%12000000d\nend", 7); /* one line longer than a block */
    fclose(out);
    struct seen s = {0};
    struct nh_error err = {0};
    assert_ok(nh_line_blocks(path, see, &s, &err), err);
    assert_int_equal(s.lines, 300001);
    assert_true(s.blocks >= 3);
    assert_true(s.last >= 3);
    unlink(path);
    assert_int_equal(nh_line_blocks(path, see, &s, &err), NH_EINPUT);
    assert_int_equal(nh_line_blocks(folder, see, &s, &err), NH_EINPUT);
    assert_says(&err, "is a directory");
    rmdir(folder);
    free(folder);
}

/* A file without lines, 1 GB by its size alone, is refused before it is in memory. */
static void a_line_without_end_is_refused(void **state)
{
    (void)state;
    char *folder = fresh_directory(), path[128];
    snprintf(path, sizeof path, "%s/line", folder);
    FILE *out = fopen(path, "w");
    assert_non_null(out);
    assert_int_equal(ftruncate(fileno(out), 1000000000), 0);
    fclose(out);
    struct seen s = {0};
    struct nh_error err = {0};
    assert_int_equal(nh_line_blocks(path, see, &s, &err), NH_EINPUT);
    assert_says(&err, "line:1: line longer than 64 MiB; ");
    assert_int_equal(s.blocks, 0);
    unlink(path);
    rmdir(folder);
    free(folder);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(numbers_and_key_are_those_of_the_record),
        cmocka_unit_test(what_is_taken_parses),
        cmocka_unit_test(every_cut_is_left_to_the_parser),
        cmocka_unit_test(folded_records_count_like_whole_ones),
        cmocka_unit_test(damage_is_named_by_its_line_in_any_block),
        cmocka_unit_test(blocks_hold_whole_lines),
        cmocka_unit_test(a_line_without_end_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
