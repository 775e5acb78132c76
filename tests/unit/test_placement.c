/* SPDX-License-Identifier: BSD-3-Clause */
/* Named placements on topologies of the instances: processors and caches as Linux numbers them
 * there, from hwloc's synthetic descriptions and from an XML file. */
#include "tests/unit/support.h"

#include <unistd.h>

#include "bench/proof/nic.h"
#include "bench/proof/placement.h"

/* Processor i and its second hardware thread i + 36 (i + 48); L2 of each core, L3 of each
 * package; memory in halves. */
static const char c5n_18xlarge[] = "package:2 [numa] l3:1 l2:18 l1d:1 core:1 pu:2(indexes=2*36)";
static const char p4d_24xlarge[] = "package:2 [numa] l3:1 l2:24 l1d:1 core:1 pu:2(indexes=2*48)";
static const char sub_numa[] = "package:2 group:2 [numa] l3:1 l2:2 core:2 pu:1";
static const char plain[] = "package:1 core:2 pu:1";

static hwloc_topology_t synthetic(const char *description)
{
    hwloc_topology_t t;
    assert_int_equal(hwloc_topology_init(&t), 0);
    assert_int_equal(hwloc_topology_set_synthetic(t, description), 0);
    assert_int_equal(hwloc_topology_load(t), 0);
    return t;
}

static hwloc_topology_t from_xml(const char *path)
{
    hwloc_topology_t t;
    assert_int_equal(hwloc_topology_init(&t), 0);
    if (hwloc_topology_set_xml(t, path))
        fail_msg("cannot read %s", path);
    assert_int_equal(hwloc_topology_load(t), 0);
    return t;
}

static void picks(hwloc_topology_t t, const char *name, unsigned first, unsigned second)
{
    struct nh_error err = {0};
    unsigned cpus[2] = {999, 999};
    assert_ok(nh_placement_pick(t, name, NULL, 2, cpus, &err), err);
    assert_int_equal(cpus[0], first);
    assert_int_equal(cpus[1], second);
}

static void refuses(hwloc_topology_t t, const char *name, int ranks, const char *text)
{
    struct nh_error err = {0};
    unsigned cpus[2];
    assert_int_equal(nh_placement_pick(t, name, NULL, ranks, cpus, &err), NH_EINPUT);
    assert_says(&err, text);
}

static void check_c5n(hwloc_topology_t t)
{
    picks(t, "same-l2", 0, 36); /* the two hardware threads of core 0: each core has its own L2 */
    picks(t, "same-l3", 0, 1);
    picks(t, "cross-numa", 0, 18);
    picks(t, "cross-socket", 0, 18);
    refuses(t, "nearest-nic", 2, "possible here: same-l2, same-l3, cross-numa, cross-socket");
    hwloc_topology_destroy(t);
}

static void test_c5n_synthetic(void **state)
{
    (void)state;
    check_c5n(synthetic(c5n_18xlarge));
}

static void test_c5n_xml(void **state)
{
    (void)state;
    if (access("tests/data/c5n.18xlarge.xml", R_OK))
        skip(); /* started outside the root of the sources */
    check_c5n(from_xml("tests/data/c5n.18xlarge.xml"));
}

/* Of the four devices of a p4d.24xlarge two hang on each package. */
static const struct nh_nic p4d_nics[] = {{"rdmap16s27", "0-23,48-71"},
                                         {"rdmap32s27", "0-23,48-71"},
                                         {"rdmap144s27", "24-47,72-95"},
                                         {"rdmap160s27", "24-47,72-95"}};

static void test_p4d(void **state)
{
    (void)state;
    struct nh_error err = {0};
    unsigned cpus[2] = {999, 999};
    hwloc_topology_t t = synthetic(p4d_24xlarge);
    hwloc_bitmap_t near = hwloc_bitmap_alloc();
    picks(t, "same-l2", 0, 48);
    picks(t, "same-l3", 0, 1);
    picks(t, "cross-numa", 0, 24);
    picks(t, "cross-socket", 0, 24);
    hwloc_bitmap_list_sscanf(near, p4d_nics[2].cpus);
    assert_ok(nh_placement_pick(t, "nearest-nic", near, 2, cpus, &err), err);
    assert_int_equal(cpus[0], 24);
    assert_int_equal(cpus[1], 25); /* not 72, the other thread of the same core */
    assert_ok(nh_placement_pick(t, "nearest-nic", near, 1, cpus, &err), err);
    assert_int_equal(cpus[0], 24);
    hwloc_bitmap_free(near);
    hwloc_topology_destroy(t);
}

static void test_sub_numa_stays_in_the_package(void **state)
{
    (void)state;
    hwloc_topology_t t = synthetic(sub_numa);
    picks(t, "same-l2", 0, 1); /* two cores under one L2 come before threads */
    picks(t, "same-l3", 0, 2);
    picks(t, "cross-numa", 0, 4);
    picks(t, "cross-socket", 0, 8);
    hwloc_topology_destroy(t);
}

static void test_impossible_names_what_is_possible(void **state)
{
    (void)state;
    hwloc_topology_t t = synthetic(plain), c5n = synthetic(c5n_18xlarge);
    refuses(t, "cross-socket", 2, "no cross-socket pair of processors; leave the option out");
    refuses(t, "same-l3", 2, "no same-l3 pair");
    refuses(c5n, "same-l3", 1, "places two ranks of a host");
    refuses(c5n, "same-l3", 36, "and a host has 36");
    refuses(c5n, "near-me", 2, "unknown placement 'near-me'");
    hwloc_topology_destroy(t);
    hwloc_topology_destroy(c5n);
}

static void test_nics_near_a_rank(void **state)
{
    (void)state;
    char text[64];
    hwloc_bitmap_t cpus = hwloc_bitmap_alloc();
    hwloc_bitmap_set(cpus, 73);
    nh_nics_near(p4d_nics, 4, cpus, text, sizeof text);
    assert_string_equal(text, "rdmap144s27,rdmap160s27");
    hwloc_bitmap_set(cpus, 0); /* a rank that may run anywhere is near all of them */
    nh_nics_near(p4d_nics, 4, cpus, text, sizeof text);
    assert_string_equal(text, "rdmap16s27,rdmap32s27,rdmap144s27,rdmap160s27");
    nh_nics_near(p4d_nics, 4, cpus, text, 15); /* no half names */
    assert_string_equal(text, "rdmap16s27");
    nh_nics_near(p4d_nics, 0, cpus, text, sizeof text);
    assert_string_equal(text, "");
    hwloc_bitmap_free(cpus);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_c5n_synthetic),
        cmocka_unit_test(test_c5n_xml),
        cmocka_unit_test(test_p4d),
        cmocka_unit_test(test_sub_numa_stays_in_the_package),
        cmocka_unit_test(test_impossible_names_what_is_possible),
        cmocka_unit_test(test_nics_near_a_rank),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
