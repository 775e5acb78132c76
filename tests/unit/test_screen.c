/* SPDX-License-Identifier: BSD-3-Clause */
#include "tests/unit/support.h"

#include <math.h>

#include "common/rng.h"
#include "launch/screen/judge.h"

/* Tournaments that are made up here: only such have a known answer. */
enum { MOST = 64 };
struct tournament {
    struct nh_screen_cells cells;
    bool good[MOST];
    struct nh_screen_scores scores[MOST];
    bool divided;
    struct nh_rng rng;
    double noise;
};

/* Standard normal, by Box and Muller. */
static double normal(struct nh_rng *rng)
{
    return sqrt(-2 * log(nh_rng_unit(rng))) * cos(6.283185307179586 * nh_rng_unit(rng));
}

/* Links of 20 us and 10 GB/s, each off by a log-normal share of `noise`. */
static void make(struct tournament *t, size_t hosts, double noise, uint64_t seed)
{
    struct nh_error err;
    t->rng.state = seed;
    t->noise = noise;
    assert_ok(nh_screen_cells_new(hosts, &t->cells, &err), err);
    for (size_t i = 0; i < hosts * hosts; i++) {
        if (i / hosts == i % hosts)
            continue;
        t->cells.latency_ns[i] = 20e3 * exp(noise * normal(&t->rng));
        t->cells.ns_per_byte[i] = 0.1 * exp(noise * normal(&t->rng));
    }
}

static void spoil_link(struct tournament *t, size_t from, size_t to, double times)
{
    t->cells.latency_ns[from * t->cells.hosts + to] *= times;
    t->cells.ns_per_byte[from * t->cells.hosts + to] *= times;
}

static void spoil_host(struct tournament *t, size_t host, double times)
{
    for (size_t peer = 0; peer < t->cells.hosts; peer++) {
        spoil_link(t, host, peer, times);
        spoil_link(t, peer, host, times);
    }
}

static void select_good(struct tournament *t)
{
    struct nh_error err;
    for (size_t i = 0; i < t->cells.hosts; i++)
        t->good[i] = true;
    assert_ok(nh_screen_select(&t->cells, t->good, t->scores, &t->divided, &err), err);
}

static size_t accused(const struct tournament *t)
{
    size_t n = 0;
    for (size_t i = 0; i < t->cells.hosts; i++)
        n += !t->good[i];
    return n;
}

static size_t find_links(const struct tournament *t, struct nh_screen_link *links, size_t room)
{
    struct nh_error err;
    size_t count;
    assert_ok(nh_screen_links(&t->cells, t->good, t->scores, links, room, &count, &err), err);
    return count;
}

static void a_slow_host_is_found(void **state)
{
    static const size_t sizes[] = {3, 4, 5, 16, 64};
    (void)state;
    for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
        struct tournament t;
        make(&t, sizes[i], 0.02, 7 + i);
        spoil_host(&t, 1, 1.5);
        select_good(&t);
        assert_int_equal(accused(&t), 1);
        assert_false(t.good[1] || t.divided);
        const struct nh_screen_score *s = t.scores[1].of;
        assert_true(s[NH_SCREEN_LATENCY].bad && s[NH_SCREEN_SENDS].bad &&
                    s[NH_SCREEN_RECEIVES].bad);
        assert_true(fabs(s[NH_SCREEN_LATENCY].times - 1.5) < 0.08);
        assert_true(fabs(s[NH_SCREEN_LATENCY].median / 20e3 - 1) < 0.04);
        assert_true(s[NH_SCREEN_SENDS].z > NH_SCREEN_Z);
        nh_screen_cells_free(&t.cells);
    }
}

/* 15 percent with three hosts: the median of two links would see half of it. */
static void a_little_slow_is_seen_among_three(void **state)
{
    struct tournament t;
    (void)state;
    make(&t, 3, 0, 1);
    spoil_host(&t, 2, 1.15);
    select_good(&t);
    assert_true(!t.good[2] && accused(&t) == 1);
    assert_true(fabs(t.scores[2].of[NH_SCREEN_LATENCY].times - 1.15) < 1e-9);
    nh_screen_cells_free(&t.cells);
}

static void one_direction_is_told_from_the_other(void **state)
{
    struct tournament t;
    (void)state;
    make(&t, 8, 0.02, 3);
    for (size_t to = 0; to < 8; to++)
        t.cells.ns_per_byte[5 * 8 + to] *= 3;
    select_good(&t);
    assert_true(!t.good[5] && accused(&t) == 1);
    assert_true(t.scores[5].of[NH_SCREEN_SENDS].bad);
    assert_false(t.scores[5].of[NH_SCREEN_RECEIVES].bad || t.scores[5].of[NH_SCREEN_LATENCY].bad);
    nh_screen_cells_free(&t.cells);
}

static void two_bad_of_sixteen(void **state)
{
    struct tournament t;
    bool apart;
    struct nh_error err;
    (void)state;
    make(&t, 16, 0.03, 11);
    spoil_host(&t, 3, 4);
    spoil_host(&t, 12, 1.3);
    select_good(&t);
    assert_true(!t.good[3] && !t.good[12] && accused(&t) == 2 && !t.divided);
    assert_ok(nh_screen_apart(&t.cells, t.good, t.scores, &apart, &err), err);
    assert_false(apart);
    nh_screen_cells_free(&t.cells);
}

static void a_slow_link_accuses_no_host(void **state)
{
    struct tournament t;
    struct nh_screen_link links[4];
    (void)state;
    make(&t, 6, 0.02, 5);
    t.cells.ns_per_byte[2 * 6 + 4] *= 5;
    t.cells.latency_ns[1 * 6 + 3] *= 9;
    t.cells.latency_ns[3 * 6 + 1] *= 9;
    select_good(&t);
    assert_int_equal(accused(&t), 0);
    assert_int_equal(find_links(&t, links, 4), 2);
    assert_true(links[0].aspect == NH_SCREEN_LATENCY && links[0].from == 1 && links[0].to == 3);
    assert_true(fabs(links[0].times - 9) < 1 && links[0].value > 160e3);
    assert_true(links[1].aspect == NH_SCREEN_SENDS && links[1].from == 2 && links[1].to == 4);
    assert_true(find_links(&t, links, 1) == 2 && links[0].from == 1); /* room for the worst only */
    nh_screen_cells_free(&t.cells);
}

/* By rates z could not exceed 1 / 0.3 here. */
static void a_wide_spread_does_not_hide_a_very_slow_host(void **state)
{
    struct tournament t;
    (void)state;
    make(&t, 6, 0.3, 8);
    for (size_t to = 0; to < 6; to++)
        t.cells.ns_per_byte[2 * 6 + to] *= 200;
    select_good(&t);
    assert_true(!t.good[2] && accused(&t) == 1 && t.scores[2].of[NH_SCREEN_SENDS].z > 50);
    nh_screen_cells_free(&t.cells);
}

/* All alike: MAD is 0, and neither zero nor a tiny spread makes a difference of percents
 * remarkable. */
static void equal_hosts_and_tiny_spreads_accuse_nobody(void **state)
{
    struct tournament t;
    struct nh_screen_link links[1];
    (void)state;
    make(&t, 9, 0, 1);
    select_good(&t);
    assert_true(accused(&t) == 0 && t.scores[4].of[NH_SCREEN_LATENCY].z == 0);
    spoil_host(&t, 4, 1.08); /* z 4 by the floor of 2 %, but under the least effect */
    select_good(&t);
    assert_true(accused(&t) == 0 && t.scores[4].of[NH_SCREEN_LATENCY].z > NH_SCREEN_Z);
    assert_int_equal(find_links(&t, links, 1), 0);
    spoil_host(&t, 4, 1.08);
    select_good(&t);
    assert_true(accused(&t) == 1 && !t.good[4]);
    nh_screen_cells_free(&t.cells);
}

/* Halves that were screened apart, a rank that never answered. */
static void missing_links_are_left_out(void **state)
{
    struct tournament t;
    (void)state;
    make(&t, 12, 0.02, 9);
    for (size_t i = 0; i < 144; i++)
        if (i / 12 / 6 != i % 12 / 6)
            t.cells.latency_ns[i] = t.cells.ns_per_byte[i] = NAN;
    for (size_t peer = 0; peer < 12; peer++)
        spoil_link(&t, 11, peer, NAN), spoil_link(&t, peer, 11, NAN);
    spoil_host(&t, 2, 2);
    select_good(&t);
    assert_true(!t.good[2] && accused(&t) == 1);
    assert_true(isnan(t.scores[11].of[NH_SCREEN_SENDS].value));
    nh_screen_cells_free(&t.cells);
}

static void nothing_measured_accuses_nobody(void **state)
{
    struct tournament t;
    struct nh_error err;
    (void)state;
    assert_ok(nh_screen_cells_new(5, &t.cells, &err), err);
    select_good(&t);
    assert_true(accused(&t) == 0 && isnan(t.scores[0].of[NH_SCREEN_LATENCY].median) && !t.divided);
    nh_screen_cells_free(&t.cells);
}

static void two_hosts_cannot_be_told_apart(void **state)
{
    struct tournament t;
    (void)state;
    make(&t, 2, 0, 1);
    t.cells.ns_per_byte[1] *= 10;
    select_good(&t);
    assert_int_equal(accused(&t), 0);
    nh_screen_cells_free(&t.cells);
}

/* Three fast of eight: what most have is the yardstick. Of seven bad in ways of their own at most
 * three can be named. */
static void the_majority_is_the_yardstick(void **state)
{
    struct tournament t;
    (void)state;
    make(&t, 8, 0.01, 2);
    for (size_t i = 0; i < 3; i++)
        spoil_host(&t, i, 2);
    select_good(&t);
    assert_true(accused(&t) == 3 && !t.good[0] && !t.good[1] && !t.good[2]);
    nh_screen_cells_free(&t.cells);
    make(&t, 9, 0.01, 2);
    for (size_t i = 0; i < 5; i++)
        spoil_host(&t, i, 2 + (double)i);
    select_good(&t);
    assert_true(accused(&t) <= 4);
    nh_screen_cells_free(&t.cells);
}

/* Four of twelve in another rack: slow to the others, quick among themselves. */
static void far_hosts_are_told_from_broken_ones(void **state)
{
    struct tournament t;
    struct nh_error err;
    bool apart;
    (void)state;
    make(&t, 12, 0.02, 4);
    for (size_t i = 0; i < 144; i++)
        if ((i / 12 < 4) != (i % 12 < 4))
            t.cells.latency_ns[i] *= 1.6;
    select_good(&t);
    assert_int_equal(accused(&t), 4);
    assert_ok(nh_screen_apart(&t.cells, t.good, t.scores, &apart, &err), err);
    assert_true(apart);
    nh_screen_cells_free(&t.cells);
}

/* The accused once more, by fresh noise, against all others. */
static bool is_accused_again(const struct tournament *first, uint64_t seed)
{
    struct tournament again;
    struct nh_error err;
    bool bad = false;
    make(&again, first->cells.hosts, first->noise, seed);
    assert_ok(nh_screen_score(&again.cells, first->good, again.scores, &err), err);
    for (size_t i = 0; i < again.cells.hosts; i++)
        for (int a = 0; a < NH_SCREEN_ASPECTS; a++)
            bad |= !first->good[i] && first->scores[i].of[a].bad && again.scores[i].of[a].bad;
    nh_screen_cells_free(&again.cells);
    return bad;
}

/* Noise alone, each link off by 5 % (half of the least effect): how many of 2,000 tournaments
 * accuse somebody, at most. Few hosts tell little; the second look makes up for it. */
static void noise_accuses_nobody(void **state)
{
    static const struct {
        size_t hosts, first, second;
    } bounds[] = {{3, 120, 4}, {4, 40, 2}, {5, 20, 1}, {8, 10, 0}, {16, 2, 0}, {32, 1, 0}};
    enum { RUNS = 2000 };
    (void)state;
    for (size_t i = 0; i < sizeof bounds / sizeof *bounds; i++) {
        size_t first = 0, second = 0;
        for (uint64_t seed = 0; seed < RUNS; seed++) {
            struct tournament t;
            make(&t, bounds[i].hosts, 0.05, 1000 * bounds[i].hosts + seed);
            select_good(&t);
            first += accused(&t) > 0;
            second += is_accused_again(&t, 1000000 * bounds[i].hosts + seed);
            nh_screen_cells_free(&t.cells);
        }
        print_message("%zu hosts: %zu, then %zu of %d\n", bounds[i].hosts, first, second, RUNS);
        assert_true(first <= bounds[i].first && second <= bounds[i].second);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_slow_host_is_found),
        cmocka_unit_test(a_little_slow_is_seen_among_three),
        cmocka_unit_test(one_direction_is_told_from_the_other),
        cmocka_unit_test(two_bad_of_sixteen),
        cmocka_unit_test(a_slow_link_accuses_no_host),
        cmocka_unit_test(a_wide_spread_does_not_hide_a_very_slow_host),
        cmocka_unit_test(equal_hosts_and_tiny_spreads_accuse_nobody),
        cmocka_unit_test(missing_links_are_left_out),
        cmocka_unit_test(nothing_measured_accuses_nobody),
        cmocka_unit_test(two_hosts_cannot_be_told_apart),
        cmocka_unit_test(the_majority_is_the_yardstick),
        cmocka_unit_test(far_hosts_are_told_from_broken_ones),
        cmocka_unit_test(noise_accuses_nobody),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
