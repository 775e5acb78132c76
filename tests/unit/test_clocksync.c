/* SPDX-License-Identifier: BSD-3-Clause */
/* Clock synchronisation against clocks whose truth is known. */
#include "tests/unit/support.h"

#include <math.h>

#include "bench/engine/clockmodel.h"
#include "bench/engine/clocksync.h"
#include "bench/engine/clocktree.h"
#include "bench/engine/closure.h"
#include "bench/engine/offset.h"
#include "tests/unit/simulation.h"

static const struct nh_clock_model as_it_is = {0};

/* Clock of `r` minus that of `reference` when `r` shows `t`: the truth. */
static int64_t true_offset(const struct sim_rank *r, const struct sim_rank *reference, int64_t t)
{
    return t - sim_clock_at(reference, sim_when(r, t));
}

/* ---- offset by bounds ---- */

enum { OFFSETS = 300 };
static struct nh_offset measured[OFFSETS];
static size_t messages[OFFSETS];

static void measure_offsets(struct sim_rank *r)
{
    for (int i = 0; i < OFFSETS && r->code == NH_OK; i++) {
        struct nh_offset o;
        size_t before = r->sent;
        if (r->group.rank == 0)
            r->code = nh_offset_serve(&r->group, &r->clock, &as_it_is, 0, 1, &o, &r->err);
        else
            r->code = nh_offset_learn(&r->group, &r->clock, 0, &measured[i], &r->err);
        if (r->group.rank == 0)
            messages[i] = r->sent - before;
    }
}

static void the_true_offset_is_within_the_bounds(void **state)
{
    const int64_t jitters[] = {0, 500, 20000};
    (void)state;
    for (size_t j = 0; j < 3; j++) {
        struct sim *s = sim_new(2);
        s->jitter_ns = jitters[j];
        s->ranks[1].drift = s->ranks[0].drift + 20e-6;
        sim_run(s, measure_offsets);
        assert_ok(s->ranks[0].code, s->ranks[0].err);
        assert_ok(s->ranks[1].code, s->ranks[1].err);
        for (int i = 0; i < OFFSETS; i++) {
            const struct nh_offset *o = &measured[i];
            int64_t truth = true_offset(&s->ranks[1], &s->ranks[0], o->stamp);
            assert_true(o->lo <= truth && truth <= o->hi);
            /* the quickest round trip, and 100 ppm of at most 10 ms on both sides */
            assert_true(o->hi - o->lo <= o->rtt + 2000);
        }
        sim_free(s);
    }
}

static void exchanges_end_early_on_a_quiet_network(void **state)
{
    (void)state;
    struct sim *s = sim_new(2);
    sim_run(s, measure_offsets);
    for (int i = 0; i < OFFSETS; i++)
        assert_int_equal(messages[i], NH_EXCHANGES_LEAST + 1); /* and the result */
    sim_free(s);

    size_t most = 0, least = SIZE_MAX;
    s = sim_new(2);
    s->jitter_ns = 200000;
    sim_run(s, measure_offsets);
    for (int i = 0; i < OFFSETS; i++) {
        most = messages[i] > most ? messages[i] : most;
        least = messages[i] < least ? messages[i] : least;
    }
    assert_true(most > NH_EXCHANGES_LEAST + 10 && most <= NH_EXCHANGES_MOST + 1);
    assert_true(least >= NH_EXCHANGES_LEAST + 1);
    sim_free(s);
}

static void a_clock_that_steps_is_an_error_on_both_sides(void **state)
{
    (void)state;
    struct sim *s = sim_new(2);
    s->ranks[1].jump_at = 4;
    s->ranks[1].jump_ns = 1000000;
    sim_run(s, measure_offsets);
    for (int i = 0; i < 2; i++) {
        assert_int_equal(s->ranks[i].code, NH_EFAIL);
        assert_says(&s->ranks[i].err, "rank 0 or 1 stepped by");
    }
    sim_free(s);
}

/* ---- model ---- */

/* Uncentred, t - (slope t + intercept) in doubles, it loses what others lose. */
static double uncentred(double slope, double intercept, int64_t t)
{
    return (double)t - ((double)t * slope + intercept);
}

static void a_centred_model_is_right_after_an_hour_of_a_long_epoch(void **state)
{
    const double slope = 20e-6;
    const int64_t t0 = SIM_EPOCH + SIM_HOUR, offset = 123456789;
    const struct nh_clock_model m = {t0, offset, slope};
    int64_t worst_uncentred = 0;
    (void)state;
    for (int64_t after = 0; after <= SIM_HOUR; after += SIM_HOUR / 16) {
        int64_t t = t0 + after, truth = t - offset - after / 50000; /* 20 ppm, exactly */
        assert_true(llabs(nh_model_global(&m, t) - truth) <= 1);
        double other = uncentred(slope, (double)offset - slope * (double)t0, t);
        int64_t error = llabs((int64_t)other - truth);
        worst_uncentred = error > worst_uncentred ? error : worst_uncentred;
    }
    assert_true(worst_uncentred > 50);
}

static void the_fit_ignores_a_fifth_of_bad_offsets(void **state)
{
    enum { N = 100 };
    struct nh_offset points[N];
    struct nh_clock_model m;
    struct nh_error err;
    double spread;
    (void)state;
    for (int i = 0; i < N; i++) {
        int64_t stamp = SIM_EPOCH + i * INT64_C(10000000), mid = -5000000 + i * INT64_C(100);
        mid += i % 5 == 2 ? 400000 : i % 3 - 1; /* 10 ppm, a ns of noise, outliers of 400 us */
        points[i] = (struct nh_offset){.lo = mid - 8000, .hi = mid + 8000, .stamp = stamp};
    }
    assert_ok(nh_model_fit(points, N, &m, &spread, &err), err);
    assert_true(fabs(m.slope - 10e-6) < 1e-9);
    assert_true(spread < 5);
    assert_true(llabs(m.offset - (-5000000 + (m.t0 - SIM_EPOCH) / 100000)) <= 2);
}

/* ---- trees ---- */

static const int sizes[] = {1, 2, 3, 5, 8, 9, 33};
enum { SIZES = sizeof sizes / sizeof *sizes };

static void check_tree(int size, bool star)
{
    const struct nh_clock_tree tree = {size, star};
    int learnt[SIM_MOST] = {1}; /* 1 + the round in which it learnt; member 0 knows */
    for (int round = 0; round < nh_clock_tree_rounds(&tree); round++) {
        for (int i = 0; i < size; i++) {
            int partner, back;
            enum nh_clock_role role = nh_clock_tree_step(&tree, i, round, &partner);
            if (role == NH_CLOCK_IDLE)
                continue;
            assert_true(partner >= 0 && partner < size && partner != i);
            enum nh_clock_role other = nh_clock_tree_step(&tree, partner, round, &back);
            assert_int_equal(back, i);
            assert_int_equal(other, role == NH_CLOCK_SERVES ? NH_CLOCK_LEARNS : NH_CLOCK_SERVES);
            if (role == NH_CLOCK_SERVES) {
                assert_true(learnt[i] > 0 && learnt[i] < round + 2); /* knew before this round */
                assert_int_equal(learnt[partner], 0);                /* and taught it once */
                learnt[partner] = round + 2;
            }
        }
    }
    for (int i = 0; i < size; i++)
        assert_true(learnt[i] > 0);
}

static void every_member_learns_exactly_once_from_one_that_knows(void **state)
{
    (void)state;
    for (int i = 0; i < SIZES; i++) {
        check_tree(sizes[i], true);
        check_tree(sizes[i], false);
    }
    const struct nh_clock_tree tree = {33, false};
    assert_int_equal(nh_clock_tree_rounds(&tree), 6); /* 5 for 32, and one */
}

/* ---- all together ---- */

static struct nh_clocksync_options options;
static int64_t wait_ns; /* between before and after */
static int64_t error_before[SIM_MOST], error_between[SIM_MOST], error_after[SIM_MOST];
static int64_t bound[SIM_MOST];
static struct nh_clock_quality quality[SIM_MOST];

/* Error of the common time when this rank's clock shows `t`. */
static int64_t error_at(const struct sim_rank *r, int64_t t, int64_t global)
{
    return llabs(global - sim_clock_at(&r->sim->ranks[0], sim_when(r, t)));
}

static void synchronise(struct sim_rank *r)
{
    int i = r->group.rank;
    struct nh_global_clock *g = nh_global_clock_new(&r->group, &r->clock, &options);
    r->code = nh_global_clock_before(g, &r->err);
    int64_t t = r->clock.now(r), middle;
    error_before[i] = error_at(r, t, nh_global_clock_at(g, t));
    bound[i] = nh_global_clock_bound(g);
    r->now += wait_ns / 2;
    middle = r->clock.now(r);
    r->now += wait_ns / 2;
    if (r->code == NH_OK)
        r->code = nh_global_clock_after(g, &quality[i], &r->err);
    error_between[i] = error_at(r, middle, nh_global_clock_between(g, middle));
    t = r->clock.now(r);
    error_after[i] = error_at(r, t, nh_global_clock_at(g, t));
    nh_global_clock_free(g);
}

static void quick_options(int star_most)
{
    nh_clocksync_options_default(&options);
    options.star_most = star_most;
    options.fit_points = 20;
    wait_ns = 1000000000;
}

static void all_succeed(const struct sim *s)
{
    for (int i = 0; i < s->size; i++)
        assert_ok(s->ranks[i].code, s->ranks[i].err);
}

static void no_rank_is_further_off_than_its_bound(void **state)
{
    (void)state;
    for (int i = 0; i < 2 * SIZES; i++) {
        struct sim *s = sim_new(sizes[i / 2]);
        quick_options(i % 2 ? 64 : 0);
        s->jitter_ns = 1000;
        sim_run(s, synchronise);
        all_succeed(s);
        for (int r = 0; r < s->size; r++) {
            assert_true(error_before[r] <= bound[r]);
            assert_true((double)error_between[r] <= quality[r].bound_ns);
            assert_true((double)bound[r] <= quality[r].bound_ns);
            assert_true(r == 0 || bound[r] >= 16000); /* half a round trip of 32 us */
            assert_true(quality[r].consistent);
            assert_int_equal(quality[r].clocks, s->size);
            assert_string_equal(quality[r].method, s->size == 1 ? "shared" : i % 2 ? "jk" : "hca3");
        }
        if (s->size > 1)
            assert_true(fabs(quality[0].hop_ns - 16000) < 1000);
        sim_free(s);
    }
}

/* Equal ways: then the middle of the bounds is the truth, and what is left is noise. An
 * hour passes between the two ends of the measurement. */
static void with_equal_ways_the_error_is_below_50_ns_after_an_hour(void **state)
{
    (void)state;
    for (int star = 0; star < 2; star++) {
        struct sim *s = sim_new(5);
        s->up_ns = s->down_ns = 16000;
        s->jitter_ns = 20;
        quick_options(star ? 64 : 0);
        options.fit_points = 100;
        wait_ns = SIM_HOUR;
        sim_run(s, synchronise);
        all_succeed(s);
        for (int r = 0; r < s->size; r++) {
            assert_true(error_before[r] < 50);
            assert_true(error_between[r] < 50);
            assert_true(error_after[r] < 50);
            assert_true(quality[r].spread_ns < 100);
        }
        sim_free(s);
    }
}

/* The gap between the foreseen and the found offset shows a clock that changes its rate. */
static void change_rate(struct sim_rank *r)
{
    struct nh_global_clock *g = nh_global_clock_new(&r->group, &r->clock, &options);
    r->code = nh_global_clock_before(g, &r->err);
    r->now += wait_ns;
    if (r->group.rank == 1)
        r->offset += 7000; /* as if it had gone 7 ppm faster for that second */
    if (r->code == NH_OK)
        r->code = nh_global_clock_after(g, &quality[r->group.rank], &r->err);
    nh_global_clock_free(g);
}

static void what_was_not_foreseen_widens_the_bound(void **state)
{
    (void)state;
    struct sim *s = sim_new(2);
    quick_options(64);
    sim_run(s, change_rate);
    all_succeed(s);
    assert_true(fabs(quality[0].disagreement_ns - 7000) < 200);
    assert_true(quality[0].bound_ns > 16000 + 6800);
    sim_free(s);
}

static void a_host_shares_the_clock_of_its_leader_when_it_is_one(void **state)
{
    (void)state;
    for (int other = 0; other < 2; other++) {
        struct sim *s = sim_new(6);
        quick_options(64);
        for (int r = 0; r < 6; r++) { /* three ranks on each of two hosts */
            s->ranks[r].group.leader = r / 3 * 3;
            s->ranks[r].offset = s->ranks[r / 3 * 3].offset;
            s->ranks[r].drift = s->ranks[r / 3 * 3].drift;
        }
        if (other) /* no, this one reads another clock */
            s->ranks[4].offset += 5000000;
        sim_run(s, synchronise);
        all_succeed(s);
        assert_int_equal(quality[0].clocks, other ? 3 : 2);
        for (int r = 0; r < 6; r++) {
            assert_true(error_before[r] <= bound[r]);
            assert_true((double)error_between[r] <= quality[r].bound_ns);
        }
        sim_free(s);
    }
}

static void one_host_needs_no_fit(void **state)
{
    (void)state;
    struct sim *s = sim_new(4);
    quick_options(64);
    wait_ns = 0;
    for (int r = 0; r < 4; r++) {
        s->ranks[r].group.leader = 0;
        s->ranks[r].offset = s->ranks[0].offset;
        s->ranks[r].drift = s->ranks[0].drift;
    }
    sim_run(s, synchronise);
    all_succeed(s);
    assert_string_equal(quality[0].method, "shared");
    assert_int_equal(quality[0].clocks, 1);
    assert_true(s->ranks[0].now - SIM_HOUR < 100000000); /* no second went by */
    for (int r = 0; r < 4; r++)
        assert_int_equal(error_before[r], 0);
    sim_free(s);
}

static void a_step_while_synchronising_ends_it_on_all_ranks(void **state)
{
    (void)state;
    for (int star = 0; star < 2; star++) {
        struct sim *s = sim_new(5);
        quick_options(star ? 64 : 0);
        s->ranks[3].jump_at = 60;
        s->ranks[3].jump_ns = 50000000;
        sim_run(s, synchronise);
        for (int r = 0; r < 5; r++) {
            assert_int_equal(s->ranks[r].code, NH_EFAIL);
            assert_says(&s->ranks[r].err, "stepped by");
        }
        sim_free(s);
    }
}

/* ---- closure ---- */

static bool closed[SIM_MOST];

static void close_triangles(struct sim_rank *r)
{
    int member[SIM_MOST];
    for (int i = 0; i < r->group.size; i++)
        member[i] = i;
    r->code = nh_closure_check(&r->group, &r->clock, member, r->group.size, &closed[r->group.rank],
                               &r->err);
}

static void triangles_close_unless_a_clock_jumps(void **state)
{
    (void)state;
    for (int jump = 0; jump < 2; jump++) {
        for (int size = 1; size <= 5; size++) {
            struct sim *s = sim_new(size);
            s->jitter_ns = 2000;
            if (jump && size >= 3) { /* between two of its sides */
                s->ranks[1].jump_at = 12;
                s->ranks[1].jump_ns = 200000;
            }
            sim_run(s, close_triangles);
            all_succeed(s);
            for (int r = 0; r < size; r++)
                assert_int_equal(closed[r], !(jump && size == 3));
            sim_free(s);
            if (jump && size == 3)
                break;
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_true_offset_is_within_the_bounds),
        cmocka_unit_test(exchanges_end_early_on_a_quiet_network),
        cmocka_unit_test(a_clock_that_steps_is_an_error_on_both_sides),
        cmocka_unit_test(a_centred_model_is_right_after_an_hour_of_a_long_epoch),
        cmocka_unit_test(the_fit_ignores_a_fifth_of_bad_offsets),
        cmocka_unit_test(every_member_learns_exactly_once_from_one_that_knows),
        cmocka_unit_test(no_rank_is_further_off_than_its_bound),
        cmocka_unit_test(with_equal_ways_the_error_is_below_50_ns_after_an_hour),
        cmocka_unit_test(what_was_not_foreseen_widens_the_bound),
        cmocka_unit_test(a_host_shares_the_clock_of_its_leader_when_it_is_one),
        cmocka_unit_test(one_host_needs_no_fit),
        cmocka_unit_test(a_step_while_synchronising_ends_it_on_all_ranks),
        cmocka_unit_test(triangles_close_unless_a_clock_jumps),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
