/* SPDX-License-Identifier: BSD-3-Clause */
/* The limits of two cores of one host: two threads, or two processes, stand for the ranks. */
#include "tests/unit/support.h"

#include <math.h>
#include <pthread.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include "bench/shm/cma.h"
#include "bench/shm/floor.h"
#include "bench/shm/handover.h"
#include "bench/shm/segment.h"
#include "common/record.h"

struct side {
    struct nh_floor floor;
    int code;
    struct nh_error err;
};

static void open_side(struct side *s, int side, struct nh_line *line, const struct nh_clock *clock)
{
    *s = (struct side){
        .floor.handover = {.line = line, .side = side, .clock = clock, .timeout_s = 20}};
}

static void *look(void *argument)
{
    struct side *s = argument;
    s->code = nh_floor_handover(&s->floor, &s->floor.before, &s->err);
    return NULL;
}

static void each_side_takes_every_second_turn(void **state)
{
    (void)state;
    struct nh_line line = {0};
    struct nh_clock clock;
    struct side a, b;
    pthread_t thread;
    nh_clock_monotonic(&clock);
    open_side(&a, 0, &line, &clock);
    open_side(&b, 1, &line, &clock);
    assert_int_equal(pthread_create(&thread, NULL, look, &b), 0);
    look(&a);
    pthread_join(thread, NULL);
    assert_ok(a.code, a.err);
    assert_ok(b.code, b.err);
    /* Two turns a round, and the line holds the last one. */
    uint64_t turns = (uint64_t)2 * NH_FLOOR_SAMPLES * NH_FLOOR_ROUNDS;
    assert_int_equal(a.floor.handover.turns, turns);
    assert_int_equal(b.floor.handover.turns, turns);
    assert_int_equal(atomic_load(&line.turn), turns);
    assert_int_equal(a.floor.before.handovers, NH_FLOOR_SAMPLES);
    for (size_t i = 0; i < NH_FLOOR_SAMPLES; i++)
        assert_true(a.floor.before.handover_ns[i] > 0);
}

static int64_t step_now(void *context)
{
    int64_t *t = context;
    return *t += 1000000; /* a millisecond for each reading */
}

static void a_silent_partner_is_given_up(void **state)
{
    (void)state;
    struct nh_line line = {0};
    int64_t time = 0;
    struct nh_clock clock = {.source = "test", .now = step_now, .context = &time};
    struct nh_handover h = {.line = &line, .clock = &clock, .timeout_s = 0.005};
    struct nh_error err = {0};
    assert_int_equal(nh_handover_rounds(&h, 1, &err), NH_EFAIL);
    assert_says(&err, "silent");
    assert_true(time <= 20000000);
}

/* A clock that lets each copy take 100 us makes the rate exact. */
static int64_t copy_now(void *context)
{
    int64_t *t = context;
    return *t += 100000;
}

static void copy_rate_follows_from_the_clock(void **state)
{
    (void)state;
    int64_t time = 0;
    struct nh_clock clock = {.source = "test", .now = copy_now, .context = &time};
    struct nh_floor f = {.handover.clock = &clock, .copy_bytes = 1000000};
    nh_floor_copy(&f, &f.before, 1e6);
    assert_true(f.before.copies >= 3 && f.before.copies <= NH_FLOOR_COPIES_MAX);
    for (size_t i = 0; i < f.before.copies; i++)
        assert_true(f.before.copy_ns[i] == 100000);
    assert_memory_equal(f.from, f.to, f.copy_bytes);
    f.before.handover_ns[0] = 60;
    f.before.handovers = 1;
    /* 1 MB in 100 us is 10 GB/s; a message at 4 GB/s reaches 40 % of it. */
    json_t *limits = nh_floor_json(&f, 250000, 4e9, 1);
    assert_true(fabs(nh_json_number(limits, "copy_bytes_per_s", 0) - 1e10) < 1);
    assert_true(fabs(nh_json_number(limits, "ratio", 0) - 0.4) < 1e-12);
    assert_string_equal(nh_json_text(limits, "ratio_of", ""), "bandwidth over copy bandwidth");
    json_decref(limits);
    limits = nh_floor_json(&f, 250000, 8e9, 2); /* both directions: two cores copy */
    assert_true(fabs(nh_json_number(limits, "ratio", 0) - 0.4) < 1e-12);
    json_decref(limits);
    nh_floor_close(&f);
}

static void both_modes_of_the_handover_are_recorded(void **state)
{
    (void)state;
    struct nh_floor f = {.copy_bytes = 8};
    for (size_t i = 0; i < NH_FLOOR_SAMPLES; i++) {
        f.before.handover_ns[i] = 60 + 0.1 * (double)(i % 7);
        f.after.handover_ns[i] = 270 + 0.3 * (double)(i % 5);
    }
    f.before.handovers = f.after.handovers = NH_FLOOR_SAMPLES;
    json_t *limits = nh_floor_json(&f, 540, NAN, 1);
    const json_t *modes = json_object_get(limits, "handover_modes");
    assert_true(fabs(nh_json_number(modes, "low", 0) - 60.3) < 0.2);
    assert_true(fabs(nh_json_number(modes, "high", 0) - 270.6) < 0.4);
    assert_true(fabs(nh_json_number(modes, "low_share", 0) - 0.5) < 0.01);
    assert_true(fabs(nh_json_number(limits, "handover_before_ns", 0) - 60.3) < 0.2);
    assert_string_equal(nh_json_text(limits, "ratio_of", ""), "time over hand-over");
    assert_true(nh_json_number(limits, "ratio", 0) > 1.9);
    json_decref(limits);
    f.before.handovers = f.after.handovers = 0;
    assert_null(nh_floor_json(&f, 540, NAN, 1));
}

static void a_segment_is_shared_by_name_and_leaves_nothing(void **state)
{
    (void)state;
    struct nh_segment a, b;
    struct nh_error err = {0};
    char path[64];
    assert_ok(nh_segment_make(&a, 10000, &err), err);
    snprintf(path, sizeof path, "/dev/shm%s", a.name);
    assert_int_equal(access(path, F_OK), 0);
    assert_ok(nh_segment_join(&b, a.name, 10000, &err), err);
    strcpy((char *)a.memory + 9000, "from the other side");
    assert_string_equal((char *)b.memory + 9000, "from the other side");
    nh_segment_unname(&a);
    assert_int_equal(access(path, F_OK), -1);
    nh_segment_close(&a);
    nh_segment_close(&b);
    assert_int_equal(nh_segment_join(&b, "/nodehour-none", 4096, &err), NH_EFAIL);
    assert_says(&err, "/nodehour-none");
}

static void a_full_dev_shm_is_an_error_with_its_fix(void **state)
{
    (void)state;
    struct nh_segment s;
    struct nh_error err = {0};
    assert_int_equal(nh_segment_make(&s, (size_t)1 << 50, &err), NH_EFAIL);
    assert_true(strlen(err.text) > 20);
    assert_null(s.memory);
}

/* The child's memory, read by the parent; the pipe keeps the child until then. */
static void memory_of_another_process_is_read_or_the_reason_given(void **state)
{
    (void)state;
    static char data[100000], copy[100000];
    struct nh_error err = {0};
    int end[2], status;
    char c;
    assert_int_equal(pipe(end), 0);
    pid_t child = fork();
    if (child == 0) {
        nh_cma_allow();
        for (size_t i = 0; i < sizeof data; i++)
            data[i] = (char)(i % 251);
        close(end[0]);
        (void)!write(end[1], "r", 1);
        pause();
        _exit(0);
    }
    close(end[1]);
    assert_int_equal(read(end[0], &c, 1), 1);
    int code = nh_cma_read(child, (uint64_t)(uintptr_t)data, copy, sizeof copy, &err);
    kill(child, SIGKILL);
    waitpid(child, &status, 0);
    close(end[0]);
    if (code) {
        assert_says(&err, ";"); /* a remedy */
        return;
    }
    for (size_t i = 0; i < sizeof copy; i++)
        assert_int_equal(copy[i], (char)(i % 251));
    assert_int_equal(nh_cma_read(child, 1, copy, 1, &err), NH_EFAIL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_side_takes_every_second_turn),
        cmocka_unit_test(a_silent_partner_is_given_up),
        cmocka_unit_test(copy_rate_follows_from_the_clock),
        cmocka_unit_test(both_modes_of_the_handover_are_recorded),
        cmocka_unit_test(a_segment_is_shared_by_name_and_leaves_nothing),
        cmocka_unit_test(a_full_dev_shm_is_an_error_with_its_fix),
        cmocka_unit_test(memory_of_another_process_is_read_or_the_reason_given),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
