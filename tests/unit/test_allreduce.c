/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The all-reduce algorithms between threads of this program: every algorithm, type,
 * operation and number of ranks against sums computed one after the other. Whole numbers,
 * so that every order of additions gives the same bits.
 */
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "bench/allreduce/shm.h"
#include "bench/allreduce/wire.h"

enum { RANKS_MAX = 17 };

/* ---- messages between threads ---- */

struct message {
    struct message *next;
    size_t bytes;
    char data[];
};

struct world {
    int ranks;
    pthread_mutex_t lock;
    pthread_cond_t arrived;
    struct message *first[RANKS_MAX][RANKS_MAX]; /* from, to */
    struct nh_shm_part *parts[RANKS_MAX];
};

struct endpoint {
    struct world *world;
    int rank;
    size_t unit; /* bytes of an element */
};

static void post(struct endpoint *e, const void *out, size_t bytes, int to)
{
    struct message **at = &e->world->first[e->rank][to], *m = malloc(sizeof *m + bytes);
    assert_non_null(m);
    m->next = NULL;
    m->bytes = bytes;
    if (bytes)
        memcpy(m->data, out, bytes);
    pthread_mutex_lock(&e->world->lock);
    while (*at)
        at = &(*at)->next;
    *at = m;
    pthread_cond_broadcast(&e->world->arrived);
    pthread_mutex_unlock(&e->world->lock);
}

static void take(struct endpoint *e, void *in, size_t bytes, int from)
{
    struct message **at = &e->world->first[from][e->rank], *m;
    pthread_mutex_lock(&e->world->lock);
    while (!*at)
        pthread_cond_wait(&e->world->arrived, &e->world->lock);
    m = *at;
    *at = m->next;
    pthread_mutex_unlock(&e->world->lock);
    assert_int_equal(m->bytes, bytes);
    if (bytes)
        memcpy(in, m->data, bytes);
    free(m);
}

static void exchange(void *context, const void *out, size_t out_count, int to, void *in,
                     size_t in_count, int from)
{
    struct endpoint *e = context;
    if (to >= 0)
        post(e, out, out_count * e->unit, to);
    if (from >= 0)
        take(e, in, in_count * e->unit, from);
}

/* ---- one rank ---- */

struct task {
    struct world *world;
    nh_wire_fn *wire; /* NULL: shared memory */
    int rank;
    int failures; /* counted, since cmocka's checks belong to the main thread */
};

static const size_t counts[] = {0,   1,   2,   3,    7,    13,   14,    15,    56,    57,
                                113, 300, 801, 4096, 8191, 8193, 16385, 70001, 200003};
enum { COUNTS = sizeof counts / sizeof *counts, LARGEST = 200003 };

static double input(size_t i, int rank)
{
    return (double)(i % 11) - 3 * (double)(rank % 4);
}

static double expected(size_t i, int ranks, enum nh_arith_op op)
{
    double x = input(i, 0);
    for (int r = 1; r < ranks; r++) {
        double y = input(i, r);
        x = op == NH_OP_SUM ? x + y : (op == NH_OP_MIN) == (y < x) ? y : x;
    }
    return x;
}

static void put(void *p, enum nh_arith_type type, size_t i, double x)
{
    switch (type) {
    case NH_TYPE_FLOAT:
        ((float *)p)[i] = (float)x;
        break;
    case NH_TYPE_DOUBLE:
        ((double *)p)[i] = x;
        break;
    case NH_TYPE_INT32:
        ((int32_t *)p)[i] = (int32_t)x;
        break;
    case NH_TYPE_INT64:
        ((int64_t *)p)[i] = (int64_t)x;
        break;
    }
}

/* What is expected, as bytes, so that bits are compared. */
static bool holds(const void *p, enum nh_arith_type type, enum nh_arith_op op, size_t count,
                  int ranks)
{
    size_t size = nh_arith(type, op).size;
    for (size_t i = 0; i < count; i++) {
        uint64_t want = 0;
        put(&want, type, 0, expected(i, ranks, op));
        if (memcmp((const char *)p + i * size, &want, size) != 0)
            return false;
    }
    return true;
}

struct buffers {
    struct nh_shm shm;
    struct endpoint endpoint;
    struct nh_wire wire;
    char *in, *out, *scratch;
};

static void reduce(struct task *t, struct buffers *b, struct nh_arith arith, bool in_place,
                   size_t count)
{
    b->endpoint.unit = arith.size;
    if (!t->wire) {
        nh_shm_allreduce(&b->shm, arith, in_place ? b->out : b->in, b->out, count);
        return;
    }
    t->wire(&b->wire, arith, b->out, b->scratch, count);
}

static void one_call(struct task *t, struct buffers *b, enum nh_arith_type type,
                     enum nh_arith_op op, size_t count)
{
    struct nh_arith arith = nh_arith(type, op);
    bool in_place = t->wire || count % 2;
    memset(b->out, 0x5a, count * arith.size + 1);
    for (size_t i = 0; i < count; i++)
        put(in_place ? b->out : b->in, type, i, input(i, t->rank));
    reduce(t, b, arith, in_place, count);
    t->failures += !holds(b->out, type, op, count, t->world->ranks);
    t->failures += b->out[count * arith.size] != 0x5a; /* nothing behind the result */
}

static void open_buffers(struct task *t, struct buffers *b)
{
    *b = (struct buffers){.endpoint = {.world = t->world, .rank = t->rank}};
    b->wire = (struct nh_wire){t->rank, t->world->ranks, &b->endpoint, exchange};
    nh_shm_attach(&b->shm, t->rank, t->world->ranks, t->world->parts, true);
    b->in = malloc(LARGEST * 8 + 1);
    b->out = malloc(LARGEST * 8 + 1);
    b->scratch = malloc(LARGEST * 8 + 1);
}

static void close_buffers(struct buffers *b)
{
    free(b->in);
    free(b->out);
    free(b->scratch);
}

static void *all_calls(void *context)
{
    struct task *t = context;
    struct buffers b;
    open_buffers(t, &b);
    size_t n = t->world->ranks > 8 ? COUNTS - 2 : COUNTS; /* these take long on two cores */
    for (size_t i = 0; i < n; i++)
        for (int type = NH_TYPE_FLOAT; type <= NH_TYPE_INT64; type++)
            for (int op = NH_OP_SUM; op <= NH_OP_MAX; op++)
                if (counts[i] < 10000 || (type + op) % 3 == 0)
                    one_call(t, &b, type, op, counts[i]);
    close_buffers(&b);
    return NULL;
}

/* Broadcasts between all-reduces, since they share counters and buffers. */
static void *mixed_calls(void *context)
{
    struct task *t = context;
    struct buffers b;
    open_buffers(t, &b);
    for (int round = 0; round < 200; round++) {
        size_t count = counts[(round * 7) % (COUNTS - 1)], bytes = count * sizeof(int32_t);
        one_call(t, &b, NH_TYPE_INT32, NH_OP_SUM, count);
        for (size_t i = 0; i < count; i++)
            put(b.out, NH_TYPE_INT32, i, t->rank ? -1 : (double)(i % 1000) + round);
        nh_shm_broadcast(&b.shm, b.out, bytes);
        for (size_t i = 0; i < count; i++)
            t->failures += ((int32_t *)b.out)[i] != (int32_t)(i % 1000) + round;
    }
    close_buffers(&b);
    return NULL;
}

/* Long enough for trials of both ways and for what follows from them, twice; `pid` is whose
 * memory may be read. */
static void *direct_calls(struct task *t, pid_t pid)
{
    struct buffers b;
    open_buffers(t, &b);
    nh_shm_allow_direct(&b.shm, pid);
    for (int round = 0; round < 210; round++) {
        one_call(t, &b, NH_TYPE_INT64, NH_OP_SUM, 4096);
        if (round % 20 == 0)
            one_call(t, &b, NH_TYPE_FLOAT, NH_OP_MAX, 70002);
    }
    t->failures += pid != getpid() && b.shm.peer != 0; /* has been given up */
    close_buffers(&b);
    return NULL;
}

static void *readable(void *task)
{
    return direct_calls(task, getpid());
}

/* Above every pid_max: no such process. */
static void *unreadable(void *task)
{
    return direct_calls(task, 1 << 29);
}

/* ---- all ranks ---- */

static void open_world(struct world *w, int ranks)
{
    *w = (struct world){.ranks = ranks};
    pthread_mutex_init(&w->lock, NULL);
    pthread_cond_init(&w->arrived, NULL);
    size_t bytes = (nh_shm_part_bytes(ranks) + NH_SHM_LINE - 1) / NH_SHM_LINE * NH_SHM_LINE;
    for (int r = 0; r < ranks; r++) {
        w->parts[r] = aligned_alloc(NH_SHM_LINE, bytes);
        assert_non_null(w->parts[r]);
        memset((void *)w->parts[r], 0, bytes);
    }
}

static void close_world(struct world *w)
{
    for (int r = 0; r < w->ranks; r++)
        free(w->parts[r]);
    pthread_cond_destroy(&w->arrived);
    pthread_mutex_destroy(&w->lock);
}

static void run(int ranks, nh_wire_fn *wire, void *(*calls)(void *))
{
    struct world world;
    struct task tasks[RANKS_MAX];
    pthread_t threads[RANKS_MAX];
    open_world(&world, ranks);
    for (int r = 0; r < ranks; r++) {
        tasks[r] = (struct task){&world, wire, r, 0};
        assert_int_equal(pthread_create(&threads[r], NULL, calls, &tasks[r]), 0);
    }
    for (int r = 0; r < ranks; r++) {
        pthread_join(threads[r], NULL);
        if (tasks[r].failures)
            fail_msg("rank %d of %d: %d wrong results", r, ranks, tasks[r].failures);
    }
    close_world(&world);
}

static const int sizes[] = {1, 2, 3, 4, 5, 7, 8, 16};
enum { SIZES = sizeof sizes / sizeof *sizes };

static void test_recursive_doubling(void **state)
{
    (void)state;
    for (size_t i = 0; i < SIZES; i++)
        run(sizes[i], nh_wire_recursive_doubling, all_calls);
}

static void test_ring(void **state)
{
    (void)state;
    for (size_t i = 0; i < SIZES; i++)
        run(sizes[i], nh_wire_ring, all_calls);
}

static void test_rabenseifner(void **state)
{
    (void)state;
    for (size_t i = 0; i < SIZES; i++)
        run(sizes[i], nh_wire_rabenseifner, all_calls);
}

static void test_shared_memory(void **state)
{
    (void)state;
    for (size_t i = 0; i < SIZES; i++)
        run(sizes[i], NULL, all_calls);
}

static void test_broadcast_between(void **state)
{
    (void)state;
    for (size_t i = 1; i < SIZES; i++)
        run(sizes[i], NULL, mixed_calls);
}

static void test_peer_memory(void **state)
{
    (void)state;
    run(2, NULL, readable);
    run(2, NULL, unreadable);
}

static void test_integers_wrap(void **state)
{
    (void)state;
    int32_t a[] = {INT32_MAX}, b[] = {1}, sum[1];
    nh_arith(NH_TYPE_INT32, NH_OP_SUM).reduce(sum, a, b, 1);
    assert_int_equal(sum[0], INT32_MIN);
    int64_t c[] = {INT64_MAX}, d[] = {2}, wide[1];
    nh_arith(NH_TYPE_INT64, NH_OP_SUM).reduce(wide, c, d, 1);
    assert_true(wide[0] == INT64_MIN + 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_recursive_doubling), cmocka_unit_test(test_ring),
        cmocka_unit_test(test_rabenseifner),       cmocka_unit_test(test_shared_memory),
        cmocka_unit_test(test_broadcast_between),  cmocka_unit_test(test_peer_memory),
        cmocka_unit_test(test_integers_wrap),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
