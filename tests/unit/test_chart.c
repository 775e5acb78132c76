/* SPDX-License-Identifier: BSD-3-Clause */
#include "tests/unit/support.h"

#include <math.h>

#include "analysis/report/chart.h"
#include "analysis/report/chart_axis.h"
#include "analysis/report/chart_label.h"

static void assert_near(double value, double expected, double slack)
{
    if (!(fabs(value - expected) <= slack))
        fail_msg("%.12g is not %.12g", value, expected);
}

/* --- escaping ----------------------------------------------------------------- */

static void assert_escaped(const char *text, size_t limit, const char *expected)
{
    char *out = NULL;
    size_t length = 0;
    FILE *stream = open_memstream(&out, &length);
    if (limit > 0)
        nh_write_escaped_short(stream, text, limit);
    else
        nh_write_escaped(stream, text);
    fclose(stream);
    assert_string_equal(out, expected);
    free(out);
}

static void test_escape_markup(void **state)
{
    (void)state;
    assert_escaped("", 0, "");
    assert_escaped("a<b>&\"c'", 0, "a&lt;b&gt;&amp;&quot;c&#39;");
    assert_escaped("µs – 97 M", 0, "µs – 97 M");
    assert_escaped("tab\tnew\nline", 0, "tab\tnew\nline");
}

/* U+FFFD is EF BF BD. XML 1.0 (section 2.2) has no control characters, surrogates or
 * U+FFFE; UTF-8 (RFC 3629) has no overlong forms and nothing above U+10FFFF. */
static void test_escape_forbidden(void **state)
{
    (void)state;
    assert_escaped("a\x01"
                   "b",
                   0,
                   "a\xEF\xBF\xBD"
                   "b");
    assert_escaped("\x7F", 0, "\xEF\xBF\xBD");
    assert_escaped("\xC2\x85", 0, "\xEF\xBF\xBD\xEF\xBF\xBD");
    assert_escaped("\xED\xA0\x80", 0, "\xEF\xBF\xBD\xEF\xBF\xBD\xEF\xBF\xBD");
    assert_escaped("\xEF\xBF\xBE", 0, "\xEF\xBF\xBD\xEF\xBF\xBD\xEF\xBF\xBD");
    assert_escaped("\xC0\xAF", 0, "\xEF\xBF\xBD\xEF\xBF\xBD");
    assert_escaped("\xF4\x90\x80\x80", 0, "\xEF\xBF\xBD\xEF\xBF\xBD\xEF\xBF\xBD\xEF\xBF\xBD");
    assert_escaped("\xF0\x9F\x98\x80", 0, "\xF0\x9F\x98\x80");
    assert_escaped("cut \xE2\x82", 0, "cut \xEF\xBF\xBD\xEF\xBF\xBD");
    assert_escaped("<\xE2<", 0, "&lt;\xEF\xBF\xBD&lt;");
}

static void test_escape_short(void **state)
{
    (void)state;
    assert_escaped("abcdef", 6, "abcdef");
    assert_escaped("abcdefg", 6, "abcde…");
    assert_escaped("ääääää&", 3, "ää…");
    assert_int_equal(nh_text_width("ää<\xFF"), 4);
}

/* --- axes ----------------------------------------------------------------------- */

static struct nh_ticks ticks_of(bool log, double lo, double hi, enum nh_tick_style style,
                                size_t most)
{
    struct nh_axis axis = {.log = log, .lo = lo, .hi = hi, .end_px = 100};
    struct nh_ticks ticks;
    nh_axis_ticks(&axis, style, most, &ticks);
    return ticks;
}

static void assert_ticks(struct nh_ticks ticks, const double *expected, size_t count)
{
    assert_int_equal(ticks.count, count);
    for (size_t i = 0; i < count; i++)
        assert_near(ticks.at[i], expected[i], 1e-9 * fabs(expected[i]) + 1e-12);
}

static void test_ticks(void **state)
{
    (void)state;
    assert_ticks(ticks_of(false, 0, 430, NH_TICKS_DECIMAL, 6), (double[]){0, 100, 200, 300, 400},
                 5);
    assert_ticks(ticks_of(false, 0.73, 1.02, NH_TICKS_DECIMAL, 6),
                 (double[]){0.75, 0.8, 0.85, 0.9, 0.95, 1.0}, 6);
    assert_ticks(ticks_of(true, 0.4, 13, NH_TICKS_DECIMAL, 7), (double[]){0.5, 1, 2, 5, 10}, 5);
    assert_ticks(ticks_of(true, 0.1, 1e6, NH_TICKS_DECIMAL, 6), (double[]){1, 100, 1e4, 1e6}, 4);
    assert_ticks(ticks_of(true, 3.2, 135, NH_TICKS_BASE2, 7), (double[]){4, 8, 16, 32, 64, 128}, 6);
    assert_ticks(ticks_of(true, 0.8, 5e6, NH_TICKS_BYTES, 7),
                 (double[]){1, 16, 256, 4096, 65536, 1048576}, 6);
}

/* No power of two but one lies between: round numbers take over. */
static void test_ticks_of_narrow_range(void **state)
{
    (void)state;
    assert_true(ticks_of(true, 34, 116, NH_TICKS_BASE2, 7).count >= 2);
    assert_true(ticks_of(true, 0.99, 1.01, NH_TICKS_DECIMAL, 7).count >= 2);
}

/* However odd the range, there are no more ticks than asked for and all lie inside. */
static void test_ticks_are_bounded(void **state)
{
    (void)state;
    for (int e = -12; e <= 12; e++) {
        for (double ratio = 1.0001; ratio < 1e9; ratio *= 3.7) {
            for (int style = NH_TICKS_DECIMAL; style <= NH_TICKS_BYTES; style++) {
                double lo = 1.3 * pow(10, e), hi = lo * ratio;
                struct nh_ticks ticks = ticks_of(true, lo, hi, (enum nh_tick_style)style, 7);
                assert_true(ticks.count <= 7);
                for (size_t i = 0; i < ticks.count; i++)
                    assert_true(ticks.at[i] >= lo && ticks.at[i] <= hi);
            }
        }
    }
}

static void test_tick_text(void **state)
{
    char buf[NH_TICK_TEXT];
    (void)state;
    assert_string_equal(nh_tick_text(0, NH_TICKS_DECIMAL, buf), "0");
    assert_string_equal(nh_tick_text(0.5, NH_TICKS_DECIMAL, buf), "0.5");
    assert_string_equal(nh_tick_text(1024, NH_TICKS_BASE2, buf), "1,024");
    assert_string_equal(nh_tick_text(50000, NH_TICKS_DECIMAL, buf), "50 k");
    assert_string_equal(nh_tick_text(2e6, NH_TICKS_DECIMAL, buf), "2 M");
    assert_string_equal(nh_tick_text(64, NH_TICKS_BYTES, buf), "64 B");
    assert_string_equal(nh_tick_text(4096, NH_TICKS_BYTES, buf), "4 KiB");
    assert_string_equal(nh_tick_text(4194304, NH_TICKS_BYTES, buf), "4 MiB");
}

static void test_axis_pixels(void **state)
{
    struct nh_axis axis = {.log = true, .lo = 1, .hi = 100, .start_px = 0, .end_px = 200};
    (void)state;
    assert_near(nh_axis_pixel(&axis, 10), 100, 1e-9);
    axis.reverse = true;
    assert_near(nh_axis_pixel(&axis, 100), 0, 1e-9);
    assert_near(nh_axis_pixel(&axis, 1), 200, 1e-9);
}

static void test_axis_of_one_value(void **state)
{
    struct nh_axis linear = {.log = false}, log = {.log = true};
    (void)state;
    nh_axis_fit(&linear, 0, 0, false);
    assert_true(linear.lo < 0 && linear.hi > 0);
    nh_axis_fit(&log, 7, 7, false);
    assert_true(log.lo < 7 && log.hi > 7);
    nh_axis_fit(&linear, 3, 9, true);
    assert_near(linear.lo, 0, 0);
}

/* --- labels --------------------------------------------------------------------- */

static bool apart(struct nh_box a, struct nh_box b)
{
    return a.x + a.w <= b.x || b.x + b.w <= a.x || a.y + a.h <= b.y || b.y + b.h <= a.y;
}

static void test_segment_inside(void **state)
{
    struct nh_box box = {0, 0, 10, 10};
    (void)state;
    assert_near(nh_segment_inside((struct nh_segment){-5, 5, 15, 5}, box), 10, 1e-9);
    assert_near(nh_segment_inside((struct nh_segment){2, 2, 5, 6}, box), 5, 1e-9);
    assert_near(nh_segment_inside((struct nh_segment){-5, -5, -1, 20}, box), 0, 0);
    assert_near(nh_segment_inside((struct nh_segment){3, 3, 3, 3}, box), 0, 0);
}

/* Points on one spot: what finds a place overlaps nothing, what does not is left out. */
static void test_labels_of_tied_points(void **state)
{
    struct nh_label_field field = {.area = {0, 0, 300, 200}};
    struct nh_box placed[40];
    size_t count = 0;
    (void)state;
    for (int i = 0; i < 40; i++) {
        if (nh_label_place(&field, 150 + i % 3, 100, 5, 40, 13, &placed[count]))
            count++;
    }
    assert_true(count >= 4 && count < 40);
    for (size_t i = 0; i < count; i++) {
        assert_true(placed[i].x >= 0 && placed[i].x + placed[i].w <= 300);
        assert_true(placed[i].y >= 0 && placed[i].y + placed[i].h <= 200);
        for (size_t j = 0; j < i; j++)
            assert_true(apart(placed[i], placed[j]));
    }
}

static void test_label_avoids_line(void **state)
{
    struct nh_label_field field = {.area = {0, 0, 300, 200}};
    struct nh_box box;
    (void)state;
    nh_label_avoid(&field, (struct nh_segment){150, 0, 150, 100});
    assert_true(nh_label_place(&field, 150, 100, 5, 40, 13, &box));
    assert_near(nh_segment_inside(field.segments[0], box), 0, 0);
}

static void test_label_tables_do_not_overflow(void **state)
{
    static struct nh_label_field field = {.area = {0, 0, 300, 200}};
    (void)state;
    for (int i = 0; i < 2 * NH_LABEL_BOXES; i++) {
        nh_label_block(&field, (struct nh_box){0, 0, 1, 1});
        nh_label_avoid(&field, (struct nh_segment){0, 0, 1, 1});
    }
    assert_int_equal(field.box_count, NH_LABEL_BOXES);
    assert_int_equal(field.segment_count, NH_LABEL_SEGMENTS);
}

/* --- charts --------------------------------------------------------------------- */

static char *draw(const struct nh_chart *chart)
{
    char *text = NULL;
    size_t length = 0;
    FILE *out = open_memstream(&text, &length);
    assert_int_equal(nh_chart_write(out, chart), 0);
    fclose(out);
    return text;
}

static size_t occurrences(const char *text, const char *part)
{
    size_t count = 0;
    for (; (text = strstr(text, part)) != NULL; text += strlen(part))
        count++;
    return count;
}

static struct nh_chart chart_of(const struct nh_chart_series *series, size_t count)
{
    return (struct nh_chart){.id = "c",
                             .title = "Title",
                             .description = "What it shows",
                             .x_label = "nodes",
                             .y_label = "times",
                             .log_x = true,
                             .log_y = true,
                             .series = series,
                             .series_count = count};
}

static void test_chart_leaves_out_what_has_no_place(void **state)
{
    const struct nh_chart_point points[] = {
        {1, 1, NAN, NAN, NULL, NULL, "one", false, 0},
        {2, NAN, NAN, NAN, NULL, NULL, "not a number", false, 0},
        {0, 3, NAN, NAN, NULL, NULL, "zero on a log axis", false, 0},
        {4, INFINITY, NAN, NAN, NULL, NULL, "infinite", false, 0},
        {8, 7, 6, 9, NULL, NULL, "eight", true, 0}};
    struct nh_chart_series s = {
        .name = "s", .points = points, .count = 5, .line = true, .markers = true};
    struct nh_chart chart = chart_of(&s, 1);
    char *text = draw(&chart);
    (void)state;
    assert_int_equal(occurrences(text, "<title>"), 2);
    assert_int_equal(occurrences(text, "class=\"wh\""), 1);
    assert_int_equal(occurrences(text, "class=\"mk o\""), 1);
    assert_null(strstr(text, "nan"));
    assert_null(strstr(text, "inf"));
    free(text);
}

static void test_chart_without_values(void **state)
{
    struct nh_chart_series s = {.name = "s", .markers = true};
    struct nh_chart chart = chart_of(&s, 1);
    char *text = draw(&chart);
    (void)state;
    assert_null(strstr(text, "<svg"));
    assert_non_null(strstr(text, "No value can be drawn"));
    free(text);
}

static void test_chart_escapes_and_repeats_itself(void **state)
{
    const struct nh_chart_point points[] = {
        {1, 1, 0.5, 2, "<b>", "&", "</title><script>", false, 0}};
    struct nh_chart_series series[] = {
        {.name = "\"a\"", .points = points, .count = 1, .line = true, .markers = true},
        {.name = "'b'", .points = points, .count = 1, .colour = 1, .faint = true, .markers = true}};
    struct nh_chart chart = chart_of(series, 2);
    char *once = draw(&chart), *again = draw(&chart);
    (void)state;
    assert_string_equal(once, again);
    assert_null(strstr(once, "<script>"));
    assert_null(strstr(once, "<b>"));
    assert_non_null(strstr(once, "&lt;b&gt; &amp;"));
    assert_non_null(strstr(once, "tabindex=\"0\""));
    free(once);
    free(again);
}

/* All lengths of hover text, cut anywhere, keep the output whole (checked by ASan too). */
static void test_long_hover_text(void **state)
{
    (void)state;
    for (size_t length = 0; length < 400; length += 7) {
        char text[401];
        memset(text, 'x', length);
        for (size_t i = 9; i < length; i += 10)
            text[i] = length % 2 ? ' ' : 'x';
        text[length] = '\0';
        struct nh_chart_point p = {1, 1, NAN, NAN, text, NULL, text, false, 0};
        struct nh_chart_series s = {.name = text, .points = &p, .count = 1, .markers = true};
        struct nh_chart chart = chart_of(&s, 1);
        char *out = draw(&chart);
        assert_int_equal(occurrences(out, "<text"), occurrences(out, "</text>"));
        assert_int_equal(occurrences(out, "<g "), occurrences(out, "</g>"));
        free(out);
    }
}

/* A thousand launches at each of two sizes: their dots and rows do not grow with them. */
static void test_many_launches_stay_small(void **state)
{
    enum { SIZES = 2, LAUNCHES = 1000 };
    static struct nh_chart_point points[SIZES * LAUNCHES];
    (void)state;
    for (size_t i = 0; i < SIZES * LAUNCHES; i++)
        points[i] = (struct nh_chart_point){.x = i < LAUNCHES ? 1 : 2,
                                            .y = 100 + (double)(i % LAUNCHES) / LAUNCHES,
                                            .lo = NAN,
                                            .hi = NAN};
    const struct nh_chart_series launches = {
        .name = "launches", .points = points, .count = SIZES * LAUNCHES, .faint = true};
    const struct nh_chart chart = chart_of(&launches, 1);
    char *text = draw(&chart);
    assert_true(strlen(text) < 6000);
    assert_non_null(strstr(text, "1000%20x%20launches,1,100.499,100,101"));
    assert_non_null(strstr(text, "1000%20x%20launches,2,100.499,100,101"));
    free(text);
}

/* Of a line all points but its ends can go; a corner stays. */
static void test_straight_lines_need_two_points(void **state)
{
    static struct nh_chart_point points[200];
    (void)state;
    for (int i = 0; i < 200; i++)
        points[i] = (struct nh_chart_point){
            .x = 1 + i, .y = i < 100 ? 100 + i : 300 - i, .lo = NAN, .hi = NAN};
    const struct nh_chart_series line = {
        .name = "line", .points = points, .count = 200, .line = true};
    struct nh_chart chart = chart_of(&line, 1);
    chart.log_x = chart.log_y = false;
    char *text = draw(&chart);
    assert_in_range(occurrences(text, "L"), 2, 8); /* no other text has one */
    free(text);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_many_launches_stay_small),
        cmocka_unit_test(test_straight_lines_need_two_points),
        cmocka_unit_test(test_escape_markup),
        cmocka_unit_test(test_escape_forbidden),
        cmocka_unit_test(test_escape_short),
        cmocka_unit_test(test_ticks),
        cmocka_unit_test(test_ticks_of_narrow_range),
        cmocka_unit_test(test_ticks_are_bounded),
        cmocka_unit_test(test_tick_text),
        cmocka_unit_test(test_axis_pixels),
        cmocka_unit_test(test_axis_of_one_value),
        cmocka_unit_test(test_segment_inside),
        cmocka_unit_test(test_labels_of_tied_points),
        cmocka_unit_test(test_label_avoids_line),
        cmocka_unit_test(test_label_tables_do_not_overflow),
        cmocka_unit_test(test_chart_leaves_out_what_has_no_place),
        cmocka_unit_test(test_chart_without_values),
        cmocka_unit_test(test_chart_escapes_and_repeats_itself),
        cmocka_unit_test(test_long_hover_text),
    };
    return cmocka_run_group_tests_name("chart", tests, NULL, NULL);
}
