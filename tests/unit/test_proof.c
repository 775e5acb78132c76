/* SPDX-License-Identifier: BSD-3-Clause */
/* Transport proof without MPI: counters of made-up trees, sockets of this process, the rules of
 * the verdict, and what is said before MPI starts. */
#include "tests/unit/support.h"

#include <arpa/inet.h>
#include <math.h>
#include <netinet/in.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "bench/proof/counters.h"
#include "bench/proof/preflight.h"
#include "bench/proof/proof.h"
#include "bench/proof/shared.h"
#include "bench/proof/sockets.h"
#include "bench/proof/transport.h"

/* ---- trees ---- */

static void make(const char *root, const char *path, const char *text)
{
    char command[700], full[600];
    snprintf(full, sizeof full, "%s/%s", root, path);
    snprintf(command, sizeof command, "mkdir -p $(dirname %s)", full);
    assert_int_equal(system(command), 0);
    write_file(full, text);
}

static void remove_tree(char *root)
{
    char command[512];
    snprintf(command, sizeof command, "rm -r %s", root);
    assert_int_equal(system(command), 0);
    free(root);
}

static const struct nh_device *device(const struct nh_counters *c, const char *name)
{
    for (int i = 0; i < c->count; i++)
        if (strcmp(c->device[i].name, name) == 0)
            return &c->device[i];
    fail_msg("no device %s", name);
    return NULL;
}

static void test_tree_is_read(void **state)
{
    (void)state;
    char *root = fresh_directory();
    struct nh_counters c;
    make(root, "sys/class/infiniband/efa_0/ports/1/hw_counters/tx_bytes", "1000\n");
    make(root, "sys/class/infiniband/efa_0/ports/1/hw_counters/rx_bytes", "2000\n");
    make(root, "sys/class/infiniband/efa_0/ports/2/hw_counters/tx_bytes", "30\n");
    make(root, "sys/class/infiniband/mlx5_0/ports/1/counters/port_xmit_data", "5\n");
    make(root, "sys/class/net/ens5/statistics/tx_bytes", "18446744073709551614\n");
    make(root, "sys/class/net/ens5/device/vendor", "0x1d0f\n");
    make(root, "sys/class/net/docker0/statistics/tx_bytes", "7\n");
    make(root, "sys/class/net/lo/statistics/tx_bytes", "9\n");
    make(root, "sys/class/net/bonding_masters", "\n");
    nh_counters_read(root, &c);
    assert_int_equal(c.count, 4);
    assert_int_equal(c.unreadable, 1); /* the device that is not EFA */
    assert_int_equal(device(&c, "efa_0")->kind, NH_DEVICE_EFA);
    assert_int_equal(device(&c, "efa_0")->value[NH_TX_BYTES], 1030);
    assert_int_equal(device(&c, "efa_0")->value[NH_RX_BYTES], 2000);
    assert_true(device(&c, "efa_0")->value[NH_RDMA_READ_BYTES] == NH_COUNTER_ABSENT);
    assert_true(device(&c, "ens5")->physical && !device(&c, "docker0")->physical);
    assert_int_equal(device(&c, "lo")->kind, NH_DEVICE_LOOPBACK);
    /* the bridge shows the bytes of the interface once more */
    assert_true(nh_counters_sent(&c, NH_DEVICE_NET) == 18446744073709551614.0);
    assert_true(nh_counters_sent(&c, NH_DEVICE_LOOPBACK) == 9);
    remove_tree(root);
}

static void test_empty_root_has_nothing(void **state)
{
    (void)state;
    struct nh_counters c;
    nh_counters_read("/nonexistent", &c);
    assert_int_equal(c.count, 0);
    assert_int_equal(c.unreadable, 0);
    assert_true(isnan(nh_counters_imbalance(&c)));
}

/* ---- arithmetic ---- */

static void put(struct nh_counters *c, enum nh_device_kind kind, const char *name, uint64_t tx)
{
    struct nh_device *d = &c->device[c->count++];
    *d = (struct nh_device){.kind = kind, .physical = true};
    snprintf(d->name, sizeof d->name, "%s", name);
    for (int i = 0; i < NH_COUNTERS; i++)
        d->value[i] = NH_COUNTER_ABSENT;
    d->value[NH_TX_BYTES] = tx;
}

static void test_deltas(void **state)
{
    (void)state;
    struct nh_counters before = {0}, after = {0}, delta;
    put(&before, NH_DEVICE_EFA, "a", 100);
    put(&before, NH_DEVICE_EFA, "reset", 100);
    put(&before, NH_DEVICE_EFA, "gone", 100);
    put(&after, NH_DEVICE_EFA, "a", 150);
    put(&after, NH_DEVICE_EFA, "reset", 99);
    put(&after, NH_DEVICE_EFA, "new", 5);
    nh_counters_delta(&before, &after, &delta);
    assert_int_equal(delta.count, 1);
    assert_int_equal(device(&delta, "a")->value[NH_TX_BYTES], 50);
    assert_int_equal(delta.unreadable, 3);
}

static void test_hosts_are_summed_by_name(void **state)
{
    (void)state;
    struct nh_counters total = {0}, one = {0}, two = {0};
    put(&one, NH_DEVICE_EFA, "a", 1);
    put(&two, NH_DEVICE_EFA, "a", 2);
    put(&two, NH_DEVICE_NET, "a", 40);
    nh_counters_add(&total, &one);
    nh_counters_add(&total, &two);
    assert_int_equal(total.count, 2);
    assert_true(nh_counters_sent(&total, NH_DEVICE_EFA) == 3);
    assert_true(nh_counters_sent(&total, NH_DEVICE_NET) == 40);
    nh_counters_drop(&total, NH_DEVICE_EFA);
    assert_true(nh_counters_sent(&total, NH_DEVICE_EFA) == 0);
    assert_int_equal(total.count, 1);
}

static void test_balance_of_four(void **state)
{
    (void)state;
    struct nh_counters c = {0};
    put(&c, NH_DEVICE_EFA, "a", 500);
    put(&c, NH_DEVICE_EFA, "b", 490);
    put(&c, NH_DEVICE_EFA, "c", 510);
    put(&c, NH_DEVICE_EFA, "d", 500);
    assert_true(fabs(nh_counters_imbalance(&c) - 0.02) < 1e-12);
    c.device[0].value[NH_TX_BYTES] = 2000; /* of 3500, mean 875 */
    assert_true(fabs(nh_counters_imbalance(&c) - (2000 / 875.0 - 1)) < 1e-12);
}

static void test_more_devices_than_fit(void **state)
{
    (void)state;
    struct nh_counters total = {0}, host = {0};
    for (int i = 0; i < NH_DEVICES_MAX; i++)
        put(&total, NH_DEVICE_NET, "x", 1);
    put(&host, NH_DEVICE_NET, "y", 1);
    nh_counters_add(&total, &host);
    assert_int_equal(total.count, NH_DEVICES_MAX);
    assert_int_equal(total.left_out, 1);
}

/* ---- sockets ---- */

static void connect_pair(int fd[2])
{
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t len = sizeof address;
    int listener = socket(AF_INET, SOCK_STREAM, 0);
    assert_int_equal(bind(listener, (struct sockaddr *)&address, len), 0);
    assert_int_equal(listen(listener, 1), 0);
    assert_int_equal(getsockname(listener, (struct sockaddr *)&address, &len), 0);
    fd[0] = socket(AF_INET, SOCK_STREAM, 0);
    assert_int_equal(connect(fd[0], (struct sockaddr *)&address, len), 0);
    fd[1] = accept(listener, NULL, NULL);
    assert_true(fd[1] >= 0);
    close(listener);
}

static void test_own_sockets_count(void **state)
{
    (void)state;
    int fd[2];
    uint64_t before, after;
    char bytes[10000] = "x";
    connect_pair(fd);
    assert_true(nh_socket_bytes(-1, &before));
    assert_int_equal(write(fd[0], bytes, sizeof bytes), sizeof bytes);
    assert_int_equal(recv(fd[1], bytes, sizeof bytes, MSG_WAITALL), sizeof bytes);
    assert_true(nh_socket_bytes(-1, &after));
    assert_int_equal(after - before, sizeof bytes);
    close(fd[0]);
    close(fd[1]);
}

/* ---- shared memory ---- */

enum { SHARED_PAGES = 8 };

/* A neighbour that maps what we map, and does nothing. */
struct neighbour {
    pid_t process;
    char *memory;
    size_t page;
};

static struct neighbour neighbour(void)
{
    struct neighbour n = {.page = (size_t)sysconf(_SC_PAGESIZE)};
    n.memory = mmap(NULL, SHARED_PAGES * n.page, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS,
                    -1, 0);
    assert_ptr_not_equal(n.memory, MAP_FAILED);
    n.process = fork();
    if (n.process == 0)
        for (;;)
            pause();
    assert_true(n.process > 0);
    return n;
}

static void part(struct neighbour *n)
{
    kill(n->process, SIGKILL);
    waitpid(n->process, NULL, 0);
    munmap(n->memory, SHARED_PAGES * n->page);
}

static void test_written_shared_memory_is_seen(void **state)
{
    (void)state;
    char name[64];
    struct nh_shared_seen seen;
    struct neighbour n = neighbour();
    memset(n.memory, 1, 3 * n.page);
    struct nh_shared *s = nh_shared_open(&n.process, 1);
    assert_non_null(s);
    nh_shared_before(s);
    nh_shared_after(s, &seen, name, sizeof name);
    assert_int_equal(seen.unseen, 0);
    assert_true(seen.segments >= 1 && seen.bytes >= (int64_t)(SHARED_PAGES * n.page));
    assert_int_equal(seen.written_bytes, 0);
    assert_string_equal(name, "");
    nh_shared_before(s);
    n.memory[n.page + 1] = 7;     /* a page that was there */
    n.memory[5 * n.page] = 1;     /* one that is new */
    n.memory[2 * n.page + 9] = 1; /* the same as before: nothing to see */
    nh_shared_after(s, &seen, name, sizeof name);
    assert_int_equal(seen.written_segments, 1);
    assert_int_equal(seen.written_bytes, 2 * n.page);
    assert_non_null(strstr(name, "/dev/zero"));
    nh_shared_close(s);
    part(&n);
}

/* Pages that nobody has used are not made by looking. */
static void test_looking_takes_no_memory(void **state)
{
    (void)state;
    unsigned char present[SHARED_PAGES];
    char name[64];
    struct nh_shared_seen seen;
    struct neighbour n = neighbour();
    n.memory[0] = 1;
    struct nh_shared *s = nh_shared_open(&n.process, 1);
    nh_shared_before(s);
    nh_shared_after(s, &seen, name, sizeof name);
    assert_int_equal(mincore(n.memory, SHARED_PAGES * n.page, present), 0);
    assert_int_equal(present[0] & 1, 1);
    for (int i = 1; i < SHARED_PAGES; i++)
        assert_int_equal(present[i] & 1, 0);
    nh_shared_close(s);
    part(&n);
}

static void test_own_memory_is_left_out(void **state)
{
    (void)state;
    char name[64];
    struct nh_shared_seen seen;
    struct neighbour n = neighbour();
    struct nh_shared *s = nh_shared_open(&n.process, 1);
    nh_shared_ignore(s, n.memory + n.page);
    nh_shared_before(s);
    n.memory[0] = 1;
    nh_shared_after(s, &seen, name, sizeof name);
    assert_int_equal(seen.written_bytes, 0);
    nh_shared_close(s);
    part(&n);
}

static void test_strangers_share_nothing(void **state)
{
    (void)state;
    char name[64];
    struct nh_shared_seen seen;
    struct neighbour n = neighbour();
    const pid_t strangers[2] = {getpid(), 1};
    struct nh_shared *s = nh_shared_open(strangers, 2);
    nh_shared_before(s);
    n.memory[0] = 1;
    nh_shared_after(s, &seen, name, sizeof name);
    assert_int_equal(seen.segments, 0);
    assert_true(seen.unseen != 0); /* which is not to say that nothing was written */
    nh_shared_close(s);
    part(&n);
}

/* ---- verdicts ---- */

static const double GB = 1e9;

static struct nh_paths two_hosts(double efa, double sockets)
{
    return (struct nh_paths){.modelled = 10 * GB,
                             .efa = efa,
                             .sockets = sockets,
                             .net = isnan(sockets) ? 0 : sockets,
                             .elapsed_s = 1,
                             .ranks = 2,
                             .leaders = 2,
                             .hosts = 2};
}

static struct nh_paths one_host(double efa, double sockets)
{
    struct nh_paths p = two_hosts(efa, sockets);
    p.leaders = p.hosts = 1;
    return p;
}

static struct nh_transport_verdict judged(struct nh_paths p, const char *name)
{
    struct nh_transport_verdict v;
    nh_transport_verdict(&p, &v);
    if (strcmp(v.name, name) != 0)
        fail_msg("%s, not %s: %s", v.name, name, v.reason);
    return v;
}

static void test_single_paths(void **state)
{
    (void)state;
    judged(two_hosts(10.4 * GB, 2000), "efa");
    judged(two_hosts(9.5 * GB, 0), "efa");
    judged(two_hosts(0, 10.2 * GB), "tcp");
    judged(one_host(0, 0), "shm");
    judged(one_host(0, 10 * GB), "tcp");           /* through the loopback */
    judged(one_host(10.2 * GB, 0), "efa");         /* shared memory of the EFA provider off */
    judged(one_host(0.04 * GB, 0.04 * GB), "shm"); /* below 5 % each */
}

/* Published case: 36 ranks packed on one instance, 0.46 us "over EFA". */
static void test_shared_memory_is_no_efa(void **state)
{
    (void)state;
    struct nh_transport_verdict v = judged(one_host(1000, 0), "shm");
    assert_false(nh_transport_meets(&v, "efa"));
    assert_true(nh_transport_meets(&v, "shm"));
}

static void test_basis_says_what_was_seen(void **state)
{
    (void)state;
    struct nh_paths p = one_host(0, 0);
    assert_string_equal(judged(p, "shm").basis, "inferred");
    p.shm = NH_SHM_WRITTEN;
    assert_string_equal(judged(p, "shm").basis, "seen");
    p.shm = NH_SHM_STILL;
    struct nh_transport_verdict v = judged(p, "unknown");
    assert_null(v.basis);
    assert_false(nh_transport_meets(&v, "shm"));
    p = one_host(0, 10.1 * GB);
    p.shm = NH_SHM_STILL;
    assert_string_equal(judged(p, "tcp").basis, "counted");
}

static void test_silence_between_hosts_is_unknown_and_fails(void **state)
{
    (void)state;
    struct nh_transport_verdict v = judged(two_hosts(0, 0), "unknown");
    assert_true(v.decidable);
    assert_false(nh_transport_meets(&v, "efa"));
    v = judged(two_hosts(5 * GB, 0), "unknown"); /* half of it */
    assert_false(nh_transport_meets(&v, "efa"));
}

static void test_mixed(void **state)
{
    (void)state;
    struct nh_transport_verdict v = judged(two_hosts(6 * GB, 4.5 * GB), "mixed");
    assert_false(nh_transport_meets(&v, "efa"));
    assert_false(nh_transport_meets(&v, "tcp"));
    /* several ranks a host: the rest inside the hosts is as it should be */
    struct nh_paths p = two_hosts(6 * GB, 0);
    p.ranks = 8;
    v = judged(p, "mixed");
    assert_true(nh_transport_meets(&v, "efa"));
    assert_false(nh_transport_meets(&v, "tcp"));
    assert_false(nh_transport_meets(&v, "shm"));
    p.sockets = 4 * GB;
    v = judged(p, "mixed");
    assert_false(nh_transport_meets(&v, "efa"));
}

static void test_unreadable_devices_fail_closed(void **state)
{
    (void)state;
    struct nh_paths p = one_host(0, 0);
    p.unreadable = 1;
    struct nh_transport_verdict v = judged(p, "unknown");
    assert_false(nh_transport_meets(&v, "shm"));
}

static void test_few_bytes_are_no_evidence(void **state)
{
    (void)state;
    struct nh_paths p = two_hosts(0, 3000);
    p.modelled = 800;
    struct nh_transport_verdict v = judged(p, "unknown");
    assert_false(v.decidable);
    assert_true(nh_transport_meets(&v, "efa"));
    p.modelled = 0;
    assert_false(judged(p, "unknown").decidable);
    p.modelled = NAN;
    assert_false(judged(p, "unknown").decidable);
}

/* Without TCP_INFO interfaces decide, and other programs use them: 64 KiB a host and 32 KiB a
 * second are allowed for. */
static void test_interfaces_decide_beyond_noise(void **state)
{
    (void)state;
    struct nh_paths p = two_hosts(0, NAN);
    p.net = 10.5 * GB;
    judged(p, "tcp");
    p.net = 150000;
    p.modelled = 150000; /* below 2 x (65536 + 32768) */
    assert_false(judged(p, "unknown").decidable);
    p.net = p.modelled = 200000;
    judged(p, "tcp");
    p = one_host(0, NAN);
    p.lo = 10.5 * GB;
    judged(p, "tcp");
}

/* Bytes that the interfaces show but no connection of the ranks: not called TCP. */
static void test_other_programs_are_not_us(void **state)
{
    (void)state;
    struct nh_paths p = two_hosts(0, 0);
    p.net = 11 * GB;
    assert_non_null(strstr(judged(p, "unknown").reason, "neither EFA nor TCP connections"));
    p = one_host(0, 0);
    p.lo = 11 * GB;
    judged(p, "shm");
}

/* ---- the whole, over a group of one ---- */

static int alone_agree(void *context, int code, struct nh_error *err)
{
    (void)context, (void)err;
    return code;
}

static int alone_barrier(void *context, struct nh_error *err)
{
    (void)context, (void)err;
    return NH_OK;
}

static int alone_reduce(void *context, enum nh_reduction how, int64_t *values, size_t n,
                        struct nh_error *err)
{
    (void)context, (void)how, (void)values, (void)n, (void)err;
    return NH_OK;
}

static struct nh_proof *prove(const char *root, const char *required, struct nh_traffic traffic)
{
    static const struct nh_group alone = {
        .size = 1, .agree = alone_agree, .barrier = alone_barrier, .reduce = alone_reduce};
    const struct nh_proof_facts facts = {
        .root = root, .required = required, .remedy = "do it otherwise", .control_fd = -1};
    struct nh_proof *p;
    struct nh_error err = {0};
    assert_int_equal(nh_proof_open(&p, &alone, &facts, &err), NH_OK);
    assert_int_equal(nh_proof_before(p, &err), NH_OK);
    assert_int_equal(nh_proof_after(p, traffic, &err), NH_OK);
    return p;
}

static void test_required_transport(void **state)
{
    (void)state;
    static const char counter[] = "sys/class/infiniband/efa_0/ports/1/hw_counters/tx_bytes";
    char *root = fresh_directory(), after[128];
    struct nh_error err = {0};
    struct nh_record record = {0};
    const char *verdict, *reason;
    snprintf(after, sizeof after, "after/%s", counter);
    make(root, counter, "5000");
    make(root, after, "1005000");
    struct nh_proof *p = prove(root, "efa", (struct nh_traffic){10, 1e6});
    assert_int_equal(nh_proof_check(p, &err), NH_OK);
    assert_int_equal(nh_proof_end(p, &err), NH_OK);
    assert_true(nh_proof_news(p, &verdict, &reason));
    assert_string_equal(verdict, "efa");
    assert_false(nh_proof_news(p, &verdict, &reason)); /* said once */
    nh_proof_record(p, &record);
    assert_string_equal(json_string_value(json_object_get(record.transport, "basis")), "counted");
    json_decref(record.transport);
    nh_proof_close(p);
    p = prove(root, "tcp", (struct nh_traffic){10, 1e6});
    assert_int_equal(nh_proof_check(p, &err), NH_ETRANSPORT);
    assert_non_null(strstr(err.text, "do it otherwise"));
    nh_proof_close(p);
    p = prove(root, "efa", (struct nh_traffic){0, 0}); /* nothing went, nothing is proven */
    assert_int_equal(nh_proof_check(p, &err), NH_OK);
    assert_int_equal(nh_proof_end(p, &err), NH_ETRANSPORT);
    nh_proof_close(p);
    remove_tree(root);
}

/* ---- preflight ---- */

enum { MIB = 1048576 };

static struct nh_host_needs host(double shm_mib, long ranks, bool efa, double locked)
{
    return (struct nh_host_needs){
        .shm_free = shm_mib * MIB, .locked = locked, .ranks = ranks, .efa = efa};
}

static void test_enough_is_silent(void **state)
{
    (void)state;
    char warning[512];
    struct nh_error err = {0};
    struct nh_host_needs c5n = host(4096, 36, true, INFINITY), laptop = host(64, 2, false, 65536);
    struct nh_host_needs unknown = host(1, 0, true, INFINITY), no_shm = host(NAN, 4, false, 1);
    assert_ok(nh_preflight(&c5n, warning, sizeof warning, &err), err);
    assert_string_equal(warning, "");
    assert_ok(nh_preflight(&laptop, warning, sizeof warning, &err), err);
    assert_string_equal(warning, "");
    assert_ok(nh_preflight(&unknown, warning, sizeof warning, &err), err);
    assert_ok(nh_preflight(&no_shm, warning, sizeof warning, &err), err);
}

/* Docker's default of 64 MiB under the 36 ranks of a c5n.18xlarge. */
static void test_small_shm_is_refused_with_the_key(void **state)
{
    (void)state;
    char warning[512];
    struct nh_error err = {0};
    struct nh_host_needs docker = host(64, 36, true, INFINITY),
                         enough_with_luck = host(64, 8, false, 0);
    assert_int_equal(nh_preflight(&docker, warning, sizeof warning, &err), NH_EINPUT);
    assert_says(&err, "/dev/shm has 64.0 MiB free and MPI needs 151.2 MiB for 36 ranks");
    assert_says(&err, "linuxParameters.sharedMemorySize 1088"); /* 36 x 28.8 in steps of 64 */
    assert_says(&err, "--shm-size 1088m");
    assert_ok(nh_preflight(&enough_with_luck, warning, sizeof warning, &err), err);
    assert_non_null(strstr(warning, "8 ranks may need up to 128 MiB"));
}

static void test_locked_memory(void **state)
{
    (void)state;
    char warning[512];
    struct nh_error err = {0};
    struct nh_host_needs docker = host(4096, 36, true, 65536), some = host(4096, 36, true, 1e9);
    assert_int_equal(nh_preflight(&docker, warning, sizeof warning, &err), NH_EINPUT);
    assert_says(&err, "may lock 0.062 MiB");
    assert_says(&err, "ulimits memlock -1");
    assert_ok(nh_preflight(&some, warning, sizeof warning, &err), err);
    assert_non_null(strstr(warning, "memlock"));
}

static void test_this_host_is_read(void **state)
{
    (void)state;
    struct nh_host_needs needs;
    setenv("OMPI_COMM_WORLD_LOCAL_SIZE", "7", 1);
    nh_host_needs("/nonexistent", &needs);
    assert_int_equal(needs.ranks, 7);
    assert_false(needs.efa);
    assert_true(isnan(needs.shm_free) || needs.shm_free >= 0);
    unsetenv("OMPI_COMM_WORLD_LOCAL_SIZE");
    setenv("SLURM_STEP_TASKS_PER_NODE", "4(x2),3", 1);
    unsetenv("MPI_LOCALNRANKS");
    nh_host_needs("/nonexistent", &needs);
    assert_int_equal(needs.ranks, 4);
    unsetenv("SLURM_STEP_TASKS_PER_NODE");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_tree_is_read),
        cmocka_unit_test(test_empty_root_has_nothing),
        cmocka_unit_test(test_deltas),
        cmocka_unit_test(test_hosts_are_summed_by_name),
        cmocka_unit_test(test_balance_of_four),
        cmocka_unit_test(test_more_devices_than_fit),
        cmocka_unit_test(test_own_sockets_count),
        cmocka_unit_test(test_written_shared_memory_is_seen),
        cmocka_unit_test(test_looking_takes_no_memory),
        cmocka_unit_test(test_own_memory_is_left_out),
        cmocka_unit_test(test_strangers_share_nothing),
        cmocka_unit_test(test_single_paths),
        cmocka_unit_test(test_basis_says_what_was_seen),
        cmocka_unit_test(test_shared_memory_is_no_efa),
        cmocka_unit_test(test_silence_between_hosts_is_unknown_and_fails),
        cmocka_unit_test(test_mixed),
        cmocka_unit_test(test_unreadable_devices_fail_closed),
        cmocka_unit_test(test_few_bytes_are_no_evidence),
        cmocka_unit_test(test_interfaces_decide_beyond_noise),
        cmocka_unit_test(test_other_programs_are_not_us),
        cmocka_unit_test(test_required_transport),
        cmocka_unit_test(test_enough_is_silent),
        cmocka_unit_test(test_small_shm_is_refused_with_the_key),
        cmocka_unit_test(test_locked_memory),
        cmocka_unit_test(test_this_host_is_read),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
