/* SPDX-License-Identifier: BSD-3-Clause */
#include "tests/unit/support.h"

#include <math.h>

#include "analysis/import/osu.h"
#include "bench/record/osu.h"

/* A record with a median of 2500 ns, and params and derived as JSON. */
static void make_record(const char *kernel, const char *params, const char *derived,
                        struct nh_record *r)
{
    nh_record_init(r);
    r->kernel = strdup(kernel);
    r->params = json_loads(params, 0, NULL);
    r->derived = json_loads(derived, 0, NULL);
    r->stats.median = 2500;
    assert_non_null(r->params);
    assert_non_null(r->derived);
}

static int print_record(const char *kernel, const char *params, const char *derived, char *text,
                        size_t size, struct nh_error *err)
{
    char last[64] = "";
    struct nh_record r;
    make_record(kernel, params, derived, &r);
    FILE *out = fmemopen(text, size, "w");
    int code = nh_osu_print(out, &r, "nodehour-mpi", last, err);
    fclose(out);
    nh_record_clear(&r);
    return code;
}

struct printed {
    const char *kernel, *params, *derived;
    const char *banner, *heads; /* as OSU 7.4 prints them */
    const char *program;        /* what our importer takes it for */
    enum nh_log_value value;
    double figure;
};

/* Titles and heads: what the programs of OSU 7.4 print. */
static const struct printed tables[] = {
    {"pingpong", "{\"size_bytes\": 8}", "{}", "# OSU MPI Latency Test ",
     "# Size          Latency (us)\n", "osu_latency", NH_LOG_TIME, 2500},
    {"pingpong", "{\"size_bytes\": 8, \"persistent\": true}", "{}",
     "# OSU MPI Latency Persistent Test ", "# Size          Latency (us)\n", "osu_latency",
     NH_LOG_TIME, 2500},
    {"pingpong", "{\"size_bytes\": 8, \"pairs\": 4}", "{}", "# OSU MPI Multi Latency Test ",
     "# Size          Latency (us)\n", "osu_multi_lat", NH_LOG_TIME, 2500},
    {"bandwidth", "{\"size_bytes\": 8}", "{\"bandwidth_bytes_per_s\": 3.25e9}",
     "# OSU MPI Bandwidth Test ", "# Size      Bandwidth (MB/s)\n", "osu_bw", NH_LOG_RATE, 3.25e9},
    {"bandwidth", "{\"size_bytes\": 8, \"direction\": \"two\", \"persistent\": true}",
     "{\"bandwidth_bytes_per_s\": 3.25e9}", "# OSU MPI Bi-Directional Bandwidth Persistent Test ",
     "# Size      Bandwidth (MB/s)\n", "osu_bibw", NH_LOG_RATE, 3.25e9},
    {"rate", "{\"size_bytes\": 8, \"pairs\": 3, \"window\": 16}",
     "{\"bandwidth_bytes_per_s\": 3.25e9}", "# OSU MPI Multiple Bandwidth / Message Rate Test ",
     "# [ pairs: 3 ] [ window size: 16 ]\n# Size                  MB/s        Messages/s\n",
     "osu_mbw_mr", NH_LOG_MESSAGES, 4e5},
    {"rma", "{\"size_bytes\": 8, \"op\": \"put\", \"epoch\": \"flush\", \"window\": 1}",
     "{\"bandwidth_bytes_per_s\": 3.25e9}", "# OSU MPI_Put Latency Test ",
     "# Window creation: MPI_Win_allocate\n# Synchronization: MPI_Win_flush\n"
     "# Size          Latency (us)\n",
     "osu_put_latency", NH_LOG_TIME, 2500},
    {"rma", "{\"size_bytes\": 8, \"op\": \"get\", \"epoch\": \"fence\", \"window\": 1}",
     "{\"bandwidth_bytes_per_s\": 3.25e9}", "# OSU MPI_Get latency Test ",
     "# Window creation: MPI_Win_allocate\n# Synchronization: MPI_Win_fence\n"
     "# Size          Latency (us)\n",
     "osu_get_latency", NH_LOG_TIME, 2500},
    {"rma", "{\"size_bytes\": 8, \"op\": \"accumulate\", \"window\": 1}", "{}",
     "# OSU MPI_Accumulate latency Test ", "# Size          Latency (us)\n", "osu_acc_latency",
     NH_LOG_TIME, 2500},
    {"rma", "{\"size_bytes\": 8, \"op\": \"put\", \"window\": 64}",
     "{\"bandwidth_bytes_per_s\": 3.25e9}", "# OSU MPI_Put Bandwidth Test ",
     "# Size      Bandwidth (MB/s)\n", "osu_put_bw", NH_LOG_RATE, 3.25e9},
    {"rma", "{\"size_bytes\": 8, \"op\": \"get\", \"window\": 64}",
     "{\"bandwidth_bytes_per_s\": 3.25e9}", "# OSU MPI_Get Bandwidth Test ",
     "# Size      Bandwidth (MB/s)\n", "osu_get_bw", NH_LOG_RATE, 3.25e9},
    {"reducescatter", "{\"size_bytes\": 8, \"nonblocking\": false}", "{}",
     "# OSU MPI Reduce_scatter Latency Test ", "# Size       Avg Latency(us)\n",
     "osu_reduce_scatter", NH_LOG_TIME, 2500},
    {"reducescatterblock", "{\"size_bytes\": 8}", "{}",
     "# OSU MPI Reduce_scatter_block Latency Test ", "# Size       Avg Latency(us)\n",
     "osu_reduce_scatter_block", NH_LOG_TIME, 2500},
    {"barrier", "{\"size_bytes\": 0}", "{}", "# OSU MPI Barrier Latency Test ",
     "# Avg Latency(us)\n", "osu_barrier", NH_LOG_TIME, 2500},
    {"allreduce", "{\"size_bytes\": 8, \"nonblocking\": true, \"overlap\": true}",
     "{\"total_ns\": 2500, \"compute_ns\": 1200, \"pure_ns\": 1400, \"overlap_percent\": 7}",
     "# OSU MPI Non-blocking Allreduce Latency Test ",
     "# Size           Overall(us)       Compute(us)    Pure Comm.(us)        Overlap(%)\n",
     "osu_allreduce", NH_LOG_TIME, 1400},
    {"barrier", "{\"nonblocking\": true, \"overlap\": true}",
     "{\"total_ns\": 2500, \"compute_ns\": 1200, \"pure_ns\": 1400, \"overlap_percent\": 7}",
     "# OSU MPI Non-blocking Barrier Latency Test ",
     "# Overall(us)       Compute(us)    Pure Comm.(us)        Overlap(%)\n", "osu_barrier",
     NH_LOG_TIME, 1400}};

static void test_tables_are_those_of_osu_and_our_importer_reads_them(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof tables / sizeof *tables; i++) {
        const struct printed *t = &tables[i];
        char text[512] = "";
        struct nh_log log;
        struct nh_error err = {0};
        assert_ok(print_record(t->kernel, t->params, t->derived, text, sizeof text, &err), err);
        assert_int_equal(strncmp(text, t->banner, strlen(t->banner)), 0);
        assert_non_null(strstr(text, t->heads));
        assert_true(nh_importer_osu.recognise(text, strlen(text)));
        assert_ok(nh_importer_osu.parse("t", text, strlen(text), false, &log, &err), err);
        assert_int_equal(log.series_count, 1);
        assert_string_equal(log.series[0].program, t->program);
        assert_string_equal(log.series[0].statistic, "median of samples");
        assert_true(fabs(log.series[0].rows[0].value[t->value] - t->figure) < 1e-6 * t->figure);
        nh_log_clear(&log);
    }
}

/* What OSU has no program for is said by name, with what to do. */
static void test_what_osu_has_not_is_refused(void **state)
{
    (void)state;
    static const struct {
        const char *kernel, *params, *says;
    } refused[] = {{"matrix", "{}", "have no 'matrix'; leave the option out"},
                   {"halo", "{}", "have no 'halo'"},
                   {"limits", "{}", "have no 'limits'"},
                   {"allreduce_algorithm", "{}", "have no 'allreduce_algorithm'"},
                   {"rma", "{\"op\": \"accumulate\", \"window\": 2}",
                    "have no 'rma, accumulate, in a window'"},
                   {"rate", "{\"pairs\": 2, \"direction\": \"two\"}", "have no 'rate, two-way'"},
                   {"rate", "{\"pairs\": 2, \"persistent\": true}", "have no 'rate, persistent'"},
                   {"pingpong", "{\"pairs\": 2, \"persistent\": true}",
                    "have no 'pingpong, several pairs, persistent'"},
                   {"bcast", "{\"nonblocking\": true}",
                    "have no 'bcast, non-blocking without overlap'; add --overlap"}};
    for (size_t i = 0; i < sizeof refused / sizeof *refused; i++) {
        char text[512] = "";
        struct nh_error err = {0};
        assert_int_equal(
            print_record(refused[i].kernel, refused[i].params, "{}", text, sizeof text, &err),
            NH_EINPUT);
        assert_says(&err, "--format osu");
        assert_says(&err, refused[i].says);
        assert_string_equal(text, "");
    }
}

/* One banner for each table, whatever the number of lines. */
static void test_a_banner_stands_above_each_table_once(void **state)
{
    (void)state;
    char text[1024] = "", last[64] = "";
    struct nh_record put, get;
    struct nh_error err = {0};
    FILE *out = fmemopen(text, sizeof text, "w");
    make_record("rma", "{\"size_bytes\": 8, \"op\": \"put\"}", "{}", &put);
    make_record("rma", "{\"size_bytes\": 8, \"op\": \"get\"}", "{}", &get);
    assert_ok(nh_osu_print(out, &put, "p", last, &err), err);
    assert_ok(nh_osu_print(out, &put, "p", last, &err), err);
    assert_ok(nh_osu_print(out, &get, "p", last, &err), err);
    fclose(out);
    char *second = strstr(text + 1, "# OSU ");
    assert_non_null(second);
    assert_int_equal(second[-2], '\n');
    assert_int_equal(strncmp(second, "# OSU MPI_Get", 13), 0);
    assert_null(strstr(second + 1, "# OSU "));
    nh_record_clear(&put);
    nh_record_clear(&get);
}

static void test_kernels_without_a_table_are_known_before_measuring(void **state)
{
    struct nh_error err = {0};
    (void)state;
    assert_ok(nh_osu_check("pingpong", &err), err);
    assert_ok(nh_osu_check("rma", &err), err);
    assert_ok(nh_osu_check("reducescatterblock", &err), err);
    static const char *const none[] = {"halo", "matrix", "guidelines", "reducescatterbloc", "bar"};
    for (size_t i = 0; i < sizeof none / sizeof *none; i++) {
        assert_int_equal(nh_osu_check(none[i], &err), NH_EINPUT);
        assert_says(&err, none[i]);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_kernels_without_a_table_are_known_before_measuring),
        cmocka_unit_test(test_tables_are_those_of_osu_and_our_importer_reads_them),
        cmocka_unit_test(test_what_osu_has_not_is_refused),
        cmocka_unit_test(test_a_banner_stands_above_each_table_once),
    };
    return cmocka_run_group_tests_name("osu", tests, NULL, NULL);
}
