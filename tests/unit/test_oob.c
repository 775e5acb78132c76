/* SPDX-License-Identifier: BSD-3-Clause */
/* Two sides that find each other over TCP, who they are under a launcher, and why EFA is
 * missing. Two threads stand for the two processes. */
#include "tests/unit/support.h"

#include <pthread.h>
#include <stdbool.h>
#include <sys/stat.h>
#include <unistd.h>

#include "bench/fabric/efa.h"
#include "bench/fabric/oob.h"
#include "bench/fabric/start.h"

struct side {
    struct nh_oob oob;
    struct nh_group group;
    char port[8];
    bool listens;
    int code;
    struct nh_error err;
    int (*talk)(struct side *s);
};

static void *run_side(void *argument)
{
    struct side *s = argument;
    s->code = s->listens ? nh_oob_listen(&s->oob, 0, s->port, 10, &s->err)
                         : nh_oob_connect(&s->oob, 1, "127.0.0.1", s->port, 10, &s->err);
    if (s->code == NH_OK) {
        nh_oob_group(&s->oob, &s->group);
        s->code = s->talk(s);
    }
    nh_oob_close(&s->oob);
    return NULL;
}

/* Ports of this test only; several tests may run at once on a machine. */
static void choose_port(char *port)
{
    static int next;
    snprintf(port, 8, "%d", 33000 + (int)(getpid() % 500) * 16 + next++ % 16);
}

/* Rank 0 listens in this thread, rank 1 calls from another. */
static void both(int (*rank0)(struct side *), int (*rank1)(struct side *), struct side *a,
                 struct side *b)
{
    pthread_t thread;
    *a = (struct side){.listens = true, .talk = rank0};
    *b = (struct side){.talk = rank1};
    choose_port(a->port);
    strcpy(b->port, a->port);
    assert_int_equal(pthread_create(&thread, NULL, run_side, b), 0);
    run_side(a);
    pthread_join(thread, NULL);
}

static int use_group(struct side *s)
{
    struct nh_group *g = &s->group;
    int64_t v[3] = {g->rank ? 5 : 7, g->rank ? -1 : 1, 10};
    int64_t w[2] = {g->rank, 4 - g->rank}, sum = g->rank + 1;
    char text[8] = "";
    int other = -1, mine = g->rank;
    if (g->rank == 0)
        strcpy(text, "hello");
    if (g->broadcast(g->context, text, sizeof text, &s->err) ||
        g->reduce(g->context, NH_MAX, v, 3, &s->err) ||
        g->reduce(g->context, NH_MIN, w, 2, &s->err) ||
        g->reduce(g->context, NH_SUM, &sum, 1, &s->err) || g->barrier(g->context, &s->err) ||
        g->exchange(g->context, 1 - mine, &mine, 1 - mine, &other, sizeof mine, &s->err))
        return s->err.code;
    bool right = strcmp(text, "hello") == 0 && v[0] == 7 && v[1] == 1 && v[2] == 10 && w[0] == 0 &&
                 w[1] == 3 && sum == 3 && other == 1 - mine && g->size == 2;
    return right ? g->agree(g->context, NH_OK, &s->err) : -1;
}

static void control_messages_travel_both_ways(void **state)
{
    struct side a, b;
    (void)state;
    both(use_group, use_group, &a, &b);
    assert_ok(a.code, a.err);
    assert_ok(b.code, b.err);
}

static int fail_on_rank_1(struct side *s)
{
    int code = NH_OK;
    if (s->group.rank == 1)
        code = nh_fail(&s->err, NH_EFAIL, "byte 7 is wrong");
    return s->group.agree(s->group.context, code, &s->err);
}

static void a_failure_of_one_is_the_failure_of_both(void **state)
{
    struct side a, b;
    (void)state;
    both(fail_on_rank_1, fail_on_rank_1, &a, &b);
    assert_int_equal(a.code, NH_EFAIL);
    assert_int_equal(b.code, NH_EFAIL);
    assert_string_equal(a.err.text, "byte 7 is wrong");
}

static int leave(struct side *s)
{
    (void)s;
    return NH_OK;
}

static int wait_for_ever(struct side *s)
{
    int code = s->group.barrier(s->group.context, &s->err);
    struct nh_error again = {0};
    /* Once lost, for ever lost, and at once. */
    if (nh_oob_check(&s->oob, &again) != NH_EPARTIAL ||
        s->group.barrier(s->group.context, &again) != NH_EPARTIAL)
        return -1;
    return code;
}

static void a_partner_that_ends_is_noticed(void **state)
{
    struct side a, b;
    (void)state;
    both(wait_for_ever, leave, &a, &b);
    assert_int_equal(a.code, NH_EPARTIAL);
    assert_says(&a.err, "127.0.0.1");
    assert_says(&a.err, "ended");
    both(leave, wait_for_ever, &a, &b);
    assert_int_equal(b.code, NH_EPARTIAL);
}

static int be_silent(struct side *s)
{
    (void)s;
    usleep(600000);
    return NH_OK;
}

static int be_impatient(struct side *s)
{
    char c;
    s->oob.timeout_s = 0.1;
    return nh_oob_receive(&s->oob, &c, 1, &s->err);
}

static void a_silent_partner_is_given_up_in_time(void **state)
{
    struct side a, b;
    (void)state;
    both(be_impatient, be_silent, &a, &b);
    assert_int_equal(a.code, NH_EPARTIAL);
    assert_says(&a.err, "--timeout");
}

static int talk_and_leave(struct side *s)
{
    return nh_oob_send(&s->oob, "last words", 10, &s->err);
}

static int look_before_reading(struct side *s)
{
    usleep(200000);
    return nh_oob_check(&s->oob, &s->err);
}

/* With data in the way a read would not see the end. */
static void an_end_behind_unread_data_is_noticed(void **state)
{
    struct side a, b;
    (void)state;
    both(look_before_reading, talk_and_leave, &a, &b);
    assert_int_equal(a.code, NH_EPARTIAL);
}

static int idle_calls;
static void count_idle(void *context)
{
    ++*(int *)context;
}

static int receive_idly(struct side *s)
{
    char c;
    s->oob.idle = count_idle;
    s->oob.idle_context = &idle_calls;
    return nh_oob_receive(&s->oob, &c, 1, &s->err);
}

static int send_late(struct side *s)
{
    usleep(50000);
    return nh_oob_send(&s->oob, "x", 1, &s->err);
}

static void waiting_makes_progress_elsewhere(void **state)
{
    struct side a, b;
    (void)state;
    both(receive_idly, send_late, &a, &b);
    assert_ok(a.code, a.err);
    assert_true(idle_calls > 10);
}

static void nobody_there_is_told(void **state)
{
    struct nh_oob o;
    struct nh_error err;
    char port[8];
    (void)state;
    choose_port(port);
    assert_int_equal(nh_oob_connect(&o, 1, "127.0.0.1", port, 0.2, &err), NH_EPARTIAL);
    assert_says(&err, "--listen");
    assert_int_equal(nh_oob_listen(&o, 0, port, 0.1, &err), NH_EPARTIAL);
    assert_says(&err, "nobody called");
}

static void *occupy(void *port)
{
    struct nh_oob o;
    struct nh_error err;
    nh_oob_listen(&o, 0, port, 0.5, &err);
    return NULL;
}

static void a_taken_port_is_wrong_input(void **state)
{
    struct nh_oob o;
    struct nh_error err = {0};
    pthread_t thread;
    char port[8];
    (void)state;
    choose_port(port);
    assert_int_equal(pthread_create(&thread, NULL, occupy, port), 0);
    usleep(100000);
    int code = nh_oob_listen(&o, 0, port, 0.05, &err);
    pthread_join(thread, NULL);
    assert_int_equal(code, NH_EINPUT);
    assert_says(&err, port);
}

/* ---- launchers ---- */

static const char *const variables[] = {"OMPI_COMM_WORLD_RANK",
                                        "OMPI_COMM_WORLD_SIZE",
                                        "OMPI_COMM_WORLD_LOCAL_SIZE",
                                        "PMI_RANK",
                                        "PMI_SIZE",
                                        "MPI_LOCALNRANKS",
                                        "PMIX_RANK",
                                        "SLURM_PROCID",
                                        "SLURM_NTASKS",
                                        "SLURM_STEP_NUM_TASKS",
                                        "SLURM_STEP_NODELIST",
                                        "SLURM_JOB_NODELIST",
                                        "SLURM_JOB_ID"};

static int clear(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof variables / sizeof *variables; i++)
        unsetenv(variables[i]);
    return 0;
}

static void by_hand_the_caller_has_the_table(void **state)
{
    struct nh_start s;
    struct nh_error err;
    (void)state;
    assert_ok(nh_start_decide("4711", NULL, NULL, &s, &err), err);
    assert_true(s.listens && s.rank == 1 && !s.launched);
    assert_ok(nh_start_decide(NULL, "node1:4711", NULL, &s, &err), err);
    assert_true(!s.listens && s.rank == 0);
    assert_string_equal(s.host, "node1");
    assert_ok(nh_start_decide(NULL, "[fe80::1]:4711", NULL, &s, &err), err);
    assert_string_equal(s.host, "fe80::1");
    assert_string_equal(s.port, "4711");
    assert_int_equal(nh_start_decide(NULL, NULL, NULL, &s, &err), NH_EINPUT);
    assert_says(&err, "--listen");
    assert_int_equal(nh_start_decide(NULL, "node1", NULL, &s, &err), NH_EINPUT);
    assert_int_equal(nh_start_decide(NULL, "node1:0", NULL, &s, &err), NH_EINPUT);
    assert_int_equal(nh_start_decide("4711", "node1:1", NULL, &s, &err), NH_EINPUT);
}

static void open_mpi_on_one_host_needs_nothing(void **state)
{
    struct nh_start a, b;
    struct nh_error err;
    (void)state;
    setenv("OMPI_COMM_WORLD_SIZE", "2", 1);
    setenv("OMPI_COMM_WORLD_LOCAL_SIZE", "2", 1);
    setenv("OMPI_COMM_WORLD_RANK", "0", 1);
    assert_ok(nh_start_decide(NULL, NULL, NULL, &a, &err), err);
    setenv("OMPI_COMM_WORLD_RANK", "1", 1);
    assert_ok(nh_start_decide(NULL, NULL, NULL, &b, &err), err);
    assert_true(a.listens && a.rank == 0 && !b.listens && b.rank == 1 && b.launched);
    assert_string_equal(a.port, b.port);
    assert_string_equal(b.host, "127.0.0.1");
}

static void several_hosts_without_names_say_what_to_pass(void **state)
{
    struct nh_start s;
    struct nh_error err;
    (void)state;
    setenv("OMPI_COMM_WORLD_SIZE", "2", 1);
    setenv("OMPI_COMM_WORLD_LOCAL_SIZE", "1", 1);
    setenv("OMPI_COMM_WORLD_RANK", "1", 1);
    assert_int_equal(nh_start_decide(NULL, NULL, NULL, &s, &err), NH_EINPUT);
    assert_says(&err, "--rendezvous");
    assert_ok(nh_start_decide(NULL, NULL, "node1:4711", &s, &err), err);
    assert_string_equal(s.host, "node1");
    assert_true(!s.listens && s.rank == 1);
    setenv("OMPI_COMM_WORLD_SIZE", "3", 1);
    assert_int_equal(nh_start_decide(NULL, NULL, NULL, &s, &err), NH_EINPUT);
    assert_says(&err, "needs 2 ranks");
}

static void slurm_names_its_first_host(void **state)
{
    static const struct {
        const char *list, *first;
    } cases[] = {{"c5n-[03-10,12]", "c5n-03"},
                 {"node7", "node7"},
                 {"a,b", "a"},
                 {"p4d-st-[1,5]", "p4d-st-1"},
                 {"efa-dy-c5n18xlarge-1,efa-dy-c5n18xlarge-2", "efa-dy-c5n18xlarge-1"}};
    struct nh_start s;
    struct nh_error err;
    char host[64];
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        assert_true(nh_first_host(cases[i].list, host, sizeof host));
        assert_string_equal(host, cases[i].first);
    }
    assert_false(nh_first_host("", host, sizeof host));
    assert_false(nh_first_host("a-very-long-name", host, 8));
    setenv("SLURM_PROCID", "1", 1);
    setenv("SLURM_NTASKS", "2", 1);
    setenv("SLURM_STEP_NODELIST", "c5n-[03-04]", 1);
    assert_ok(nh_start_decide(NULL, NULL, NULL, &s, &err), err);
    assert_string_equal(s.host, "c5n-03");
}

/* ---- EFA ---- */

static void put(const char *root, const char *folder, const char *file, const char *text)
{
    char path[512];
    snprintf(path, sizeof path, "mkdir -p %s/%s", root, folder);
    assert_int_equal(system(path), 0);
    snprintf(path, sizeof path, "%s/%s/%s", root, folder, file);
    write_file(path, text);
}

static void what_keeps_efa_away_is_named(void **state)
{
    struct nh_efa_finding f[NH_EFA_FINDINGS];
    char *root = fresh_directory(), command[128];
    (void)state;
    assert_int_equal(nh_efa_diagnose(root, false, 65536, f), 4);
    for (int i = 0; i < 4; i++) {
        assert_false(f[i].good);
        assert_non_null(strchr(f[i].text, ';')); /* a remedy */
    }
    assert_non_null(strstr(f[0].text, "EFA installer"));
    assert_non_null(strstr(f[3].text, "64 KiB"));
    /* A Mellanox card is no EFA device; the vendor decides, not the name. */
    put(root, "sys/class/infiniband/mlx5_0/device", "vendor", "0x15b3\n");
    nh_efa_diagnose(root, true, SIZE_MAX, f);
    assert_true(f[0].good && !f[1].good && f[3].good);
    put(root, "sys/class/infiniband/rdmap16s27/device", "vendor", "0x1d0f\n");
    put(root, "dev/infiniband", "uverbs0", "");
    nh_efa_diagnose(root, true, SIZE_MAX, f);
    for (int i = 0; i < 4; i++)
        assert_true(f[i].good);
    assert_non_null(strstr(f[1].text, "1 EFA device"));
    assert_non_null(strstr(f[1].text, "rdmap16s27"));
    snprintf(command, sizeof command, "rm -r %s", root);
    assert_int_equal(system(command), 0);
    free(root);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(control_messages_travel_both_ways),
        cmocka_unit_test(a_failure_of_one_is_the_failure_of_both),
        cmocka_unit_test(a_partner_that_ends_is_noticed),
        cmocka_unit_test(a_silent_partner_is_given_up_in_time),
        cmocka_unit_test(an_end_behind_unread_data_is_noticed),
        cmocka_unit_test(waiting_makes_progress_elsewhere),
        cmocka_unit_test(nobody_there_is_told),
        cmocka_unit_test(a_taken_port_is_wrong_input),
        cmocka_unit_test_setup(by_hand_the_caller_has_the_table, clear),
        cmocka_unit_test_setup(open_mpi_on_one_host_needs_nothing, clear),
        cmocka_unit_test_setup(several_hosts_without_names_say_what_to_pass, clear),
        cmocka_unit_test_setup(slurm_names_its_first_host, clear),
        cmocka_unit_test(what_keeps_efa_away_is_named),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
