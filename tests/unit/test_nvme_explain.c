/* SPDX-License-Identifier: BSD-3-Clause */
/* What an array's figure is bound by, on figures made up for each case; the first is that of a
 * P4d: 8 drives of 2.7 GB/s, 16 GB/s as RAID 0 (AWS, P4d deep dive). */
#include "tests/unit/support.h"

#include <math.h>

#include "bench/nvme/explain.h"

static struct nh_nvme_sides p4d(void)
{
    struct nh_nvme_sides s = {.count = 8,
                              .together = 21.6e9,
                              .array = 16e9,
                              .share_least = 0.98,
                              .cpu_together = 0.3,
                              .cpu_array = 0.3};
    for (size_t i = 0; i < s.count; i++) {
        s.alone[i] = 2.7e9;
        s.names[i] = "AWS1";
    }
    return s;
}

static void assert_explains(const struct nh_nvme_sides *s, const char *says)
{
    char *text = NULL;
    size_t len;
    FILE *out = open_memstream(&text, &len);
    assert_non_null(out);
    nh_nvme_explain(s, out);
    fclose(out);
    if (!strstr(text, says))
        fail_msg("\"%s\" does not say \"%s\"", text, says);
    free(text);
}

static void test_array(void **state)
{
    (void)state;
    const struct nh_nvme_sides s = p4d();
    assert_true(fabs(nh_nvme_sum(&s) - 21.6e9) < 1);
    assert_int_equal(nh_nvme_bound(&s), NH_BOUND_ARRAY);
    assert_int_equal(nh_nvme_slow_drive(&s), s.count);
    assert_explains(&s, "# array: 16 GB/s, 74 % of the sum\n"); /* as published */
}

static void test_slow_drive(void **state)
{
    (void)state;
    struct nh_nvme_sides s = p4d();
    s.names[3] = "AWS4";
    s.alone[3] = 0.5e9;
    s.array = 4.1e9;
    s.together = 15e9;
    assert_int_equal(nh_nvme_slow_drive(&s), 3);
    assert_int_equal(nh_nvme_bound(&s), NH_BOUND_DRIVE);
    assert_explains(&s, "SLOW DRIVE: AWS4 gives 0.5 GB/s, 19 % of the median drive");
}

static void test_other_bounds(void **state)
{
    (void)state;
    struct nh_nvme_sides s = p4d();
    s.cpu_array = 0.95;
    assert_int_equal(nh_nvme_bound(&s), NH_BOUND_CPU);
    s = p4d();
    s.together = 16e9;
    assert_int_equal(nh_nvme_bound(&s), NH_BOUND_PATH);
    s = p4d();
    s.array = 21e9;
    assert_int_equal(nh_nvme_bound(&s), NH_BOUND_DRIVES);
    s.array = NAN; /* no array: the drives at once are what is explained */
    assert_int_equal(nh_nvme_bound(&s), NH_BOUND_DRIVES);
    s.together = NAN;
    assert_int_equal(nh_nvme_bound(&s), NH_BOUND_UNKNOWN);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_array),
        cmocka_unit_test(test_slow_drive),
        cmocka_unit_test(test_other_bounds),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
