/* SPDX-License-Identifier: BSD-3-Clause */
/* What MPI adds: which curves may be subtracted, and at which sizes. Invented figures. */
#include "tests/unit/support.h"

#include "analysis/overhead.h"

static struct nh_curve curve(const char *over, struct nh_curve_point *points, size_t n)
{
    struct nh_curve c = {.kernel = "pingpong",
                         .metric = "one_way_latency",
                         .ranks = 2,
                         .nodes = 1,
                         .points = points,
                         .point_count = n};
    snprintf(c.over, sizeof c.over, "%s", over);
    return c;
}

static void the_sizes_people_quote_come_first(void **state)
{
    struct nh_curve_point above[] = {{.size_bytes = 1, .median_ns = 300},
                                     {.size_bytes = 8, .median_ns = 450},
                                     {.size_bytes = 1048576, .median_ns = 110000}};
    struct nh_curve_point below[] = {{.size_bytes = 1, .median_ns = 290},
                                     {.size_bytes = 8, .median_ns = 300},
                                     {.size_bytes = 1048576, .median_ns = 100000}};
    struct nh_curve mpi = curve("", above, 3), fabric = curve("libfabric", below, 3);
    char text[NH_OVERHEAD_TEXT];
    (void)state;
    assert_true(nh_overhead_applies(&mpi, &fabric));
    assert_string_equal(nh_overhead_text(&mpi, &fabric, text),
                        "150 ns at 8 B (x1.5), 10.0 us at 1 MiB (x1.1)");
}

static void else_the_smallest_and_largest_that_both_have(void **state)
{
    struct nh_curve_point above[] = {{.size_bytes = 0, .median_ns = 100},
                                     {.size_bytes = 4, .median_ns = 200},
                                     {.size_bytes = 64, .median_ns = 400},
                                     {.size_bytes = 4096, .median_ns = 800}};
    struct nh_curve_point below[] = {{.size_bytes = 0, .median_ns = 90},
                                     {.size_bytes = 4, .median_ns = 400},
                                     {.size_bytes = 64, .median_ns = 200}};
    struct nh_curve mpi = curve("", above, 4), fabric = curve("libfabric", below, 3);
    char text[NH_OVERHEAD_TEXT];
    (void)state;
    assert_string_equal(nh_overhead_text(&mpi, &fabric, text),
                        "-200 ns at 4 B (x0.5), 200 ns at 64 B (x2)");
    fabric.point_count = 2; /* one size is said once */
    assert_string_equal(nh_overhead_text(&mpi, &fabric, text), "-200 ns at 4 B (x0.5)");
    fabric.point_count = 1; /* nothing above 0 bytes is shared */
    assert_string_equal(nh_overhead_text(&mpi, &fabric, text), "");
}

static void unlike_things_are_not_subtracted(void **state)
{
    struct nh_curve_point p = {.size_bytes = 8, .median_ns = 1};
    struct nh_curve mpi = curve("", &p, 1), fabric = curve("libfabric", &p, 1), other;
    (void)state;
    assert_false(nh_overhead_applies(&fabric, &mpi));
    assert_false(nh_overhead_applies(&mpi, &mpi));
    other = fabric;
    other.nodes = 2;
    assert_false(nh_overhead_applies(&mpi, &other));
    other = fabric;
    strcpy(other.metric, "time_per_operation"); /* a read is no half round trip */
    assert_false(nh_overhead_applies(&mpi, &other));
    other = fabric;
    strcpy(mpi.path, "shm"); /* an unknown way may be the same */
    assert_true(nh_overhead_applies(&mpi, &other));
    strcpy(other.path, "shm");
    assert_true(nh_overhead_applies(&mpi, &other));
    strcpy(other.path, "tcp");
    assert_false(nh_overhead_applies(&mpi, &other));
    other = mpi;
    strcpy(other.statistic, "mean over iterations");
    assert_false(nh_overhead_applies(&other, &fabric));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_sizes_people_quote_come_first),
        cmocka_unit_test(else_the_smallest_and_largest_that_both_have),
        cmocka_unit_test(unlike_things_are_not_subtracted),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
