/* SPDX-License-Identifier: BSD-3-Clause */
#include "tests/unit/support.h"

#include <math.h>
#include <pthread.h>

#include "bench/app/cg.h"
#include "bench/app/copybw.h"
#include "bench/app/grid.h"
#include "common/rng.h"

/* ---- ranks as threads: mailboxes for faces, an array for sums ---- */

enum { RANKS_MAX = 8, FACE_MAX = 4096 };

struct team {
    struct nh_grid grid;
    int size;
    pthread_barrier_t barrier;
    double face[RANKS_MAX][3][2][FACE_MAX];
    struct nh_exact_sum sums[RANKS_MAX];
};

struct member {
    struct team *team;
    int rank;
    int silent; /* a broken exchange: ghost cells are never filled */
    int64_t ticks;
    long iterations;
    double residual, error, true_residual;
    int code;
    struct nh_error err;
};

static int exchange(void *context, struct nh_block_grid *b, struct nh_error *err)
{
    struct member *m = context;
    struct team *t = m->team;
    (void)err;
    for (int a = 0; a < 3; a++)
        for (int side = 0; side < 2; side++)
            nh_block_pack(b, a, side, t->face[m->rank][a][side]);
    pthread_barrier_wait(&t->barrier);
    for (int a = 0; a < 3; a++)
        for (int side = 0; side < 2; side++) {
            int from = nh_grid_neighbour(&t->grid, m->rank, a, side);
            if (from >= 0 && !m->silent)
                nh_block_unpack(b, a, side, t->face[from][a][!side]);
        }
    pthread_barrier_wait(&t->barrier);
    return NH_OK;
}

/* Every rank adds in another order, as algorithms of MPI_Allreduce may. */
static int sum(void *context, struct nh_exact_sum *s, struct nh_error *err)
{
    struct member *m = context;
    struct team *t = m->team;
    struct nh_exact_sum total = {{0, 0}};
    (void)err;
    t->sums[m->rank] = *s;
    pthread_barrier_wait(&t->barrier);
    for (int i = 0; i < t->size; i++)
        for (int part = 0; part < 2; part++)
            total.part[part] += t->sums[(m->rank + i) % t->size].part[part];
    pthread_barrier_wait(&t->barrier);
    *s = total;
    return NH_OK;
}

/* A clock that advances by one at each reading. */
static int64_t tick(void *context)
{
    return ++*(int64_t *)context;
}

static struct nh_cg_comm comm_of(struct member *m)
{
    return (struct nh_cg_comm){m, exchange, sum, tick, &m->ticks};
}

static int open_member(struct member *m, struct nh_cg *cg)
{
    struct nh_cg_comm comm = comm_of(m);
    size_t start[3], n[3];
    int place[3];
    nh_grid_place(&m->team->grid, m->rank, place);
    for (int a = 0; a < 3; a++)
        nh_block(m->team->grid.cells[a], m->team->grid.dims[a], place[a], &start[a], &n[a]);
    int code = nh_cg_open(cg, m->team->grid.cells, start, n, 1e-10, &comm, &m->err);
    return code ? code : nh_cg_start(cg, &m->err);
}

static void *solve_member(void *memory)
{
    struct member *m = memory;
    struct nh_cg cg;
    m->code = open_member(m, &cg);
    if (m->code)
        return NULL;
    m->code = nh_cg_solve(&cg, 1000, &m->err);
    m->iterations = cg.iteration;
    m->residual = sqrt(cg.rr / cg.rr0);
    m->error = nh_block_error(&cg.block);
    if (m->code == NH_OK)
        m->code = nh_cg_true_residual(&cg, &m->true_residual, &m->err);
    nh_block_close(&cg.block);
    return NULL;
}

/* Solves on dims ranks and returns what rank 0 found, with the largest error of all. */
static struct member solve(const size_t cells[3], int x, int y, int z, int silent)
{
    static struct team team;
    struct member members[RANKS_MAX] = {{0}};
    pthread_t threads[RANKS_MAX];
    team.grid = (struct nh_grid){{cells[0], cells[1], cells[2]}, {x, y, z}};
    team.size = x * y * z;
    pthread_barrier_init(&team.barrier, NULL, (unsigned)team.size);
    for (int i = 0; i < team.size; i++) {
        members[i] = (struct member){.team = &team, .rank = i, .silent = silent};
        assert_int_equal(pthread_create(&threads[i], NULL, solve_member, &members[i]), 0);
    }
    for (int i = 0; i < team.size; i++)
        pthread_join(threads[i], NULL);
    pthread_barrier_destroy(&team.barrier);
    for (int i = 1; i < team.size; i++) {
        members[0].error = fmax(members[0].error, members[i].error);
        assert_int_equal(members[i].iterations, members[0].iterations);
    }
    return members[0];
}

/* ---- tests ---- */

static void one_rank_finds_the_analytic_solution(void **state)
{
    static const size_t boxes[][3] = {{32, 32, 32}, {24, 17, 9}, {1, 1, 1}, {40, 1, 3}};
    (void)state;
    for (size_t i = 0; i < sizeof boxes / sizeof *boxes; i++) {
        struct member m = solve(boxes[i], 1, 1, 1, 0);
        assert_ok(m.code, m.err);
        assert_true(m.iterations > 0);
        assert_true(m.error < 1e-8);
        assert_true(m.residual <= 1e-10);
        assert_true(fabs(m.true_residual - m.residual) < 1e-12);
    }
}

static void every_decomposition_gives_the_same_bits(void **state)
{
    static const size_t cells[3] = {13, 16, 11};
    static const int dims[][3] = {{1, 1, 2}, {2, 1, 1}, {1, 3, 1}, {1, 2, 2}, {4, 1, 1},
                                  {3, 2, 1}, {1, 2, 3}, {2, 2, 2}, {1, 1, 8}, {8, 1, 1}};
    struct member one = solve(cells, 1, 1, 1, 0);
    (void)state;
    assert_ok(one.code, one.err);
    for (size_t i = 0; i < sizeof dims / sizeof *dims; i++) {
        struct member m = solve(cells, dims[i][0], dims[i][1], dims[i][2], 0);
        assert_ok(m.code, m.err);
        assert_int_equal(m.iterations, one.iterations);
        assert_memory_equal(&m.residual, &one.residual, sizeof m.residual);
        assert_memory_equal(&m.error, &one.error, sizeof m.error);
    }
}

/* The check that guards the real runs does fail when faces are lost. */
static void lost_faces_are_noticed(void **state)
{
    static const size_t cells[3] = {12, 12, 12};
    struct member m = solve(cells, 1, 1, 2, 1);
    (void)state;
    assert_true(m.code != NH_OK || m.error > 1e-3);
}

static void wider_vectors_give_the_same_bits(void **state)
{
    static const size_t cells[3] = {37, 12, 10}, zero[3] = {0, 0, 0};
    static struct team team = {.size = 1, .grid = {{37, 12, 10}, {1, 1, 1}}};
    struct member m = {.team = &team};
    struct nh_cg_comm comm = comm_of(&m);
    double rr[2];
    (void)state;
    pthread_barrier_init(&team.barrier, NULL, 1);
    for (int i = 0; i < 2; i++) {
        struct nh_cg cg;
        assert_ok(nh_cg_open(&cg, cells, zero, cells, 1e-10, &comm, &m.err), m.err);
        cg.block.baseline_only = i;
        assert_ok(nh_cg_start(&cg, &m.err), m.err);
        for (int k = 0; k < 20; k++)
            assert_ok(nh_cg_iterate(&cg, 0, &m.err), m.err);
        rr[i] = cg.rr;
        if (i == 1)
            assert_string_equal(nh_block_instructions(&cg.block), "baseline");
        nh_block_close(&cg.block);
    }
    assert_memory_equal(&rr[0], &rr[1], sizeof rr[0]);
    pthread_barrier_destroy(&team.barrier);
}

/* |p|^2 by recursion bounds the sums: it must follow the real one. Endless iterations
 * start again after convergence, and the clock is read at the ends of all phases. */
static void endless_iterations(void **state)
{
    static const size_t cells[3] = {10, 10, 10}, zero[3] = {0, 0, 0};
    static struct team team = {.size = 1, .grid = {{10, 10, 10}, {1, 1, 1}}};
    struct member m = {.team = &team};
    struct nh_cg_comm comm = comm_of(&m);
    struct nh_cg cg;
    (void)state;
    pthread_barrier_init(&team.barrier, NULL, 1);
    assert_ok(nh_cg_open(&cg, cells, zero, cells, 1e-10, &comm, &m.err), m.err);
    assert_ok(nh_cg_start(&cg, &m.err), m.err);
    double first = cg.rr0;
    for (int i = 0; i < 200; i++) {
        double pp = 0;
        assert_ok(nh_cg_iterate(&cg, 1, &m.err), m.err);
        for (size_t k = 0; k < 10; k++)
            for (size_t j = 0; j < 10; j++)
                for (size_t x = 0; x < 10; x++) {
                    double p =
                        cg.block.v.p[cg.block.origin + k * cg.block.plane + j * cg.block.pitch + x];
                    pp += p * p;
                }
        assert_true(fabs(pp / cg.pp - 1) < 1e-6);
        assert_int_equal(cg.last.halo_ns, 1);
        assert_int_equal(cg.last.allreduce_ns, 2);
        assert_int_equal(cg.last.compute_ns, 3);
    }
    assert_true(cg.solves >= 3);
    double bits = cg.rr0;
    assert_memory_equal(&first, &bits, sizeof first);
    nh_block_close(&cg.block);
    pthread_barrier_destroy(&team.barrier);
}

enum { TERMS = 10000 };

static struct nh_exact_sum exact_sum(const double *t, const size_t *order, struct nh_exact c)
{
    struct nh_exact_sum s = {{0, 0}};
    for (size_t i = 0; i < TERMS; i++) {
        double q = nh_exact_round(c.m[0], t[order[i]]);
        s.part[0] += q;
        s.part[1] += nh_exact_round(c.m[1], t[order[i]] - q);
    }
    return s;
}

/* Terms over sixty binary orders of magnitude, of both signs, in shuffled orders: the
 * exact sum never changes; the plain one does, so this test can fail. */
static void exact_sum_has_no_order(void **state)
{
    static double terms[TERMS];
    static size_t order[TERMS];
    struct nh_rng rng = {42};
    double bound = 0;
    long double reference = 0;
    int plain_differs = 0;
    (void)state;
    for (size_t i = 0; i < TERMS; i++) {
        terms[i] = ldexp(nh_rng_unit(&rng) - 0.5, -(int)nh_rng_below(&rng, 60));
        bound += fabs(terms[i]);
        reference += terms[i];
        order[i] = i;
    }
    struct nh_exact c = nh_exact_for(bound * 1.01, TERMS);
    double first = nh_exact_value(exact_sum(terms, order, c)), plain_first = 0;
    for (int shuffle = 0; shuffle < 50; shuffle++) {
        double plain = 0, value = nh_exact_value(exact_sum(terms, order, c));
        for (size_t i = 0; i < TERMS; i++)
            plain += terms[order[i]];
        assert_memory_equal(&value, &first, sizeof value);
        if (shuffle == 0)
            plain_first = plain;
        plain_differs += plain < plain_first || plain > plain_first;
        nh_rng_shuffle(&rng, order, TERMS);
    }
    assert_true(plain_differs > 0);
    assert_true(fabs(first - (double)reference) <= 1e-15 * bound);
}

static void copies_are_timed(void **state)
{
    struct nh_copy c = {0};
    struct nh_error err;
    int64_t ticks = 0;
    (void)state;
    assert_true(nh_copy_count(0, 1) * 16 >= (size_t)128 << 20);
    assert_true(nh_copy_count((size_t)64 << 20, 2) * 16 >= (size_t)128 << 20);
    assert_ok(nh_copy_open(&c, 1000, &err), err);
    for (size_t i = 0; i < c.count; i++)
        c.from[i] = (double)i;
    nh_copy_pass(&c, NH_COPY_LOOP, tick, &ticks);
    assert_memory_equal(c.from, c.to, c.count * sizeof *c.to);
    /* 16 bytes an element in one nanosecond of the clock that ticks */
    assert_true(fabs(nh_copy_bandwidth(&c, NH_COPY_LOOP) / (16.0 * 1000 * 1e9) - 1) < 1e-12);
    assert_true(nh_copy_bandwidth(&c, NH_COPY_MEMCPY) <= 0);
    nh_copy_close(&c);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(one_rank_finds_the_analytic_solution),
        cmocka_unit_test(every_decomposition_gives_the_same_bits),
        cmocka_unit_test(lost_faces_are_noticed),
        cmocka_unit_test(wider_vectors_give_the_same_bits),
        cmocka_unit_test(endless_iterations),
        cmocka_unit_test(exact_sum_has_no_order),
        cmocka_unit_test(copies_are_timed),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
