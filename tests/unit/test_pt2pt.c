/* SPDX-License-Identifier: BSD-3-Clause */
/* Parts of the point-to-point kernels that need no MPI. */
#include "tests/unit/support.h"

#include <math.h>
#include <stdbool.h>

#include "bench/pt2pt/ranking.h"
#include "bench/pt2pt/refine.h"
#include "bench/pt2pt/rotation.h"
#include "bench/pt2pt/tournament.h"

/* ---- tournament ---- */

/* Everyone meets everyone else exactly once, pairs agree, and tables are taken once. */
static void check_tournament(int n)
{
    int rounds = nh_tournament_rounds(n);
    int *met = calloc((size_t)n * (size_t)n, sizeof *met),
        *taken = calloc((size_t)n, sizeof *taken);
    assert_int_equal(rounds, n % 2 ? n : n - 1);
    for (int r = 0; r < rounds; r++) {
        memset(taken, 0, (size_t)n * sizeof *taken);
        for (int i = 0; i < n; i++) {
            int peer = nh_tournament_peer(n, r, i), table = nh_tournament_table(n, r, i);
            assert_true(peer == -1 ? n % 2 == 1 && table == -1 : peer >= 0 && peer < n);
            if (peer < 0)
                continue;
            assert_int_not_equal(peer, i);
            assert_int_equal(nh_tournament_peer(n, r, peer), i);
            assert_int_equal(nh_tournament_table(n, r, peer), table);
            assert_in_range(table, 0, n / 2 - 1);
            taken[table]++;
            met[i * n + peer]++;
        }
        for (int t = 0; t < n / 2; t++)
            assert_int_equal(taken[t], 2);
    }
    for (int i = 0; i < n * n; i++)
        assert_int_equal(met[i], i / n != i % n);
    free(met);
    free(taken);
}

static void everyone_meets_everyone_once(void **state)
{
    (void)state;
    for (int n = 2; n <= 40; n++)
        check_tournament(n);
    check_tournament(129);
    assert_int_equal(nh_tournament_rounds(1), 0);
    assert_int_equal(nh_tournament_peer(1, 0, 0), -1);
}

/* ---- refinement ---- */

enum { MOST_POINTS = 64 };

struct curve {
    struct nh_timed_size points[MOST_POINTS];
    size_t count;
    double (*time)(size_t size);
};

static void add_point(struct curve *c, size_t size)
{
    size_t i = c->count++;
    for (; i > 0 && c->points[i - 1].size > size; i--)
        c->points[i] = c->points[i - 1];
    assert_true(i == 0 || c->points[i - 1].size != size);
    c->points[i] = (struct nh_timed_size){size, c->time(size)};
}

/* A doubling sweep from 0 to 4 MiB, then up to `more` sizes; how many were added. */
static size_t refine(struct curve *c, double (*time)(size_t), size_t unit, size_t more)
{
    *c = (struct curve){.time = time};
    add_point(c, 0);
    for (size_t size = unit; size <= (size_t)4 << 20; size *= 2)
        add_point(c, size);
    for (size_t added = 0; added < more; added++) {
        size_t size = nh_refine_next(c->points, c->count, unit);
        if (size == 0)
            return added;
        assert_int_equal(size % unit, 0);
        add_point(c, size);
    }
    return more;
}

/* 300 ns and 10 GB/s; above 5000 bytes a rendezvous of 800 ns more. */
static double eager_rendezvous(size_t size)
{
    return 300 + (double)size / 10 + (size > 5000 ? 800 : 0);
}

/* The bandwidth falls to 4 GB/s above 300,000 bytes: a kink without a jump. */
static double out_of_cache(size_t size)
{
    double x = (double)size;
    return 300 + (size <= 300000 ? x / 40 : 7500 + (x - 300000) / 4);
}

static double smooth(size_t size)
{
    return 300 + (double)size / 10;
}

/* One per cent up and down, from size to size. */
static double noisy(size_t size)
{
    return smooth(size) * (size * 2654435761u / 7 % 2 ? 1.01 : 0.99);
}

/* One size was disturbed. */
static double spiked(size_t size)
{
    return smooth(size) * (size == 64 || size == 262144 ? 20 : 1);
}

/* The two neighbours between which the switch lies are close. */
static void assert_closed_in(const struct curve *c, size_t at, double within)
{
    for (size_t i = 1; i < c->count; i++)
        if (c->points[i - 1].size <= at && c->points[i].size > at) {
            double gap = (double)(c->points[i].size - c->points[i - 1].size) / (double)at;
            if (gap > within)
                fail_msg("%zu lies between %zu and %zu", at, c->points[i - 1].size,
                         c->points[i].size);
            return;
        }
    fail_msg("%zu is not enclosed", at);
}

static void refinement_closes_in_on_a_jump(void **state)
{
    struct curve c;
    (void)state;
    size_t added = refine(&c, eager_rendezvous, 1, 12);
    assert_int_equal(added, 12);
    assert_closed_in(&c, 5000, 0.005);
    refine(&c, eager_rendezvous, 8, 12); /* elements of 8 bytes: as near as they allow */
    assert_closed_in(&c, 5000, 0.01);
}

static void refinement_finds_a_kink(void **state)
{
    struct curve c;
    (void)state;
    assert_true(refine(&c, out_of_cache, 1, 6) > 0);
    assert_closed_in(&c, 300000, 0.5);
    size_t near = 0;
    for (size_t i = 0; i < c.count; i++)
        near += c.points[i].size > 131072 && c.points[i].size < 1048576 &&
                (c.points[i].size & (c.points[i].size - 1)) != 0;
    assert_true(near >= 2);
}

static void refinement_spends_little_on_what_is_smooth(void **state)
{
    struct curve c;
    (void)state;
    /* latency turns into bandwidth over several sizes: one or two may be added there */
    assert_true(refine(&c, smooth, 1, 40) <= 6);
    assert_true(refine(&c, noisy, 1, 40) <= 12);
    assert_true(refine(&c, spiked, 1, 40) <= 6);
}

static void refinement_needs_neighbours(void **state)
{
    const struct nh_timed_size p[] = {{0, 100}, {1, 100}, {2, 500}, {4, 500}, {8, 900}};
    (void)state;
    assert_int_equal(nh_refine_next(p, 0, 1), 0);
    assert_int_equal(nh_refine_next(p, 3, 1), 0);
    assert_int_equal(nh_refine_next(p, 5, 8), 0); /* no multiple of 8 in between */
}

/* ---- places of messages ---- */

/* Every place once before one comes again, and neighbours in time not on one page. */
static void check_rotation(size_t message, size_t region, size_t least)
{
    struct nh_rotation r = nh_rotation_plan(message, region, least);
    unsigned char *used = calloc(r.slots, 1);
    assert_true(r.stride >= message && r.stride % 64 == 0 && r.slots >= least);
    assert_true(r.bytes == r.stride * r.slots && r.bytes >= region);
    assert_true(r.bytes < region + r.stride || r.slots == least);
    for (size_t i = 0, at = 0; i < r.slots; i++) {
        assert_int_equal(used[at]++, 0);
        at = at + r.step < r.slots ? at + r.step : at + r.step - r.slots;
    }
    if (r.slots > 200)
        assert_true(r.step * r.stride >= 4096);
    free(used);
}

static void rotation_uses_every_place(void **state)
{
    const size_t sizes[] = {0, 1, 8, 64, 65, 100, 4095, 4096, 4097, 100000, (size_t)9 << 20};
    (void)state;
    for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++)
        for (size_t region = 0; region <= (size_t)3 << 20; region += 987654) {
            check_rotation(sizes[i], region, 1);
            check_rotation(sizes[i], region, 2);
            check_rotation(sizes[i], region, 64);
        }
}

static void rotation_beyond_memory_is_seen(void **state)
{
    (void)state;
    assert_int_equal(nh_rotation_plan(SIZE_MAX - 10, 0, 1).bytes, 0);
    assert_int_equal(nh_rotation_plan(SIZE_MAX / 2 + 1, 0, 2).bytes, 0);
    assert_int_equal(nh_rotation_plan(8, (size_t)64 << 20, 1).slots, 1 << 20);
}

static void regions_of_a_host_exceed_its_cache(void **state)
{
    (void)state;
    for (int ranks = 1; ranks <= 256; ranks *= 2)
        assert_true(nh_rotation_region((size_t)36 << 20, ranks) * (size_t)ranks >= (size_t)72
                                                                                       << 20);
    assert_int_equal(nh_rotation_region((size_t)1 << 20, 4), 8 << 20);
    assert_int_equal(nh_rotation_region(0, 1), 64 << 20);
}

/* ---- ranking ---- */

static void a_slow_minority_does_not_move_the_yardstick(void **state)
{
    double values[40], scratch[80];
    (void)state;
    for (int i = 0; i < 40; i++)
        values[i] = 10 + 0.5 * (i % 5 - 2); /* median 10, MAD 0.5 */
    for (int i = 0; i < 8; i++)
        values[i * 5] = 1e6;
    values[3] = NAN;
    struct nh_yardstick y = nh_yardstick_of(values, 40, true, scratch);
    assert_true(fabs(y.median - 10) <= 0.5);
    assert_true(y.spread < 1.5);
    assert_true(nh_yardstick_score(&y, 1e6) > 1000);
    assert_true(nh_yardstick_score(&y, 9) < 0);
    y.more_is_worse = false;
    assert_true(nh_yardstick_score(&y, 9) > 0);
}

static void percents_are_not_remarkable(void **state)
{
    const double same[] = {100, 100, 100, 100, 101};
    double scratch[10];
    (void)state;
    struct nh_yardstick y = nh_yardstick_of(same, 5, true, scratch);
    assert_float_equal(y.median, 100, 0);
    assert_float_equal(nh_yardstick_score(&y, 101), 0.5, 1e-12);
    assert_float_equal(nh_yardstick_score(&y, 100), 0, 0);
    y = nh_yardstick_of(same, 0, true, scratch);
    assert_true(isnan(y.median));
}

static void the_worst_stay(void **state)
{
    struct nh_suspect items[3];
    struct nh_worst w = {items, 0, 3};
    const double scores[] = {1, 5, NAN, 3, 4, 5, 0};
    (void)state;
    for (long i = 0; i < 7; i++)
        nh_worst_offer(&w, (struct nh_suspect){i, 0, 0, scores[i]});
    assert_int_equal(w.count, 3);
    assert_int_equal(items[0].from, 1);
    assert_int_equal(items[1].from, 5);
    assert_int_equal(items[2].from, 4);
    w = (struct nh_worst){items, 0, 0};
    nh_worst_offer(&w, (struct nh_suspect){0, 0, 0, 1});
    assert_int_equal(w.count, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(everyone_meets_everyone_once),
        cmocka_unit_test(refinement_closes_in_on_a_jump),
        cmocka_unit_test(refinement_finds_a_kink),
        cmocka_unit_test(refinement_spends_little_on_what_is_smooth),
        cmocka_unit_test(refinement_needs_neighbours),
        cmocka_unit_test(rotation_uses_every_place),
        cmocka_unit_test(rotation_beyond_memory_is_seen),
        cmocka_unit_test(regions_of_a_host_exceed_its_cache),
        cmocka_unit_test(a_slow_minority_does_not_move_the_yardstick),
        cmocka_unit_test(percents_are_not_remarkable),
        cmocka_unit_test(the_worst_stay),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
