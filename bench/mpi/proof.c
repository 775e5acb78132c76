/* SPDX-License-Identifier: BSD-3-Clause */
#include "bench/mpi/proof.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "bench/mpi/output.h"
#include "bench/proof/counters.h"
#include "bench/proof/sockets.h"
#include "bench/proof/transport.h"
#include "common/sysinfo.h"

enum { TAG_COUNTERS = 32766, IDENTITY = 64 };

/* Devices are shared by what shares a kernel, interfaces by what shares a network namespace. */
struct identity {
    char boot[IDENTITY], network[IDENTITY];
};

struct nh_mpi_proof {
    MPI_Comm leaders; /* the first rank of each host; MPI_COMM_NULL on the others */
    const char *root, *required;
    bool counts_devices, counts_interfaces; /* no other leader reads the same ones */
    long boots;                             /* machines, by boot id */
    struct nh_counters before, host, total;
    uint64_t received; /* by own connections, before */
    bool told;
    double started_s;
    /* Rank 0: */
    double operations, imbalance;
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
static void compare_identities(struct nh_mpi_proof *p, const struct identity *all, int n, int me)
{
    p->counts_devices = p->counts_interfaces = true;
    for (int i = 0; i < n; i++) {
        bool first = true;
        for (int j = 0; j < i; j++)
            first = first && strcmp(all[i].boot, all[j].boot) != 0;
        p->boots += first;
    }
    for (int j = 0; j < me; j++) {
        p->counts_devices = p->counts_devices && strcmp(all[me].boot, all[j].boot) != 0;
        p->counts_interfaces = p->counts_interfaces && strcmp(all[me].network, all[j].network) != 0;
    }
}

static int meet_leaders(struct nh_mpi_proof *p, struct nh_error *err)
{
    int n, me;
    struct identity mine = own_identity();
    MPI_Comm_size(p->leaders, &n);
    MPI_Comm_rank(p->leaders, &me);
    struct identity *all = calloc((size_t)n, sizeof *all);
    int got = all != NULL, every;
    MPI_Allreduce(&got, &every, 1, MPI_INT, MPI_MIN, p->leaders);
    if (every && all) {
        MPI_Allgather(&mine, sizeof mine, MPI_BYTE, all, sizeof mine, MPI_BYTE, p->leaders);
        compare_identities(p, all, n, me);
    }
    free(all);
    return every ? NH_OK : nh_fail(err, NH_EFAIL, "out of memory for the hosts' identities");
}

int nh_mpi_proof_open(struct nh_mpi_session *s, const struct nh_mpi_settings *settings,
                      struct nh_error *err)
{
    struct nh_mpi_proof *p = calloc(1, sizeof *p);
    int code = nh_mpi_agree(s, p ? NH_OK : nh_fail(err, NH_EFAIL, "out of memory"), err);
    if (code || !p) {
        free(p);
        return code;
    }
    s->proof = p;
    p->root = settings->sysfs_root ? settings->sysfs_root : "";
    p->required = settings->require_transport;
    MPI_Comm_split(s->comm, s->local_rank == 0 ? 0 : MPI_UNDEFINED, s->rank, &p->leaders);
    if (p->leaders != MPI_COMM_NULL)
        code = meet_leaders(p, err);
    return nh_mpi_agree(s, code, err);
}

void nh_mpi_proof_close(struct nh_mpi_session *s)
{
    if (!s->proof)
        return;
    if (s->proof->leaders != MPI_COMM_NULL)
        MPI_Comm_free(&s->proof->leaders);
    free(s->proof);
    s->proof = NULL;
}

/* ---- reading ---- */

/* A recorded tree may hold a second reading in its folder "after". */
static void read_second(const struct nh_mpi_proof *p, struct nh_counters *out)
{
    char second[1024];
    snprintf(second, sizeof second, "%.1000s/after", p->root);
    nh_counters_read(*p->root && access(second, F_OK) == 0 ? second : p->root, out);
}

/* Connections of this process say nothing about a recorded tree. */
static void read_sockets(struct nh_mpi_proof *p, uint64_t *received)
{
    p->told = nh_socket_bytes(received) && !*p->root;
}

void nh_mpi_proof_before(struct nh_mpi_session *s)
{
    struct nh_mpi_proof *p = s->proof;
    struct nh_error err;
    if (p->leaders != MPI_COMM_NULL)
        nh_counters_read(p->root, &p->before);
    read_sockets(p, &p->received);
    p->started_s = now_s();
    s->group.barrier(s->group.context, &err); /* nobody sends before all have read */
}

static void read_host(struct nh_mpi_proof *p)
{
    struct nh_counters after;
    read_second(p, &after);
    nh_counters_delta(&p->before, &after, &p->host);
    p->imbalance = nh_counters_imbalance(&p->host);
    if (!p->counts_devices) {
        nh_counters_drop(&p->host, NH_DEVICE_EFA);
        p->host.unreadable = 0;
    }
    if (!p->counts_interfaces) {
        nh_counters_drop(&p->host, NH_DEVICE_NET);
        nh_counters_drop(&p->host, NH_DEVICE_LOOPBACK);
    }
}

/* One host after the other, so that rank 0 needs no memory for all of them. */
static void sum_hosts(struct nh_mpi_proof *p)
{
    int n, me;
    MPI_Comm_size(p->leaders, &n);
    MPI_Comm_rank(p->leaders, &me);
    p->total = p->host;
    if (me != 0)
        MPI_Send(&p->host, sizeof p->host, MPI_BYTE, 0, TAG_COUNTERS, p->leaders);
    for (int i = 1; me == 0 && i < n; i++) {
        MPI_Recv(&p->host, sizeof p->host, MPI_BYTE, i, TAG_COUNTERS, p->leaders,
                 MPI_STATUS_IGNORE);
        nh_counters_add(&p->total, &p->host);
    }
    double worst = isnan(p->imbalance) ? -1 : p->imbalance;
    MPI_Reduce(&worst, &p->imbalance, 1, MPI_DOUBLE, MPI_MAX, 0, p->leaders);
    p->paths.leaders = n;
}

/* Bytes through TCP connections of all ranks, on rank 0; NAN when a kernel does not tell. */
static double sum_sockets(struct nh_mpi_session *s)
{
    struct nh_mpi_proof *p = s->proof;
    uint64_t received = 0;
    bool told = p->told;
    read_sockets(p, &received);
    double mine[2] = {(double)received - (double)p->received, 0}, all[2] = {0, 0};
    mine[1] = !told || !p->told || mine[0] < 0; /* a connection that was closed takes its bytes */
    MPI_Reduce(mine, all, 2, MPI_DOUBLE, MPI_SUM, 0, s->comm);
    return all[1] > 0 ? NAN : all[0];
}

void nh_mpi_proof_after(struct nh_mpi_session *s, const struct nh_kernel_ops *ops,
                        const void *state, const struct nh_series *series)
{
    struct nh_mpi_proof *p = s->proof;
    double elapsed = now_s() - p->started_s;
    if (p->leaders != MPI_COMM_NULL)
        read_host(p);
    double sockets = sum_sockets(s);
    if (p->leaders != MPI_COMM_NULL)
        sum_hosts(p);
    if (s->rank != 0)
        return;
    p->operations = series->ops_performed;
    p->paths.modelled = ops->wire_bytes ? p->operations * ops->wire_bytes(state) : NAN;
    p->paths.efa = nh_counters_sent(&p->total, NH_DEVICE_EFA);
    p->paths.net = nh_counters_sent(&p->total, NH_DEVICE_NET);
    p->paths.lo = nh_counters_sent(&p->total, NH_DEVICE_LOOPBACK);
    p->paths.sockets = sockets;
    p->paths.elapsed_s = elapsed;
    p->paths.ranks = s->size;
    p->paths.hosts = p->boots;
    p->paths.unreadable = p->total.unreadable + p->total.left_out;
    nh_transport_verdict(&p->paths, &p->verdict);
    p->proven += p->verdict.decidable;
}

/* ---- rank 0: record and refusal ---- */

static bool failed(const struct nh_mpi_proof *p)
{
    return p->required && !nh_transport_meets(&p->verdict, p->required);
}

static json_t *number(double x)
{
    return isnan(x) ? json_null() : json_real(x);
}

static json_t *evidence(const struct nh_mpi_proof *p)
{
    const struct nh_paths *paths = &p->paths;
    const struct nh_transport_verdict *v = &p->verdict;
    json_t *o = json_pack(
        "{s:o, s:o, s:f, s:o, s:o, s:f, s:o, s:i}", "modelled_bytes", number(paths->modelled),
        "operations", json_real(p->operations), "elapsed_s", paths->elapsed_s, "efa",
        nh_counters_json(&p->total, NH_DEVICE_EFA), "net",
        nh_counters_json(&p->total, NH_DEVICE_NET), "loopback_bytes", paths->lo, "tcp_socket_bytes",
        number(paths->sockets), "unreadable_devices", paths->unreadable);
    json_object_set_new(o, "efa_share", number(v->efa_share));
    json_object_set_new(o, "tcp_share", number(v->tcp_share));
    json_object_set_new(o, "noise_bytes",
                        json_pack("{s:f, s:f}", "efa", v->efa_noise, "tcp", v->tcp_noise));
    json_object_set_new(o, "machines", json_integer(paths->hosts));
    if (*p->root)
        json_object_set_new(o, "sysfs_root", json_string(p->root));
    return o;
}

/* Says nothing where EFA carried nothing, or a host has one device. */
static json_t *balance(const struct nh_mpi_proof *p)
{
    if (p->paths.efa <= p->verdict.efa_noise || p->imbalance < 0)
        return json_null();
    return json_pack("{s:f, s:b}", "largest_distance_from_mean", p->imbalance, "within_10_percent",
                     p->imbalance <= 0.10);
}

void nh_mpi_proof_record(struct nh_mpi_session *s, struct nh_record *r)
{
    const struct nh_mpi_proof *p = s->proof;
    json_decref(r->transport);
    r->transport = json_pack("{s:s, s:s, s:o, s:o}", "verdict", p->verdict.name, "reason",
                             p->verdict.reason, "evidence", evidence(p), "nic_balance", balance(p));
    if (!p->required)
        return;
    json_object_set_new(r->transport, "required", json_string(p->required));
    json_object_set_new(r->transport, "failed", json_boolean(failed(p)));
}

int nh_mpi_proof_check(struct nh_mpi_session *s, struct nh_error *err)
{
    const struct nh_mpi_proof *p = s->proof;
    if (!failed(p))
        return NH_OK;
    return nh_fail(err, NH_ETRANSPORT,
                   "--require-transport %s: the verdict is %s (%s); the record is marked failed, "
                   "choose the transport by the MPI library's own settings",
                   p->required, p->verdict.name, p->verdict.reason);
}

int nh_mpi_proof_end(const struct nh_mpi_session *s, struct nh_error *err)
{
    const struct nh_mpi_proof *p = s->proof;
    if (!p->required || p->proven > 0)
        return NH_OK;
    return nh_fail(err, NH_ETRANSPORT,
                   "--require-transport %s: no measurement moved enough bytes to prove it; add "
                   "larger sizes or measure for longer",
                   p->required);
}

void nh_mpi_proof_note(struct nh_mpi_session *s)
{
    struct nh_mpi_proof *p = s->proof;
    if (!p->verdict.decidable || (p->noted && strcmp(p->noted, p->verdict.name) == 0))
        return;
    p->noted = p->verdict.name;
    nh_mpi_note(s, "transport  %s: %s", p->verdict.name, p->verdict.reason);
}
