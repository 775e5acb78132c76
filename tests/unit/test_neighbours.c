/* SPDX-License-Identifier: BSD-3-Clause */
#include "bench/proof/neighbours.h"

#include <stdio.h>
#include <string.h>

#include "tests/unit/support.h"

/* Three hosts in one process, each with a socket and a thread of its own. */
enum { HOSTS = 3 };

struct job {
    struct nh_host_state states[HOSTS];
    struct nh_neighbour at[HOSTS];
    struct nh_neighbours *hosts[HOSTS];
};

static void say(void *context, struct nh_host_state *out)
{
    *out = *(const struct nh_host_state *)context;
}

static void open_hosts(struct job *j)
{
    *j = (struct job){.hosts = {NULL}};
    for (int i = 0; i < HOSTS; i++) {
        snprintf(j->at[i].name, sizeof j->at[i].name, "host%d", i);
        j->at[i].rank = 4 * i;
        j->at[i].ranks = 4;
        j->states[i].rank = 4 * i + 1;
        j->states[i].steps = 100;
        j->hosts[i] = nh_neighbours_open(say, &j->states[i], &j->at[i]);
        assert_non_null(j->hosts[i]);
        assert_true(j->at[i].count > 0);
        assert_int_not_equal(j->at[i].port, 0);
    }
}

static void join_hosts(struct job *j, uint64_t token_of_last)
{
    for (int i = 0; i < HOSTS; i++)
        assert_true(
            nh_neighbours_join(j->hosts[i], j->at, HOSTS, i, i == HOSTS - 1 ? token_of_last : 7));
}

static void close_hosts(struct job *j)
{
    for (int i = 0; i < HOSTS; i++)
        nh_neighbours_close(j->hosts[i]);
}

static void test_all_answer_and_none_is_late(void **state)
{
    struct job j;
    char text[256];
    (void)state;
    open_hosts(&j);
    join_hosts(&j, 7);
    for (int i = 0; i < HOSTS; i++)
        assert_true(nh_neighbours_reached(j.hosts[i]));
    nh_neighbours_ask(j.hosts[0], text, sizeof text);
    assert_string_equal(text, "");
    close_hosts(&j);
}

static void test_the_host_that_has_come_least_far_is_named(void **state)
{
    struct job j;
    char text[256];
    (void)state;
    open_hosts(&j);
    join_hosts(&j, 7);
    j.states[1].steps = 99;
    nh_neighbours_ask(j.hosts[0], text, sizeof text);
    assert_string_equal(text, "rank 5 on host host1 has not come as far as the others");
    nh_neighbours_ask(j.hosts[1], text, sizeof text);
    assert_string_equal(text, "rank 5 on host host1 has not come as far as the others");
    close_hosts(&j);
}

static void test_ranks_in_trouble_are_named_before_all_else(void **state)
{
    struct job j;
    char text[256];
    (void)state;
    open_hosts(&j);
    join_hosts(&j, 7);
    j.states[1].steps = 1;
    snprintf(j.states[2].trouble, sizeof j.states[2].trouble, "rank 9 (process 1234) is stopped");
    nh_neighbours_ask(j.hosts[0], text, sizeof text);
    assert_string_equal(text, "host host2: rank 9 (process 1234) is stopped");
    close_hosts(&j);
}

/* A host that has another token is one of another job. */
static void test_a_host_that_does_not_answer_is_named(void **state)
{
    struct job j;
    char text[256];
    (void)state;
    open_hosts(&j);
    join_hosts(&j, 8);
    assert_false(nh_neighbours_reached(j.hosts[0]));
    nh_neighbours_ask(j.hosts[0], text, sizeof text);
    assert_string_equal(text, "host host2 (rank 8 and 3 more) does not answer");
    close_hosts(&j);
}

static void test_tokens_differ(void **state)
{
    (void)state;
    assert_true(nh_neighbours_token() != nh_neighbours_token());
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_all_answer_and_none_is_late),
        cmocka_unit_test(test_the_host_that_has_come_least_far_is_named),
        cmocka_unit_test(test_ranks_in_trouble_are_named_before_all_else),
        cmocka_unit_test(test_a_host_that_does_not_answer_is_named),
        cmocka_unit_test(test_tokens_differ),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
