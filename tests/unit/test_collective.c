/* SPDX-License-Identifier: BSD-3-Clause */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "bench/app/collective.h"
#include "tests/unit/support.h"

enum { RANKS = 5, COUNT = 13 };

static struct nh_coll_view view_of(enum nh_coll_id id, int ranks, int rank, int root)
{
    const struct nh_coll_model *m = &nh_coll_models[id];
    return (struct nh_coll_view){m, rank, ranks, m->rooted ? root : rank, COUNT};
}

/* The mark of block b that `rank` gives, as the standard defines the operation. */
static unsigned given(enum nh_coll_id id, int rank, int b, int root)
{
    const struct nh_coll_view v = view_of(id, RANKS, rank, root);
    return nh_coll_mark_given(&v, b);
}

/* MPI 3.1, chapter 5: which block of whom stands where afterwards. */
static void test_moves_are_those_of_the_standard(void **state)
{
    (void)state;
    for (int root = 0; root < RANKS; root++)
        for (int me = 0; me < RANKS; me++) {
            struct nh_coll_view bcast = view_of(NH_BCAST, RANKS, me, root);
            struct nh_coll_view gather = view_of(NH_GATHER, RANKS, me, root);
            struct nh_coll_view scatter = view_of(NH_SCATTER, RANKS, me, root);
            struct nh_coll_view allgather = view_of(NH_ALLGATHER, RANKS, me, root);
            struct nh_coll_view alltoall = view_of(NH_ALLTOALL, RANKS, me, root);
            assert_int_equal(nh_coll_blocks_got(&bcast), 1);
            assert_int_equal(nh_coll_mark_got(&bcast, 0), given(NH_BCAST, root, 0, root));
            assert_int_equal(nh_coll_blocks_got(&gather), me == root ? RANKS : 0);
            assert_int_equal(nh_coll_blocks_got(&scatter), 1);
            assert_int_equal(nh_coll_mark_got(&scatter, 0), given(NH_SCATTER, root, me, root));
            assert_int_equal(nh_coll_source(&scatter, 0), root);
            assert_int_equal(nh_coll_blocks_got(&allgather), RANKS);
            assert_int_equal(nh_coll_blocks_got(&alltoall), RANKS);
            for (int b = 0; b < RANKS; b++) {
                if (me == root)
                    assert_int_equal(nh_coll_mark_got(&gather, b), given(NH_GATHER, b, 0, root));
                assert_int_equal(nh_coll_mark_got(&allgather, b), given(NH_ALLGATHER, b, 0, root));
                assert_int_equal(nh_coll_mark_got(&alltoall, b), given(NH_ALLTOALL, b, me, root));
                assert_int_equal(nh_coll_source(&alltoall, b), b);
            }
        }
}

static void test_what_is_given(void **state)
{
    (void)state;
    const struct {
        enum nh_coll_id id;
        int root, other;
    } blocks[] = {{NH_ALLREDUCE, 1, 1},          {NH_REDUCE, 1, 1},    {NH_REDUCESCATTER, 1, 1},
                  {NH_REDUCESCATTERBLOCK, 1, 1}, {NH_BCAST, 1, 0},     {NH_GATHER, 1, 1},
                  {NH_SCATTER, RANKS, 0},        {NH_ALLGATHER, 1, 1}, {NH_BARRIER, 0, 0},
                  {NH_ALLTOALL, RANKS, RANKS}};
    for (size_t i = 0; i < sizeof blocks / sizeof *blocks; i++) {
        struct nh_coll_view root = view_of(blocks[i].id, RANKS, 2, 2);
        struct nh_coll_view other = view_of(blocks[i].id, RANKS, 1, 2);
        assert_int_equal(nh_coll_blocks_given(&root), blocks[i].root);
        if (nh_coll_models[blocks[i].id].rooted)
            assert_int_equal(nh_coll_blocks_given(&other), blocks[i].other);
        assert_int_equal(nh_coll_gives(&root), (size_t)blocks[i].root * COUNT);
    }
}

/* Blocks that could be mistaken for each other have other bytes: the period is 251. */
static void test_marks_tell_senders_and_addressees_apart(void **state)
{
    (void)state;
    const int ranks = 251;
    for (int a = 0; a < ranks; a++)
        for (int b = 0; b < ranks; b += 10) {
            struct nh_coll_view from_a = view_of(NH_ALLTOALL, ranks, a, 0);
            struct nh_coll_view from_b = view_of(NH_ALLTOALL, ranks, b, 0);
            if (a == b)
                continue;
            assert_int_not_equal(nh_coll_mark_given(&from_a, b) % 251,
                                 nh_coll_mark_given(&from_b, a) % 251);
            assert_int_not_equal(nh_coll_mark_given(&from_a, 7) % 251,
                                 nh_coll_mark_given(&from_b, 7) % 251);
            assert_int_not_equal(nh_coll_mark_given(&from_a, a) % 251,
                                 nh_coll_mark_given(&from_a, b) % 251);
        }
}

static void test_shares_cover_the_vector_once(void **state)
{
    (void)state;
    for (size_t count = 0; count < 40; count++)
        for (int ranks = 1; ranks < 9; ranks++) {
            size_t next = 0;
            for (int r = 0; r < ranks; r++) {
                size_t first, share = nh_coll_share(count, ranks, r, &first);
                assert_int_equal(first, next);
                assert_in_range(share, count / (size_t)ranks, count / (size_t)ranks + 1);
                next += share;
            }
            assert_int_equal(next, count);
        }
}

/* Bus factors of nccl-tests, doc/PERFORMANCE.md: all-reduce 2(n-1)/n, reduce-scatter,
 * all-gather and all-to-all (n-1)/n of the whole, broadcast and reduce 1. */
static void test_bytes_follow_the_published_factors(void **state)
{
    (void)state;
    const struct {
        enum nh_coll_id id;
        double bus, total, wire; /* 4 ranks, blocks of 1000 B */
    } rows[] = {{NH_ALLREDUCE, 1.5, 1000, 6000},
                {NH_REDUCE, 1, 1000, 3000},
                {NH_REDUCESCATTER, 0.75, 1000, 3000},
                {NH_REDUCESCATTERBLOCK, 0.75, 1000, 3000},
                {NH_BCAST, 1, 1000, 3000},
                {NH_ALLGATHER, 0.75, 4000, 12000},
                {NH_ALLTOALL, 0.75, 4000, 12000},
                {NH_GATHER, 0.75, 4000, 3000},
                {NH_SCATTER, 0.75, 4000, 3000},
                {NH_BARRIER, 0, 0, 0}};
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        const struct nh_coll_model *m = &nh_coll_models[rows[i].id];
        double bytes = rows[i].id == NH_BARRIER ? 0 : 1000;
        assert_true(nh_coll_bus_factor(m, 4) == rows[i].bus);
        assert_true(nh_coll_total_bytes(m, 4, bytes) == rows[i].total);
        assert_true(nh_coll_wire_bytes(m, 4, bytes) == rows[i].wire);
        assert_true(nh_coll_wire_bytes(m, 1, bytes) == 0);
    }
}

/* ---- numbers ---- */

static double number(const void *p, enum nh_coll_type type)
{
    if (type == NH_COLL_FLOAT)
        return *(const float *)p;
    if (type == NH_COLL_DOUBLE)
        return *(const double *)p;
    return type == NH_COLL_INT32 ? *(const int32_t *)p : (double)*(const int64_t *)p;
}

static void put(void *p, enum nh_coll_type type, double x)
{
    float f = (float)x;
    int32_t i = (int32_t)x;
    int64_t l = (int64_t)x;
    if (type == NH_COLL_FLOAT)
        memcpy(p, &f, sizeof f);
    else if (type == NH_COLL_DOUBLE)
        memcpy(p, &x, sizeof x);
    else if (type == NH_COLL_INT32)
        memcpy(p, &i, sizeof i);
    else
        memcpy(p, &l, sizeof l);
}

/* Combines the inputs of all ranks one after the other, as a user would. */
static void combine(char *result, char *input, enum nh_coll_type type, enum nh_coll_op op,
                    int ranks)
{
    size_t size = nh_coll_type_size(type);
    nh_coll_numbers(result, COUNT, type, 0);
    for (int r = 1; r < ranks; r++) {
        nh_coll_numbers(input, COUNT, type, r);
        for (size_t i = 0; i < COUNT; i++) {
            double a = number(result + i * size, type), b = number(input + i * size, type);
            double sum = a + b, smaller = a < b ? a : b, higher = a > b ? a : b;
            put(result + i * size, type,
                op == NH_COLL_SUM   ? sum
                : op == NH_COLL_MIN ? smaller
                                    : higher);
        }
    }
}

static void test_expected_numbers_are_those_of_combining(void **state)
{
    (void)state;
    int64_t result[COUNT], input[COUNT]; /* aligned for every type */
    struct nh_error err;
    for (int type = 0; type < NH_COLL_TYPES; type++)
        for (int op = 0; op < NH_COLL_OPS; op++)
            for (int ranks = 1; ranks < 24; ranks++) {
                combine((char *)result, (char *)input, (enum nh_coll_type)type, (enum nh_coll_op)op,
                        ranks);
                assert_int_equal(nh_coll_check_numbers(result, 0, COUNT, (enum nh_coll_type)type,
                                                       (enum nh_coll_op)op, ranks, &err),
                                 NH_OK);
                size_t size = nh_coll_type_size((enum nh_coll_type)type);
                assert_int_equal(nh_coll_check_numbers((char *)result + 4 * size, 4, COUNT - 4,
                                                       (enum nh_coll_type)type, (enum nh_coll_op)op,
                                                       ranks, &err),
                                 NH_OK);
            }
}

static void test_one_wrong_number_is_named(void **state)
{
    (void)state;
    double result[COUNT];
    struct nh_error err;
    nh_coll_numbers(result, COUNT, NH_COLL_DOUBLE, 0);
    assert_int_equal(nh_coll_check_numbers(result, 0, COUNT, NH_COLL_DOUBLE, NH_COLL_SUM, 1, &err),
                     NH_OK);
    result[5] += 1;
    assert_int_equal(nh_coll_check_numbers(result, 0, COUNT, NH_COLL_DOUBLE, NH_COLL_SUM, 1, &err),
                     NH_EFAIL);
    assert_non_null(strstr(err.text, "element 5 of 13 (offset 40) is 7, not 6"));
    /* a shifted result is wrong too */
    nh_coll_numbers(result, COUNT, NH_COLL_DOUBLE, 0);
    assert_int_equal(nh_coll_check_numbers(result, 1, COUNT, NH_COLL_DOUBLE, NH_COLL_SUM, 1, &err),
                     NH_EFAIL);
}

/* Sums stay exact in a float up to a million ranks: at most 11 each, below 2^24. */
static void test_a_million_ranks_are_exact_in_a_float(void **state)
{
    (void)state;
    float x = 0;
    struct nh_error err;
    for (int r = 0; r < 1000000; r++) {
        float input;
        nh_coll_numbers(&input, 1, NH_COLL_FLOAT, r);
        x += input;
    }
    assert_int_equal(nh_coll_check_numbers(&x, 0, 1, NH_COLL_FLOAT, NH_COLL_SUM, 1000000, &err),
                     NH_OK);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_moves_are_those_of_the_standard),
        cmocka_unit_test(test_what_is_given),
        cmocka_unit_test(test_marks_tell_senders_and_addressees_apart),
        cmocka_unit_test(test_shares_cover_the_vector_once),
        cmocka_unit_test(test_bytes_follow_the_published_factors),
        cmocka_unit_test(test_expected_numbers_are_those_of_combining),
        cmocka_unit_test(test_one_wrong_number_is_named),
        cmocka_unit_test(test_a_million_ranks_are_exact_in_a_float)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
