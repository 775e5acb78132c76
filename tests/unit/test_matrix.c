/* SPDX-License-Identifier: BSD-3-Clause */
#include "tests/unit/support.h"

#include <math.h>

#include "analysis/report/chart_heat.h"
#include "analysis/report/html.h"
#include "analysis/report/html_matrix.h"
#include "bench/pt2pt/heat.h"

/* ---- the heat map ---- */

/* The page and the terminal tell the same steps apart. */
static void test_steps_are_those_of_the_terminal(void **state)
{
    (void)state;
    static const char shown[] = ".-+xX#";
    static const double times[] = {0.5, 1, 1.1, 1.11, 1.25, 1.3, 1.5, 1.9, 2, 3, 4, 4.1, 100};
    for (size_t i = 0; i < sizeof times / sizeof *times; i++)
        assert_int_equal(shown[nh_heat_step(times[i])], nh_heat_char(times[i]));
}

static size_t times_in(const char *text, const char *what)
{
    size_t n = 0;
    for (const char *at = text; (at = strstr(at, what)); at += strlen(what))
        n++;
    return n;
}

static void test_each_cell_has_its_colour_and_text(void **state)
{
    (void)state;
    static const struct nh_heat_cell cells[] = {
        {NAN, NULL}, {1, "one"}, {5, "<five>"}, {NAN, NULL}};
    static const char *const names[] = {"0", "1"}, *const steps[] = {"a", "b", "c", "d", "e", "f"};
    static const bool begins[] = {false, true};
    const struct nh_heat heat = {.id = "m",
                                 .title = "Latency & more",
                                 .description = "what it is",
                                 .note = "",
                                 .row_label = "from",
                                 .column_label = "to",
                                 .cells = cells,
                                 .count = 2,
                                 .names = names,
                                 .begins = begins,
                                 .steps = steps};
    char *text = NULL;
    size_t length = 0;
    FILE *out = open_memstream(&text, &length);
    nh_heat_write(out, &heat);
    fclose(out);
    assert_int_equal(times_in(text, "<title>"), 2);
    assert_non_null(strstr(text, "class=\"h0\" d=\"M1,0h1v1h-1z\"><title>one<"));
    assert_non_null(strstr(text, "class=\"h5\" d=\"M0,1h1v1h-1z\"><title>&lt;five&gt;<"));
    assert_non_null(strstr(text, "aria-label=\"Latency &amp; more\""));
    assert_non_null(strstr(text, "aria-describedby=\"m-d\""));
    assert_non_null(strstr(text, "<desc id=\"m-d\">what it is</desc>"));
    assert_int_equal(times_in(text, "class=\"hb\""), 2); /* one boundary, both ways */
    assert_int_equal(times_in(text, "<li>"), NH_HEAT_STEPS);
    free(text);
}

/* ---- records ---- */

static void make_record(const char *detail, long launch, struct nh_record *r)
{
    nh_record_init(r);
    r->kernel = strdup("matrix");
    r->program = strdup("nodehour-mpi 0.1.0");
    r->params = json_loads("{\"size_bytes\": 8, \"measure\": \"latency\"}", 0, NULL);
    r->detail = json_loads(detail, 0, NULL);
    r->transport = json_object();
    r->placement = json_loads("[{\"host\": \"a\"}, {\"host\": \"a\"}, {\"host\": \"b\"}]", 0, NULL);
    r->ranks = 3;
    r->nodes = 2;
    r->launch = launch;
    assert_non_null(r->detail);
}

/* Rank 0 to 2 takes 20, 30 and 25 us in three launches: 25; the others 10, inside a host 1. */
static const char *const launches[] = {
    "{\"unit\": \"ns\", \"matrix\": [[null, 1000, 20000], [1000, null, 10000], [10000, 10000, "
    "null]],"
    " \"worst_links\": [{\"from\": 0, \"to\": 2, \"value\": 20000, \"score\": 9}],"
    " \"worst_hosts\": [{\"host\": \"b\", \"value\": 10000, \"score\": 1}]}",
    "{\"unit\": \"ns\", \"matrix\": [[null, 1000, 30000], [1000, null, 10000], [10000, 10000, "
    "null]],"
    " \"worst_links\": [{\"from\": 0, \"to\": 2, \"value\": 30000, \"score\": 12},"
    " {\"from\": 1, \"to\": 0, \"value\": 1000, \"score\": 10}]}",
    "{\"unit\": \"ns\", \"matrix\": [[null, 1000, 25000], [1000, null, 10000], [10000, 10000, "
    "null]],"
    " \"worst_links\": [{\"from\": 0, \"to\": 2, \"value\": 25000, \"score\": 9}],"
    " \"worst_ranks\": [{\"rank\": 0, \"host\": \"a\", \"as\": \"sender\", \"value\": 17500, "
    "\"score\": 4}]}"};

static struct nh_records make_records(void)
{
    struct nh_records records = {.items = calloc(3, sizeof *records.items), .count = 3};
    for (long i = 0; i < 3; i++)
        make_record(launches[i], i, &records.items[i]);
    return records;
}

static void test_launches_are_pooled_link_by_link(void **state)
{
    (void)state;
    struct nh_records records = make_records();
    struct nh_matrix m;
    struct nh_error err = {0};
    assert_ok(nh_matrix_pool(&records, &records.items[0], &m, &err), err);
    assert_int_equal(m.launches, 3);
    assert_int_equal(m.ranks, 3);
    assert_false(m.rate);
    assert_true(m.links[0 * 3 + 2] == 25000);
    assert_true(isnan(m.links[0]));
    assert_true(m.inside == 1000 && m.between == 10000);
    assert_true(nh_matrix_times(&m, 0, 2) == 2.5); /* of links between hosts */
    assert_true(nh_matrix_times(&m, 0, 1) == 1);
    nh_matrix_clear(&m);
    nh_records_clear(&records);
}

/* Means over all three launches: 30 / 3 for a link in all, 10 / 3 for one that one lists. */
static void test_what_one_launch_lists_weighs_less(void **state)
{
    (void)state;
    struct nh_records records = make_records();
    struct nh_matrix_suspect all[NH_MATRIX_SUSPECTS];
    struct nh_matrix m = {.first = &records.items[0], .launches = 3};
    assert_int_equal(nh_matrix_suspects(&records, &m, "worst_links", all), 2);
    assert_string_equal(all[0].name, "rank 0 to 2");
    assert_true(all[0].score == 10 && all[0].launches == 3 && all[0].value == 20000);
    assert_string_equal(all[1].name, "rank 1 to 0");
    assert_true(fabs(all[1].score - 10.0 / 3) < 1e-12 && all[1].launches == 1);
    assert_int_equal(nh_matrix_suspects(&records, &m, "worst_ranks", all), 1);
    assert_string_equal(all[0].name, "rank 0 on a as sender");
    nh_records_clear(&records);
}

static char *section(struct nh_records records)
{
    struct nh_report report = {.data = {.records = records}};
    char *text = NULL;
    size_t length = 0;
    FILE *out = open_memstream(&text, &length);
    nh_html_matrix(out, &report);
    fclose(out);
    return text;
}

static void test_the_section_says_values_with_units(void **state)
{
    (void)state;
    struct nh_records records = make_records();
    char *text = section(records);
    assert_non_null(strstr(text, "rank 0 to 2: 25.0 µs, 2.50 × median"));
    assert_non_null(strstr(text, "up to 2 × median: 2.00 µs in a host, 20.0 µs between"));
    assert_non_null(strstr(text, "3 ranks on 2 nodes"));
    assert_non_null(strstr(text, "median of 3 launches"));
    assert_int_equal(times_in(text, "<title>"), 6);
    free(text);
    json_object_set_new(records.items[1].transport, "failed", json_true());
    json_object_set_new(records.items[2].params, "size_bytes", json_integer(16));
    text = section(records);
    assert_int_equal(times_in(text, "<figure"), 2);
    assert_non_null(strstr(text, "median of 1 launch<"));
    free(text);
    nh_records_clear(&records);
}

/* Beyond 64 ranks a record has no matrix. */
static void test_without_links_there_are_lists(void **state)
{
    (void)state;
    struct nh_records records = make_records();
    for (int i = 0; i < 3; i++)
        json_object_del(records.items[i].detail, "matrix");
    char *text = section(records);
    assert_null(strstr(text, "<svg"));
    assert_non_null(strstr(text, "rank 0 to 2"));
    free(text);
    records.count = 0;
    text = section(records);
    assert_string_equal(text, "");
    free(text);
    records.count = 3;
    nh_records_clear(&records);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_steps_are_those_of_the_terminal),
        cmocka_unit_test(test_each_cell_has_its_colour_and_text),
        cmocka_unit_test(test_launches_are_pooled_link_by_link),
        cmocka_unit_test(test_what_one_launch_lists_weighs_less),
        cmocka_unit_test(test_the_section_says_values_with_units),
        cmocka_unit_test(test_without_links_there_are_lists),
    };
    return cmocka_run_group_tests_name("matrix", tests, NULL, NULL);
}
