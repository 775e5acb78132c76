/* SPDX-License-Identifier: BSD-3-Clause */
#include "tests/unit/support.h"

#include <math.h>
#include <unistd.h>

#include "analysis/report/html.h"
#include "analysis/report/html_tally.h"

static void test_number(void **state)
{
    char buf[NH_HTML_TEXT];
    (void)state;
    assert_string_equal(nh_html_number(0, buf), "0");
    assert_string_equal(nh_html_number(7, buf), "7");
    assert_string_equal(nh_html_number(999, buf), "999");
    assert_string_equal(nh_html_number(1620, buf), "1,620");
    assert_string_equal(nh_html_number(97000000, buf), "97,000,000");
    assert_string_equal(nh_html_number(-1234567, buf), "-1,234,567");
    assert_string_equal(nh_html_number(2.2, buf), "2.20");
    assert_string_equal(nh_html_number(NAN, buf), "–");
}

static void test_digits(void **state)
{
    char buf[NH_HTML_TEXT];
    (void)state;
    assert_string_equal(nh_html_digits(0.0023148, 3, buf), "0.00231");
    assert_string_equal(nh_html_digits(14.25, 3, buf), "14.2");
    assert_string_equal(nh_html_digits(1620.4, 4, buf), "1,620");
    assert_string_equal(nh_html_digits(-0.5, 2, buf), "-0.50");
    assert_string_equal(nh_html_digits(1e-17, 3, buf), "0");
    assert_string_equal(nh_html_digits(INFINITY, 3, buf), "–");
}

static void test_time(void **state)
{
    char buf[NH_HTML_TEXT];
    (void)state;
    assert_string_equal(nh_html_time(133e-9, buf), "133 ns");
    assert_string_equal(nh_html_time(2.5e-6, buf), "2.50 µs");
    assert_string_equal(nh_html_time(0.01, buf), "10.0 ms");
    assert_string_equal(nh_html_time(7.25, buf), "7.25 s");
    assert_string_equal(nh_html_time(1875, buf), "31 min 15 s");
    assert_string_equal(nh_html_time(40500, buf), "11 h 15 min");
    assert_string_equal(nh_html_time(NAN, buf), "–");
}

static void test_time_unit(void **state)
{
    (void)state;
    assert_string_equal(nh_html_time_unit(40500).name, "h");
    assert_string_equal(nh_html_time_unit(1875).name, "min");
    assert_string_equal(nh_html_time_unit(60).name, "s");
    assert_string_equal(nh_html_time_unit(0.008).name, "ms");
    assert_string_equal(nh_html_time_unit(1e-10).name, "ns");
    assert_string_equal(nh_html_time_unit(NAN).name, "s");
}

/* More distinct values than rows: counted, and the page stays small. */
static void test_tally_is_bounded(void **state)
{
    static struct nh_tally tally;
    char value[2 * NH_TALLY_TEXT], *text = NULL;
    size_t length = 0;
    FILE *out = open_memstream(&text, &length);
    (void)state;
    memset(value, 'y', sizeof value);
    value[sizeof value - 1] = '\0';
    nh_tally_add(&tally, "long", value);
    for (int i = 0; i < 200; i++) {
        snprintf(value, sizeof value, "value %d <b>", i);
        nh_tally_add(&tally, "key_word", value);
    }
    nh_tally_write(out, &tally, "Title", 201);
    fclose(out);
    assert_int_equal(tally.row_count, NH_TALLY_ROWS);
    assert_int_equal(tally.others, 201 - NH_TALLY_ROWS);
    assert_non_null(strstr(text, "153 more values are not shown"));
    assert_non_null(strstr(text, "key word"));
    assert_non_null(strstr(text, "yyy..."));
    assert_null(strstr(text, "<b>"));
    free(text);
}

/* --- the page ------------------------------------------------------------------- */

/* A report without any data, with a style sheet of the test's own. */
static int write_page(const char *css, char **text, struct nh_error *err)
{
    char path[256], *dir = fresh_directory();
    struct nh_report report = {.title = "<b>\"title\"</b> & more"};
    size_t length = 0;
    FILE *out = open_memstream(text, &length);
    snprintf(path, sizeof path, "%s/report.css", dir);
    if (css != NULL)
        write_file(path, css);
    setenv("NODEHOUR_DATA", dir, 1);
    int code = nh_report_html(out, &report, err);
    fclose(out);
    unlink(path);
    rmdir(dir);
    free(dir);
    return code;
}

static void test_page_without_data(void **state)
{
    char *page = NULL;
    struct nh_error err = {0};
    (void)state;
    assert_ok(write_page("p { color: red; }\n", &page, &err), err);
    assert_non_null(strstr(page, "p { color: red; }"));
    assert_non_null(strstr(page, "<title>&lt;b&gt;&quot;title&quot;&lt;/b&gt; &amp; more</title>"));
    assert_non_null(strstr(page, "No application was timed"));
    assert_null(strstr(page, "<script"));
    free(page);
}

static void test_page_needs_its_style_sheet(void **state)
{
    char *page = NULL;
    struct nh_error err = {0};
    (void)state;
    assert_int_not_equal(write_page(NULL, &page, &err), NH_OK);
    assert_says(&err, "report.css");
    free(page);
    page = NULL;
    assert_int_equal(write_page("p { } </style><script>", &page, &err), NH_EINPUT);
    assert_says(&err, "style sheet");
    free(page);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_number),
        cmocka_unit_test(test_digits),
        cmocka_unit_test(test_time),
        cmocka_unit_test(test_time_unit),
        cmocka_unit_test(test_tally_is_bounded),
        cmocka_unit_test(test_page_without_data),
        cmocka_unit_test(test_page_needs_its_style_sheet),
    };
    return cmocka_run_group_tests_name("html", tests, NULL, NULL);
}
