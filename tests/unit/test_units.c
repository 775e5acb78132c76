/* SPDX-License-Identifier: BSD-3-Clause */
#include "tests/unit/support.h"

#include "common/money.h"
#include "common/nearest.h"
#include "common/units.h"

static void sizes_take_binary_prefixes(void **state)
{
    (void)state;
    const struct {
        const char *text;
        size_t bytes;
    } good[] = {{"0", 0},      {"64", 64},          {"4K", 4096},    {"4k", 4096},
                {"4KB", 4096}, {"4KiB", 4096},      {"1M", 1048576}, {"2G", 2147483648u},
                {"17B", 17},   {"1000003", 1000003}};
    for (size_t i = 0; i < sizeof good / sizeof *good; i++) {
        struct nh_error err = {0};
        size_t bytes = 1;
        assert_ok(nh_parse_size(good[i].text, &bytes, &err), err);
        assert_int_equal(bytes, good[i].bytes);
    }
}

static void wrong_sizes_are_refused(void **state)
{
    (void)state;
    const char *const bad[] = {"",           "-1",  " 8", "8 ",   "4Q",  "1.5M",
                               "M",          "4KX", "+4", "0x10", "4iB", "99999999999999999999",
                               "9999999999T"};
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        struct nh_error err = {0};
        size_t bytes;
        assert_int_equal(nh_parse_size(bad[i], &bytes, &err), NH_EINPUT);
        assert_non_null(strchr(err.text, ';'));
    }
}

static void assert_list(const char *text, const size_t *want, size_t n)
{
    struct nh_error err = {0};
    size_t *sizes, count;
    assert_ok(nh_parse_size_list(text, &sizes, &count, &err), err);
    assert_int_equal(count, n);
    for (size_t i = 0; i < n; i++)
        assert_int_equal(sizes[i], want[i]);
    free(sizes);
}

static void lists_mix_sizes_and_doubling_ranges(void **state)
{
    (void)state;
    assert_list("8", (const size_t[]){8}, 1);
    assert_list("7,1K,3", (const size_t[]){7, 1024, 3}, 3);
    assert_list("1-8", (const size_t[]){1, 2, 4, 8}, 4);
    assert_list("3-20", (const size_t[]){3, 6, 12}, 3);
    assert_list("0-4", (const size_t[]){0, 1, 2, 4}, 4);
    assert_list("0-0", (const size_t[]){0}, 1);
    assert_list("5-5,9", (const size_t[]){5, 9}, 2);
}

static void wrong_lists_are_refused(void **state)
{
    (void)state;
    const char *const bad[] = {"", ",", "1,", ",1", "8-4", "1-", "-4", "1--2", "1-2-3"};
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        struct nh_error err = {0};
        size_t *sizes, count;
        assert_int_equal(nh_parse_size_list(bad[i], &sizes, &count, &err), NH_EINPUT);
    }
}

static void a_list_has_a_limit(void **state)
{
    (void)state;
    struct nh_error err = {0};
    size_t *sizes, count, n = 0;
    char *text = malloc(2 * 5000 + 1);
    for (size_t i = 0; i < 5000; i++, n += 2)
        memcpy(text + n, "1,", 2);
    text[n - 1] = '\0';
    assert_int_equal(nh_parse_size_list(text, &sizes, &count, &err), NH_EINPUT);
    assert_says(&err, "shorter list");
    free(text);
}

static void numbers_are_decimal_and_whole_text(void **state)
{
    (void)state;
    struct nh_error err = {0};
    double v;
    long l;
    assert_ok(nh_parse_double("x", "-1.5e3", &v, &err), err);
    assert_true(v == -1500);
    assert_int_equal(nh_parse_positive("--x", "0", &v, &err), NH_EINPUT);
    assert_says(&err, "--x");
    const char *const bad[] = {"", "1x", "nan", "inf", "0x10", " 1", "1 ", "1e999"};
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
        assert_int_equal(nh_parse_double("x", bad[i], &v, &err), NH_EINPUT);
    assert_ok(nh_parse_long("n", "7", 1, 9, &l, &err), err);
    assert_int_equal(l, 7);
    assert_int_equal(nh_parse_long("n", "10", 1, 9, &l, &err), NH_EINPUT);
    assert_int_equal(nh_parse_long("n", "7.0", 1, 9, &l, &err), NH_EINPUT);
    assert_int_equal(nh_parse_long("n", "99999999999999999999", 1, 9, &l, &err), NH_EINPUT);
}

static void text_for_people_has_three_digits(void **state)
{
    (void)state;
    char buf[NH_UNIT_TEXT];
    assert_string_equal(nh_format_ns(203.4, buf), "203 ns");
    assert_string_equal(nh_format_ns(1999, buf), "2.00 us");
    assert_string_equal(nh_format_ns(999.6, buf), "1.00 us");
    assert_string_equal(nh_format_ns(12.34e6, buf), "12.3 ms");
    assert_string_equal(nh_format_rate(12.5e9, buf), "12.5 GB/s");
    assert_string_equal(nh_format_bytes(4194304, buf), "4 MiB");
    assert_string_equal(nh_format_bytes(1000, buf), "1000 B");
    assert_string_equal(nh_format_bytes(0, buf), "0 B");
    assert_string_equal(nh_format_duration(1.91e-5, buf), "19.1 us");
    assert_string_equal(nh_format_duration(7.2, buf), "7.2 s");
    assert_string_equal(nh_format_duration(130, buf), "2 min 10 s");
    assert_string_equal(nh_format_duration(3900, buf), "1 h 05 min");
    assert_string_equal(nh_format_duration(3599.9, buf), "1 h 00 min");
    assert_string_equal(nh_format_duration(7199, buf), "2 h 00 min");
}

static void money_is_exact_decimal(void **state)
{
    (void)state;
    struct nh_error err = {0};
    struct nh_money m;
    char buf[NH_MONEY_TEXT];
    assert_ok(nh_money_parse("p", "21.957642", &m, &err), err);
    assert_int_equal(m.micro, 21957642);
    assert_string_equal(nh_money_decimal(m, buf), "21.957642");
    assert_ok(nh_money_parse("p", "3.888", &m, &err), err);
    /* brief: 45 nodes for an hour with a licence of $22/h cost $196.96 */
    struct nh_money licence;
    assert_ok(nh_money_parse("l", "22", &licence, &err), err);
    struct nh_money cost = nh_money_for_hours(nh_money_add(nh_money_times(m, 45), licence), 1);
    assert_string_equal(nh_money_format(cost, buf), "$196.96");
    assert_string_equal(nh_money_format(nh_money_times(m, 1000000), buf), "$3,888,000.00");
    assert_string_equal(nh_money_decimal(licence, buf), "22");
}

static void money_rounds_half_to_even(void **state)
{
    (void)state;
    char buf[NH_MONEY_TEXT];
    struct nh_money m = {.micro = 125000, .currency = "USD"};
    assert_string_equal(nh_money_format(m, buf), "$0.12");
    m.micro = 135000;
    assert_string_equal(nh_money_format(m, buf), "$0.14");
    m.micro = -1005001;
    assert_string_equal(nh_money_format(m, buf), "-$1.01");
    m = (struct nh_money){.micro = 1500000, .currency = "EUR"};
    assert_string_equal(nh_money_format(m, buf), "1.50 EUR");
    m = nh_money_of(0.0012);
    assert_string_equal(nh_money_format(m, buf), "$0.0012"); /* not nothing */
}

static void wrong_amounts_are_refused(void **state)
{
    (void)state;
    const char *const bad[] = {"",   ".",   "-1",        "1.2.3",
                               "$3", "1e3", "3.8880001", "1234567890123456"};
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        struct nh_error err = {0};
        struct nh_money m;
        assert_int_equal(nh_money_parse("price", bad[i], &m, &err), NH_EINPUT);
        assert_says(&err, "price");
    }
}

static void nearest_name_helps_and_does_not_guess(void **state)
{
    (void)state;
    const char *const known[] = {"solver_s", "job_s", "nodes", "cores"};
    assert_string_equal(nh_nearest("solvers", known, 4), "solver_s");
    assert_string_equal(nh_nearest("Node", known, 4), "nodes");
    assert_null(nh_nearest("temperature", known, 4));
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(sizes_take_binary_prefixes),
                                       cmocka_unit_test(wrong_sizes_are_refused),
                                       cmocka_unit_test(lists_mix_sizes_and_doubling_ranges),
                                       cmocka_unit_test(wrong_lists_are_refused),
                                       cmocka_unit_test(a_list_has_a_limit),
                                       cmocka_unit_test(numbers_are_decimal_and_whole_text),
                                       cmocka_unit_test(text_for_people_has_three_digits),
                                       cmocka_unit_test(money_is_exact_decimal),
                                       cmocka_unit_test(money_rounds_half_to_even),
                                       cmocka_unit_test(wrong_amounts_are_refused),
                                       cmocka_unit_test(nearest_name_helps_and_does_not_guess)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
