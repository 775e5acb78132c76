/* SPDX-License-Identifier: BSD-3-Clause */
/* Sync methods and definitions of time on simulated ranks, whose true times are known. */
#include "tests/unit/support.h"

#include <math.h>

#include "bench/engine/engine.h"
#include "bench/engine/sync.h"
#include "tests/unit/simulation.h"

/* ---- a kernel whose true entries and exits are kept ---- */

enum { KEPT = 4000 };

struct truth {
    int64_t entry[KEPT], exit[KEPT]; /* true time, by batch */
    size_t batches;
};
static struct truth truths[SIM_MOST];

enum what { WORK, BROADCAST, ALLREDUCE };
static enum what what;
static int64_t work_ns[SIM_MOST];
static int64_t step_ns;  /* rank 2's clock steps at its fifth batch */
static size_t step_back; /* and back at this one */

/* A binomial tree from rank 0, by single messages. */
static void broadcast_tree(struct sim_rank *r)
{
    int rank = r->group.rank, size = r->group.size, distance = 1;
    char byte = 1;
    while (distance < size && !(rank & distance))
        distance *= 2;
    if (rank)
        sim_receive(r, rank - distance, &byte, 1, NULL);
    for (distance /= 2; distance >= 1; distance /= 2)
        if (rank + distance < size)
            sim_send(r, rank + distance, &byte, 1, NULL);
}

static int batch(void *state, size_t reps, struct nh_error *err)
{
    struct sim_rank *r = state;
    struct truth *t = &truths[r->group.rank];
    if (r->group.rank == 2 && (t->batches == 5 || t->batches == step_back))
        r->offset += t->batches == 5 ? step_ns : -step_ns;
    t->entry[t->batches % KEPT] = r->now;
    for (size_t i = 0; i < reps; i++) {
        if (what == BROADCAST)
            broadcast_tree(r);
        else if (what == ALLREDUCE)
            sim_agree(r, NH_OK, err);
        else
            r->now += work_ns[r->group.rank];
    }
    t->exit[t->batches++ % KEPT] = r->now;
    return NH_OK;
}

static const struct nh_kernel_ops kernel = {.name = "simulated",
                                            .metric = "time_per_operation",
                                            .timing = NH_TIMING_MAX_OVER_RANKS,
                                            .sync = "barrier",
                                            .batch = batch,
                                            .ops_per_rep = 1,
                                            .max_reps = 1,
                                            .reaches_all = true};

static struct nh_limits limits;
static struct nh_clocksync_options options;
static struct nh_series series[SIM_MOST];

static void measure(struct sim_rank *r)
{
    r->group.global = nh_global_clock_new(&r->group, &r->clock, &options);
    r->code =
        nh_measure(&kernel, r, &r->group, &r->clock, &limits, &series[r->group.rank], &r->err);
    nh_global_clock_free(r->group.global);
}

static void defaults(const char *sync)
{
    memset(truths, 0, sizeof truths);
    step_ns = 0;
    nh_limits_default(&limits);
    limits.sync = sync;
    limits.max_time_s = 5;
    nh_clocksync_options_default(&options);
    options.fit_points = 20;
}

/* Measures `which` on `s`; the series of rank 0 is to be cleared by series_free. */
static const struct nh_series *run(struct sim *s, enum what which)
{
    what = which;
    sim_run(s, measure);
    for (int i = 0; i < s->size; i++)
        assert_ok(s->ranks[i].code, s->ranks[i].err);
    return &series[0];
}

static void done(struct sim *s)
{
    for (int i = 0; i < s->size; i++)
        nh_series_clear(&series[i]);
    sim_free(s);
}

/* True times of batch `b` over ranks. */
struct span {
    int64_t first_entry, last_entry, last_exit, shortest, longest, sum;
};

static struct span span_of(const struct sim *s, size_t b)
{
    struct span x = {INT64_MAX, 0, 0, INT64_MAX, 0, 0};
    for (int i = 0; i < s->size; i++) {
        int64_t in = truths[i].entry[b], out = truths[i].exit[b], d = out - in;
        x.first_entry = in < x.first_entry ? in : x.first_entry;
        x.last_entry = in > x.last_entry ? in : x.last_entry;
        x.last_exit = out > x.last_exit ? out : x.last_exit;
        x.shortest = d < x.shortest ? d : x.shortest;
        x.longest = d > x.longest ? d : x.longest;
        x.sum += d;
    }
    return x;
}

/* Median over the batches after the first operation: all were samples, if none was
 * invalid. */
static double true_median(const struct sim *s, double (*of)(const struct span *))
{
    static double values[KEPT];
    size_t n = truths[0].batches - 1;
    for (size_t b = 0; b < n; b++) {
        struct span x = span_of(s, b + 1);
        values[b] = of(&x);
    }
    nh_sort(values, n);
    return nh_median_sorted(values, n);
}

static double completion(const struct span *x)
{
    return (double)(x->last_exit - x->first_entry);
}

static double entry_skew(const struct span *x)
{
    return (double)(x->last_entry - x->first_entry);
}

/* ---- the table ---- */

static void every_name_finds_its_method(void **state)
{
    struct nh_error err;
    (void)state;
    for (int i = 0; nh_sync_names[i]; i++)
        assert_string_equal(nh_sync_find(nh_sync_names[i], &err)->name, nh_sync_names[i]);
    assert_null(nh_sync_find("telepathy", &err));
    assert_int_equal(err.code, NH_EINPUT);
    for (int i = 0; nh_sync_names[i]; i++)
        assert_says(&err, nh_sync_names[i]);
}

static void nobody_leaves_before_all_have_come(void **state)
{
    const char *const methods[] = {"barrier", "double_barrier", "dissemination", "window",
                                   "round_time"};
    (void)state;
    for (size_t m = 0; m < sizeof methods / sizeof *methods; m++) {
        for (int size = 1; size <= 9; size++) {
            struct sim *s = sim_new(size);
            defaults(methods[m]);
            s->skew_ns = 30000;
            for (int r = 0; r < size; r++)
                work_ns[r] = 10000 + 7000 * (r * 5 % 7); /* all exits differ */
            const struct nh_series *x = run(s, WORK);
            assert_string_equal(x->sync, methods[m]);
            for (size_t b = 1; b < truths[0].batches; b++)
                assert_true(span_of(s, b).first_entry >= span_of(s, b - 1).last_exit);
            done(s);
        }
    }
}

static void start_dissemination(struct sim_rank *r)
{
    struct nh_sync sync = {.group = &r->group, .clock = &r->clock};
    r->code = nh_sync_dissemination.start(&sync, &r->err);
}

static void dissemination_takes_log2_messages(void **state)
{
    (void)state;
    for (int size = 1; size <= 33; size++) {
        struct sim *s = sim_new(size);
        sim_run(s, start_dissemination);
        for (int r = 0; r < size; r++)
            assert_int_equal(s->ranks[r].sent, (size_t)ceil(log2(size)));
        sim_free(s);
    }
}

static void a_group_without_messages_or_clock_refuses(void **state)
{
    const char *const methods[] = {"dissemination", "window", "round_time"};
    (void)state;
    for (size_t m = 0; m < 3; m++) {
        struct sim *s = sim_new(1);
        struct sim_rank *r = &s->ranks[0];
        defaults(methods[m]);
        r->group.exchange = NULL;
        int code = nh_measure(&kernel, r, &r->group, &r->clock, &limits, &series[0], &r->err);
        assert_int_equal(code, NH_EINPUT);
        assert_says(&r->err, methods[m]);
        assert_says(&r->err, "barrier");
        sim_free(s);
    }
}

/* ---- starting at an instant ---- */

/* Equal ways, so that clocks agree to nanoseconds: then ranks do start together, although
 * the library's barrier lets them go 50 us apart. */
static void round_time_starts_ranks_within_a_microsecond(void **state)
{
    const char *const methods[] = {"window", "round_time"};
    (void)state;
    for (size_t m = 0; m < 2; m++) {
        struct sim *s = sim_new(8);
        defaults(methods[m]);
        s->up_ns = s->down_ns = 16000;
        s->skew_ns = 50000;
        const struct nh_series *x = run(s, ALLREDUCE);
        assert_int_equal(x->times.invalid, 0);
        assert_int_equal(x->times.valid, x->count);
        assert_int_equal(x->times.flags, 0);
        assert_true(true_median(s, entry_skew) < 1000);
        assert_true(fabs(x->times.skew.median - true_median(s, entry_skew)) < 100);
        assert_true(x->times.from_start.median >= x->times.global.median - 100);
        assert_true(x->times.from_start.median < x->times.global.median + 1000);
        done(s);
    }
}

/* A rank that hears of the start 300 us late: some samples are lost, then rank 0 has learnt
 * to announce earlier. */
static void round_time_announces_earlier_until_all_are_in_time(void **state)
{
    (void)state;
    struct sim *s = sim_new(4);
    defaults("round_time");
    limits.min_samples = 200;
    s->late_rank = 2;
    s->late_after = 60;
    s->late_share = 1;
    s->late_ns = 300000;
    const struct nh_series *x = run(s, ALLREDUCE);
    assert_string_equal(x->sync, "round_time");
    assert_true(x->times.invalid >= 10);
    assert_int_equal(x->times.valid, x->count);
    assert_true(x->count >= 200);
    assert_int_equal(x->times.invalid + x->times.valid + 1, truths[0].batches);
    assert_true(x->times.skew.median < 2 * x->times.clock.bound_ns);
    done(s);
}

/* 1 s late for every start from now on: no hang, a flag, and no number that pretends. */
static void an_always_late_rank_is_flagged_and_hangs_nothing(void **state)
{
    const char *const methods[] = {"window", "round_time"};
    (void)state;
    for (size_t m = 0; m < 2; m++) {
        struct sim *s = sim_new(5);
        defaults(methods[m]);
        s->late_rank = 3;
        s->late_after = m ? 50 : 0; /* round_time allows for broadcasts that were always so */
        s->late_share = 1;
        s->late_ns = 1000000000;
        const struct nh_series *x = run(s, ALLREDUCE);
        assert_true(x->times.flags & NH_TIMES_LATE);
        assert_true(x->times.flags & NH_TIMES_FELL_BACK);
        assert_string_equal(x->sync, "barrier"); /* what was really done */
        assert_true(x->count >= 1 && x->samples_ns);
        assert_true(x->times.invalid >= 1);
        assert_true(isnan(x->times.from_start.median));
        done(s);
    }
}

static void a_quarter_of_late_starts_is_flagged(void **state)
{
    (void)state;
    for (int i = 0; i < 2; i++) {
        struct sim *s = sim_new(3);
        defaults("round_time");
        limits.max_time_s = 1000;
        limits.max_samples = 200;
        limits.precision = 1e-9;
        s->late_rank = 1;
        s->late_after = 55;
        s->late_share = i ? 0.4 : 0.05;
        s->late_ns = 1000000000;
        const struct nh_series *x = run(s, ALLREDUCE);
        double share = (double)x->times.invalid / (double)(x->times.valid + x->times.invalid);
        assert_true(fabs(share - s->late_share) < 0.1);
        assert_int_equal(x->times.flags, i ? NH_TIMES_LATE : 0);
        assert_int_equal(x->count, 200);
        /* what is kept did start together: nobody waited for the late one */
        assert_true(x->stats.max < 100000);
        done(s);
    }
}

/* Windows of 1 ms and operations of 3 ms: every second window would be missed for ever. */
static void windows_grow_until_the_operation_fits(void **state)
{
    (void)state;
    struct sim *s = sim_new(3);
    defaults("window");
    limits.max_time_s = 100;
    for (int r = 0; r < 3; r++)
        work_ns[r] = 3000000;
    const struct nh_series *x = run(s, WORK);
    assert_string_equal(x->sync, "window");
    assert_true(x->times.invalid >= 2 && x->times.invalid < 10);
    assert_true(x->count >= 30);
    done(s);
}

/* ---- which time ---- */

static void the_bracket_holds_whatever_the_clocks(void **state)
{
    (void)state;
    for (int i = 0; i < 3; i++) {
        struct sim *s = sim_new(8);
        defaults("barrier");
        s->skew_ns = 80000;
        s->jitter_ns = 3000;
        run(s, (enum what)i);
        for (size_t b = 0; b < truths[0].batches; b++) {
            struct span x = span_of(s, b);
            int64_t cost = x.last_exit - x.last_entry;
            assert_true(x.shortest <= cost && cost <= x.longest);
        }
        done(s);
    }
}

static double shortest(const struct span *x)
{
    return (double)x->shortest;
}

static double longest(const struct span *x)
{
    return (double)x->longest;
}

static double mean_of_five(const struct span *x)
{
    return (double)x->sum / 5;
}

static bool near(double a, double b, double within)
{
    return fabs(a - b) <= within;
}

static void every_definition_agrees_with_the_truth(void **state)
{
    (void)state;
    struct sim *s = sim_new(5);
    defaults("barrier");
    limits.common_clock = true;
    s->skew_ns = 20000;
    s->jitter_ns = 500;
    for (int r = 0; r < 5; r++)
        work_ns[r] = 40000 + 5000 * (r == 3);
    const struct nh_times *x = &run(s, WORK)->times;
    /* clocks differ by 20 ppm, readings cost 25 ns */
    assert_true(near(x->local_max.median, true_median(s, longest), 60));
    assert_true(near(x->osu_avg.median, true_median(s, mean_of_five), 60));
    assert_true(near(x->bracket_low.median, true_median(s, shortest), 60));
    assert_true(near(x->global.median, true_median(s, completion), 2 * x->clock.bound_ns));
    assert_true(near(x->skew.median, true_median(s, entry_skew), 2 * x->clock.bound_ns));
    assert_true(isnan(x->from_start.median)); /* there was no instant */
    assert_int_equal(x->straggler, 3);
    assert_true(x->straggler_share > 0.99);
    assert_true(x->global.lo <= x->global.median && x->global.median <= x->global.hi);
    assert_int_equal(x->flags, 0);
    done(s);
}

/* One byte over 32 nodes, 17 us a hop: five hops, the last rank has it after 85 us at the
 * earliest. Ranks that leave the barrier late find the byte there, and the more they are
 * spread, the less the mean over ranks has to do with the time that it took. */
static void a_skewed_broadcast_is_called_an_artefact(void **state)
{
    const int64_t skews[] = {80000, 100000, 150000};
    double share[3]; /* of the truth that the mean over ranks shows */
    (void)state;
    for (int i = 0; i < 3; i++) {
        struct sim *s = sim_new(32);
        defaults("barrier");
        limits.common_clock = true;
        s->up_ns = s->down_ns = 17000;
        s->skew_ns = skews[i];
        s->root_first = true;
        const struct nh_times *x = &run(s, BROADCAST)->times;
        share[i] = x->osu_avg.median / true_median(s, completion);
        print_message("  skew %3lld us: osu_avg %5.1f us, global %5.1f us, truth %5.1f us\n",
                      (long long)skews[i] / 1000, x->osu_avg.median / 1000, x->global.median / 1000,
                      true_median(s, completion) / 1000);
        assert_true(x->flags & NH_TIMES_SKEW);
        assert_true(near(x->global.median, true_median(s, completion), x->clock.bound_ns));
        assert_true(share[i] < 0.3);
        done(s);
    }
    assert_true(share[1] < share[0] && share[2] < share[1]);
}

static void a_broadcast_from_a_common_start_is_no_artefact(void **state)
{
    (void)state;
    struct sim *s = sim_new(32);
    defaults("round_time");
    s->up_ns = s->down_ns = 17000;
    s->skew_ns = 100000;
    const struct nh_times *x = &run(s, BROADCAST)->times;
    assert_int_equal(x->flags, 0);
    assert_true(near(x->global.median, 85000, 1000));  /* five hops */
    assert_true(near(x->osu_avg.median, 42500, 2000)); /* half of them on average */
    assert_true(near(x->from_start.median, x->global.median, 1000));
    done(s);
}

/* Work that says it reaches all ranks, but takes less than a message between two of them. */
static void quicker_than_a_hop_is_flagged(void **state)
{
    (void)state;
    struct sim *s = sim_new(4);
    defaults("round_time");
    s->up_ns = s->down_ns = 17000;
    for (int r = 0; r < 4; r++)
        work_ns[r] = 8000;
    const struct nh_times *x = &run(s, WORK)->times;
    assert_true(x->flags & NH_TIMES_BELOW_HOP);
    assert_true(x->flags & NH_TIMES_SKEW);
    done(s);
}

/* Rank 2's clock steps by 3 ms and stays there: the line between the offsets before and
 * after is wrong by up to that, and the published bound says so. */
static void a_step_during_the_measurement_is_in_the_bound(void **state)
{
    (void)state;
    struct sim *s = sim_new(4);
    defaults("barrier");
    limits.common_clock = true;
    step_ns = 3000000;
    step_back = SIZE_MAX;
    const struct nh_times *x = &run(s, ALLREDUCE)->times;
    assert_true(fabs(x->clock.disagreement_ns - 3000000) < 1000);
    assert_true(x->clock.bound_ns > 3000000);
    done(s);
}

/* It steps back again: both offsets agree. But meanwhile rank 2 seems to leave samples when
 * the others are in the next one already, through the barrier. */
static void a_clock_that_puts_effect_before_cause_is_flagged(void **state)
{
    (void)state;
    for (int steps = 0; steps < 2; steps++) {
        struct sim *s = sim_new(4);
        defaults("barrier");
        limits.common_clock = true;
        step_ns = steps ? 3000000 : 0;
        step_back = 25;
        const struct nh_times *x = &run(s, ALLREDUCE)->times;
        assert_true(x->clock.disagreement_ns < 1000);
        assert_int_equal(x->flags & NH_TIMES_CLOCK, steps ? NH_TIMES_CLOCK : 0);
        done(s);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_name_finds_its_method),
        cmocka_unit_test(nobody_leaves_before_all_have_come),
        cmocka_unit_test(dissemination_takes_log2_messages),
        cmocka_unit_test(a_group_without_messages_or_clock_refuses),
        cmocka_unit_test(round_time_starts_ranks_within_a_microsecond),
        cmocka_unit_test(round_time_announces_earlier_until_all_are_in_time),
        cmocka_unit_test(an_always_late_rank_is_flagged_and_hangs_nothing),
        cmocka_unit_test(a_quarter_of_late_starts_is_flagged),
        cmocka_unit_test(windows_grow_until_the_operation_fits),
        cmocka_unit_test(the_bracket_holds_whatever_the_clocks),
        cmocka_unit_test(every_definition_agrees_with_the_truth),
        cmocka_unit_test(a_skewed_broadcast_is_called_an_artefact),
        cmocka_unit_test(a_broadcast_from_a_common_start_is_no_artefact),
        cmocka_unit_test(quicker_than_a_hop_is_flagged),
        cmocka_unit_test(a_step_during_the_measurement_is_in_the_bound),
        cmocka_unit_test(a_clock_that_puts_effect_before_cause_is_flagged),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
