/* SPDX-License-Identifier: BSD-3-Clause */
#include "bench/proof/proof.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "bench/proof/counters.h"
#include "bench/proof/shared.h"
#include "bench/proof/sockets.h"
#include "bench/proof/transport.h"
#include "common/sysinfo.h"

enum { IDENTITY = 64 };

/* Devices are shared by what shares a kernel, interfaces by what shares a network namespace. */
struct identity {
    char boot[IDENTITY], network[IDENTITY];
};

/* What a leader reads for all: no other leader reads the same ones. */
struct duty {
    bool devices, interfaces;
};

struct nh_proof {
    const struct nh_group *group;
    struct nh_proof_facts facts;
    bool leads;
    struct duty duty;
    struct nh_counters before, host, total;
    uint64_t received; /* by own connections, before */
    bool told;
    double started_s;
    struct nh_shared *shared;   /* leaders of more than themselves */
    struct nh_shared_seen seen; /* of all hosts, on every rank */
    char written[64];           /* the segment that was written most, on this host */
    /* Rank 0: */
    int *leaders; /* their ranks, ascending; the first is rank 0 */
    int leader_count;
    long boots; /* machines, by boot id */
    struct nh_traffic traffic;
    double imbalance;
    struct nh_paths paths;
    struct nh_transport_verdict verdict;
    const char *noted;
    size_t proven;
};

static double now_s(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + (double)t.tv_nsec * 1e-9;
}

/* ---- the group, named shortly ---- */

static int agree(const struct nh_proof *p, int code, struct nh_error *err)
{
    return p->group->agree(p->group->context, code, err);
}

static int tell(const struct nh_proof *p, int to, const void *data, size_t len,
                struct nh_error *err)
{
    return p->group->send(p->group->context, to, data, len, err);
}

static int hear(const struct nh_proof *p, int from, void *data, size_t len, struct nh_error *err)
{
    return p->group->receive(p->group->context, from, data, len, err);
}

/* ---- start and end ---- */

static struct identity own_identity(void)
{
    struct identity me = {{0}, {0}};
    struct stat st = {0};
    nh_sysinfo_boot("", me.boot, sizeof me.boot);
    if (!me.boot[0])
        gethostname(me.boot, sizeof me.boot - 1);
    stat("/proc/self/ns/net", &st);
    snprintf(me.network, sizeof me.network, "%.40s %llu", me.boot, (unsigned long long)st.st_ino);
    return me;
}

/* Containers of one machine are hosts for MPI, but count the same devices. */
static struct duty compare(const struct identity *all, int me)
{
    struct duty d = {true, true};
    for (int i = 0; i < me; i++) {
        d.devices = d.devices && strcmp(all[me].boot, all[i].boot) != 0;
        d.interfaces = d.interfaces && strcmp(all[me].network, all[i].network) != 0;
    }
    return d;
}

/* What all ranks know of one. */
struct member {
    int64_t leader, process;
};
enum { MEMBER_NUMBERS = sizeof(struct member) / sizeof(int64_t) };

/* Rank 0: who leads a host. */
static int list_leaders(struct nh_proof *p, const struct member *all, struct nh_error *err)
{
    p->leaders = calloc((size_t)p->group->size, sizeof *p->leaders);
    if (!p->leaders)
        return nh_fail(err, NH_EFAIL, "out of memory for the list of hosts");
    for (int i = 0; i < p->group->size; i++)
        if (all[i].leader == i)
            p->leaders[p->leader_count++] = i;
    return NH_OK;
}

/* A leader: those that may share memory with it. Without memory nothing is seen. */
static void list_neighbours(struct nh_proof *p, const struct member *all)
{
    int n = 0;
    pid_t *others = calloc((size_t)p->group->size, sizeof *others);
    for (int i = 0; others && i < p->group->size; i++)
        if (i != p->group->rank && all[i].leader == p->group->rank)
            others[n++] = (pid_t)all[i].process;
    if (n > 0)
        p->shared = nh_shared_open(others, n);
    free(others);
}

static int find_leaders(struct nh_proof *p, struct nh_error *err)
{
    const struct nh_group *g = p->group;
    struct member *all = calloc((size_t)g->size, sizeof *all);
    int code = agree(p, all ? NH_OK : nh_fail(err, NH_EFAIL, "out of memory"), err);
    if (code == NH_OK && all) {
        all[g->rank] = (struct member){g->leader, getpid()};
        code = g->reduce(g->context, NH_MAX, &all->leader, (size_t)g->size * MEMBER_NUMBERS, err);
        if (code == NH_OK && p->leads)
            list_neighbours(p, all);
        if (code == NH_OK && g->rank == 0)
            code = list_leaders(p, all, err);
    }
    free(all);
    return agree(p, code, err);
}

/* Rank 0: hears who the leaders are and tells each what to read. */
static int give_duties(struct nh_proof *p, struct nh_error *err)
{
    struct identity *all = calloc((size_t)p->leader_count + 1, sizeof *all);
    int code = agree(p, all ? NH_OK : nh_fail(err, NH_EFAIL, "out of memory"), err);
    if (code == NH_OK && all) {
        all[0] = own_identity();
        for (int i = 1; code == NH_OK && i < p->leader_count; i++)
            code = hear(p, p->leaders[i], &all[i], sizeof all[i], err);
        for (int i = 0; code == NH_OK && i < p->leader_count; i++) {
            struct duty d = compare(all, i);
            p->boots += d.devices;
            if (i == 0)
                p->duty = d;
            else
                code = tell(p, p->leaders[i], &d, sizeof d, err);
        }
    }
    free(all);
    return code;
}

static int take_duty(struct nh_proof *p, struct nh_error *err)
{
    struct identity mine = own_identity();
    int code = agree(p, NH_OK, err);
    if (code || !p->leads)
        return code;
    code = tell(p, 0, &mine, sizeof mine, err);
    return code ? code : hear(p, 0, &p->duty, sizeof p->duty, err);
}

int nh_proof_open(struct nh_proof **proof, const struct nh_group *group,
                  const struct nh_proof_facts *facts, struct nh_error *err)
{
    struct nh_proof *p = calloc(1, sizeof *p);
    int code =
        group->agree(group->context, p ? NH_OK : nh_fail(err, NH_EFAIL, "out of memory"), err);
    *proof = p;
    if (code || !p)
        return code;
    p->group = group;
    p->facts = *facts;
    if (!p->facts.root)
        p->facts.root = "";
    p->leads = group->leader == group->rank;
    code = find_leaders(p, err);
    if (code == NH_OK)
        code = group->rank == 0 ? give_duties(p, err) : take_duty(p, err);
    return agree(p, code, err);
}

void nh_proof_close(struct nh_proof *p)
{
    if (!p)
        return;
    nh_shared_close(p->shared);
    free(p->leaders);
    free(p);
}

void nh_proof_ignore(struct nh_proof *p, const void *address)
{
    if (p->shared)
        nh_shared_ignore(p->shared, address);
}

/* ---- reading ---- */

/* A recorded tree may hold a second reading in its folder "after". */
static void read_second(const struct nh_proof *p, struct nh_counters *out)
{
    char second[1024];
    const char *root = p->facts.root;
    snprintf(second, sizeof second, "%.1000s/after", root);
    nh_counters_read(*root && access(second, F_OK) == 0 ? second : root, out);
}

/* Connections of this process say nothing about a recorded tree. */
static void read_sockets(struct nh_proof *p, uint64_t *received)
{
    p->told = nh_socket_bytes(p->facts.control_fd, received) && !*p->facts.root;
}

int nh_proof_before(struct nh_proof *p, struct nh_error *err)
{
    if (p->leads)
        nh_counters_read(p->facts.root, &p->before);
    if (p->shared)
        nh_shared_before(p->shared);
    read_sockets(p, &p->received);
    p->started_s = now_s();
    return p->group->barrier(p->group->context, err); /* nobody sends before all have read */
}

static void read_host(struct nh_proof *p)
{
    struct nh_counters after;
    read_second(p, &after);
    nh_counters_delta(&p->before, &after, &p->host);
    p->imbalance = nh_counters_imbalance(&p->host);
    if (!p->duty.devices) {
        nh_counters_drop(&p->host, NH_DEVICE_EFA);
        p->host.unreadable = 0;
    }
    if (!p->duty.interfaces) {
        nh_counters_drop(&p->host, NH_DEVICE_NET);
        nh_counters_drop(&p->host, NH_DEVICE_LOOPBACK);
    }
}

/* One host after the other, so that rank 0 needs no memory for all of them. */
static int sum_hosts(struct nh_proof *p, struct nh_error *err)
{
    int code = NH_OK;
    if (p->group->rank != 0)
        return p->leads ? tell(p, 0, &p->host, sizeof p->host, err) : NH_OK;
    p->total = p->host;
    for (int i = 1; code == NH_OK && i < p->leader_count; i++) {
        code = hear(p, p->leaders[i], &p->host, sizeof p->host, err);
        if (code == NH_OK)
            nh_counters_add(&p->total, &p->host);
    }
    return code;
}

/* The worst host, on every rank; negative where no host says anything. */
static int worst_imbalance(struct nh_proof *p, struct nh_error *err)
{
    const double parts = 1e9; /* control messages are whole numbers */
    int64_t worst = p->leads && !isnan(p->imbalance) ? (int64_t)(p->imbalance * parts + 0.5) : -1;
    int code = p->group->reduce(p->group->context, NH_MAX, &worst, 1, err);
    p->imbalance = (double)worst / parts;
    return code;
}

/* Bytes through TCP connections of all ranks; NAN when a kernel does not tell. */
static int sum_sockets(struct nh_proof *p, double *sum, struct nh_error *err)
{
    uint64_t received = 0;
    bool told = p->told;
    read_sockets(p, &received);
    int64_t delta = (int64_t)(received - p->received);
    /* A connection that was closed takes its bytes along. */
    int64_t all[2] = {delta, !told || !p->told || delta < 0};
    int code = p->group->reduce(p->group->context, NH_SUM, all, 2, err);
    *sum = all[1] > 0 ? NAN : (double)all[0];
    return code;
}

/* Summed over hosts. A leader that could not look has seen nothing. */
static int sum_shared(struct nh_proof *p, struct nh_error *err)
{
    p->seen = (struct nh_shared_seen){.unseen = p->leads};
    if (p->shared)
        nh_shared_after(p->shared, &p->seen, p->written, sizeof p->written);
    return p->group->reduce(p->group->context, NH_SUM, &p->seen.segments, NH_SHARED_NUMBERS, err);
}

static enum nh_shm_sight sight(const struct nh_shared_seen *s)
{
    if (s->written_bytes > 0)
        return NH_SHM_WRITTEN;
    return s->unseen ? NH_SHM_UNSEEN : NH_SHM_STILL;
}

static void judge(struct nh_proof *p, double elapsed_s, double sockets)
{
    p->paths = (struct nh_paths){.modelled = p->traffic.bytes,
                                 .efa = nh_counters_sent(&p->total, NH_DEVICE_EFA),
                                 .net = nh_counters_sent(&p->total, NH_DEVICE_NET),
                                 .lo = nh_counters_sent(&p->total, NH_DEVICE_LOOPBACK),
                                 .sockets = sockets,
                                 .elapsed_s = elapsed_s,
                                 .ranks = p->group->size,
                                 .leaders = p->leader_count,
                                 .hosts = p->boots,
                                 .unreadable = p->total.unreadable + p->total.left_out,
                                 .shm = sight(&p->seen)};
    nh_transport_verdict(&p->paths, &p->verdict);
    p->proven += p->verdict.decidable;
}

int nh_proof_after(struct nh_proof *p, struct nh_traffic traffic, struct nh_error *err)
{
    double elapsed = now_s() - p->started_s, sockets;
    if (p->leads)
        read_host(p);
    int code = sum_sockets(p, &sockets, err);
    if (code == NH_OK)
        code = sum_shared(p, err);
    if (code == NH_OK)
        code = worst_imbalance(p, err);
    if (code == NH_OK)
        code = sum_hosts(p, err);
    if (code == NH_OK && p->group->rank == 0) {
        p->traffic = traffic;
        judge(p, elapsed, sockets);
    }
    return code;
}

struct nh_traffic nh_traffic_of(const struct nh_kernel_ops *ops, const void *state,
                                const struct nh_series *series)
{
    double n = series->ops_performed;
    return (struct nh_traffic){n, ops->wire_bytes ? n * ops->wire_bytes(state) : NAN};
}

/* ---- rank 0: record and refusal ---- */

static bool failed(const struct nh_proof *p)
{
    return p->facts.required && !nh_transport_meets(&p->verdict, p->facts.required);
}

static json_t *number(double x)
{
    return isnan(x) ? json_null() : json_real(x);
}

static json_t *shared_memory(const struct nh_proof *p)
{
    const struct nh_shared_seen *s = &p->seen;
    return json_pack("{s:I, s:I, s:I, s:I, s:I, s:s?, s:b}", "segments", (json_int_t)s->segments,
                     "bytes", (json_int_t)s->bytes, "looked_bytes", (json_int_t)s->looked_bytes,
                     "written_segments", (json_int_t)s->written_segments, "written_bytes",
                     (json_int_t)s->written_bytes, "most_written", *p->written ? p->written : NULL,
                     "all_seen", s->unseen == 0);
}

static json_t *evidence(const struct nh_proof *p)
{
    const struct nh_paths *paths = &p->paths;
    const struct nh_transport_verdict *v = &p->verdict;
    json_t *o = json_pack(
        "{s:o, s:o, s:f, s:o, s:o, s:f, s:o, s:i}", "modelled_bytes", number(paths->modelled),
        "operations", json_real(p->traffic.operations), "elapsed_s", paths->elapsed_s, "efa",
        nh_counters_json(&p->total, NH_DEVICE_EFA), "net",
        nh_counters_json(&p->total, NH_DEVICE_NET), "loopback_bytes", paths->lo, "tcp_socket_bytes",
        number(paths->sockets), "unreadable_devices", paths->unreadable);
    json_object_set_new(o, "efa_share", number(v->efa_share));
    json_object_set_new(o, "tcp_share", number(v->tcp_share));
    json_object_set_new(o, "noise_bytes",
                        json_pack("{s:f, s:f}", "efa", v->efa_noise, "tcp", v->tcp_noise));
    json_object_set_new(o, "shared_memory", shared_memory(p));
    json_object_set_new(o, "machines", json_integer(paths->hosts));
    if (*p->facts.root)
        json_object_set_new(o, "sysfs_root", json_string(p->facts.root));
    return o;
}

/* Says nothing where EFA carried nothing, or a host has one device. */
static json_t *balance(const struct nh_proof *p)
{
    if (p->paths.efa <= p->verdict.efa_noise || p->imbalance < 0)
        return json_null();
    return json_pack("{s:f, s:b}", "largest_distance_from_mean", p->imbalance, "within_10_percent",
                     p->imbalance <= 0.10);
}

void nh_proof_record(const struct nh_proof *p, struct nh_record *r)
{
    json_decref(r->transport);
    r->transport = json_pack("{s:s, s:s, s:s?, s:o, s:o}", "verdict", p->verdict.name, "reason",
                             p->verdict.reason, "basis", p->verdict.basis, "evidence", evidence(p),
                             "nic_balance", balance(p));
    if (!p->facts.required)
        return;
    json_object_set_new(r->transport, "required", json_string(p->facts.required));
    json_object_set_new(r->transport, "failed", json_boolean(failed(p)));
}

int nh_proof_check(const struct nh_proof *p, struct nh_error *err)
{
    if (!failed(p))
        return NH_OK;
    return nh_fail(err, NH_ETRANSPORT,
                   "--require-transport %s: the verdict is %s (%s); the record is marked failed, "
                   "%s",
                   p->facts.required, p->verdict.name, p->verdict.reason, p->facts.remedy);
}

int nh_proof_end(const struct nh_proof *p, struct nh_error *err)
{
    if (!p->facts.required || p->proven > 0)
        return NH_OK;
    return nh_fail(err, NH_ETRANSPORT,
                   "--require-transport %s: no measurement moved enough bytes to prove it; add "
                   "larger sizes or measure for longer",
                   p->facts.required);
}

bool nh_proof_news(struct nh_proof *p, const char **verdict, const char **reason)
{
    if (!p->verdict.decidable || (p->noted && strcmp(p->noted, p->verdict.name) == 0))
        return false;
    p->noted = *verdict = p->verdict.name;
    *reason = p->verdict.reason;
    return true;
}
