/* SPDX-License-Identifier: BSD-3-Clause */
#include "bench/fabric/link.h"

#include <rdma/fi_cm.h>
#include <rdma/fi_domain.h>
#include <rdma/fi_endpoint.h>
#include <rdma/fi_errno.h>
#include <rdma/fi_rma.h>
#include <rdma/fi_tagged.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "bench/fabric/provider.h"

enum { ADDRESS_MAX = 256, TAG = 0x6e68, DATA = 1, KEY = 0x6e68, CQ_BATCH = 16 };
/* Looking at the connection and the clock costs a microsecond: only now and then. */
enum { SPINS_PER_LOOK = 1 << 14 };

struct nh_nic {
    struct fi_info *info;
    struct fid_fabric *fabric;
    struct fid_domain *domain;
    struct fid_ep *ep;
    struct fid_av *av;
    struct fid_cq *sent_queue, *arrived_queue;
    struct fid_mr *mr;
    void *desc;
    char *memory;
    size_t room, window, bytes;
    fi_addr_t partner;
    uint64_t remote_base, remote_key;
    struct fi_context2 *contexts; /* libfabric's scratch for operations in flight, a ring */
    size_t context_count, context_next;
    size_t posted, sent, arrived; /* operations; completions */
};

const struct nh_api nh_apis[] = {
    {"tagged", FI_TAGGED}, {"msg", FI_MSG}, {"write", FI_MSG | FI_RMA}, {"read", FI_MSG | FI_RMA}};
const char *const nh_api_names[] = {"tagged", "msg", "write", "read", NULL};

/* ---- opening ---- */

static int open_queue(struct nh_nic *n, uint64_t flags, struct fid_cq **queue, struct nh_error *err)
{
    struct fi_cq_attr attr = {
        .format = FI_CQ_FORMAT_CONTEXT, .wait_obj = FI_WAIT_NONE, .size = n->context_count};
    int rc = fi_cq_open(n->domain, &attr, queue, NULL);
    if (rc == 0)
        rc = fi_ep_bind(n->ep, &(*queue)->fid, flags);
    return rc ? nh_fi_fail(err, rc, "opening a completion queue") : NH_OK;
}

static int open_endpoint(struct nh_nic *n, struct nh_error *err)
{
    struct fi_av_attr av = {.type = FI_AV_TABLE, .count = 1};
    const char *what = "opening the fabric";
    int rc = fi_fabric(n->info->fabric_attr, &n->fabric, NULL);
    if (rc == 0) {
        what = "opening the domain";
        rc = fi_domain(n->fabric, n->info, &n->domain, NULL);
    }
    if (rc == 0) {
        what = "opening the endpoint";
        rc = fi_endpoint(n->domain, n->info, &n->ep, NULL);
    }
    if (rc == 0) {
        what = "opening the address vector";
        rc = fi_av_open(n->domain, &av, &n->av, NULL);
    }
    if (rc == 0)
        rc = fi_ep_bind(n->ep, &n->av->fid, 0);
    return rc ? nh_fi_fail(err, rc, what) : NH_OK;
}

/* Page-aligned, and touched by the process that was bound before. */
static int get_memory(struct nh_nic *n, struct nh_error *err)
{
    size_t page = (size_t)sysconf(_SC_PAGESIZE);
    n->bytes = (n->room * (n->window + 1) + page) / page * page;
    n->memory = aligned_alloc(page, n->bytes);
    n->contexts = calloc(n->context_count, sizeof *n->contexts);
    if (!n->memory || !n->contexts)
        return nh_fail(err, NH_EFAIL, "out of memory for %zu bytes; use smaller sizes or windows",
                       n->bytes);
    memset(n->memory, 0, n->bytes);
    return NH_OK;
}

static int register_memory(struct nh_nic *n, struct nh_error *err)
{
    uint64_t access = FI_SEND | FI_RECV;
    if (n->info->caps & FI_RMA)
        access |= FI_READ | FI_WRITE | FI_REMOTE_READ | FI_REMOTE_WRITE;
    int rc = fi_mr_reg(n->domain, n->memory, n->bytes, access, 0, KEY, 0, &n->mr, NULL);
    if (rc == -FI_ENOMEM)
        return nh_fail(err, NH_EFAIL,
                       "the network may not lock %zu bytes of memory; raise memlock (ulimit -l "
                       "unlimited, docker run --ulimit memlock=-1, 'ulimits' of a Batch job "
                       "definition) or use smaller sizes",
                       n->bytes);
    if (rc == 0 && n->info->domain_attr->mr_mode & FI_MR_ENDPOINT) {
        rc = fi_mr_bind(n->mr, &n->ep->fid, 0);
        if (rc == 0)
            rc = fi_mr_enable(n->mr);
    }
    if (rc)
        return nh_fi_fail(err, rc, "registering memory");
    if (n->info->domain_attr->mr_mode & FI_MR_LOCAL)
        n->desc = fi_mr_desc(n->mr);
    return NH_OK;
}

static int open_nic(struct nh_nic *n, struct nh_error *err)
{
    int code = get_memory(n, err);
    if (code == NH_OK)
        code = open_endpoint(n, err);
    if (code == NH_OK)
        code = open_queue(n, FI_TRANSMIT, &n->sent_queue, err);
    if (code == NH_OK)
        code = open_queue(n, FI_RECV, &n->arrived_queue, err);
    if (code)
        return code;
    int rc = fi_enable(n->ep);
    return rc ? nh_fi_fail(err, rc, "enabling the endpoint") : register_memory(n, err);
}

static void close_fid(struct fid *fid)
{
    if (fid)
        fi_close(fid);
}

/* The endpoint goes first: operations in flight to a lost partner may still use the memory
 * (rxm crashes otherwise). Only memory that is bound to the endpoint must go before it. */
static void close_nic(struct nh_nic *n)
{
    bool bound = n->info->domain_attr->mr_mode & FI_MR_ENDPOINT;
    if (bound)
        close_fid(n->mr ? &n->mr->fid : NULL);
    close_fid(n->ep ? &n->ep->fid : NULL);
    if (!bound)
        close_fid(n->mr ? &n->mr->fid : NULL);
    close_fid(n->av ? &n->av->fid : NULL);
    close_fid(n->sent_queue ? &n->sent_queue->fid : NULL);
    close_fid(n->arrived_queue ? &n->arrived_queue->fid : NULL);
    close_fid(n->domain ? &n->domain->fid : NULL);
    close_fid(n->fabric ? &n->fabric->fid : NULL);
    fi_freeinfo(n->info);
    free(n->contexts);
    free(n->memory);
    free(n);
}

int nh_link_add(struct nh_link *l, struct fi_info *info, size_t room, size_t window,
                struct nh_error *err)
{
    struct nh_nic *n = l->count < NH_NICS_MAX ? calloc(1, sizeof *n) : NULL;
    if (!n) {
        fi_freeinfo(info);
        return nh_fail(err, NH_EFAIL, "out of memory, or more than %d domains", NH_NICS_MAX);
    }
    n->info = info;
    n->room = room ? room : 1;
    n->window = window;
    n->context_count = 4 * window + 16;
    l->nics[l->count++] = n;
    return open_nic(n, err);
}

void nh_link_close(struct nh_link *l)
{
    while (l->count > 0)
        close_nic(l->nics[--l->count]);
}

/* ---- addresses and keys ---- */

struct card {
    char address[ADDRESS_MAX];
    uint64_t address_len, base, key, nics;
};

static int fill_card(const struct nh_link *l, const struct nh_nic *n, struct card *c,
                     struct nh_error *err)
{
    size_t len = sizeof c->address;
    memset(c, 0, sizeof *c);
    int rc = fi_getname(&n->ep->fid, c->address, &len);
    if (rc)
        return nh_fi_fail(err, rc, "asking for the endpoint's address");
    c->address_len = len;
    c->base = n->info->domain_attr->mr_mode & FI_MR_VIRT_ADDR ? (uint64_t)(uintptr_t)n->memory : 0;
    c->key = fi_mr_key(n->mr);
    c->nics = (uint64_t)l->count;
    return NH_OK;
}

static int use_card(const struct nh_link *l, struct nh_nic *n, const struct card *c,
                    struct nh_error *err)
{
    if (c->nics != (uint64_t)l->count)
        return nh_fail(err, NH_EINPUT,
                       "--domain: %d interfaces here and %d on the other side; name as many on "
                       "both",
                       l->count, (int)c->nics);
    n->remote_base = c->base;
    n->remote_key = c->key;
    int rc = fi_av_insert(n->av, c->address, 1, &n->partner, 0, NULL);
    return rc == 1 ? NH_OK : nh_fi_fail(err, rc < 0 ? rc : -FI_EINVAL, "inserting the address");
}

int nh_link_connect(struct nh_link *l, struct nh_error *err)
{
    struct nh_group group;
    nh_oob_group(l->oob, &group);
    for (int i = 0; i < l->count; i++) {
        struct card mine, theirs;
        int code = group.agree(l->oob, fill_card(l, l->nics[i], &mine, err), err);
        if (code == NH_OK)
            code = group.exchange(l->oob, 0, &mine, 0, &theirs, sizeof mine, err);
        if (code == NH_OK)
            code = group.agree(l->oob, use_card(l, l->nics[i], &theirs, err), err);
        if (code)
            return code;
    }
    return NH_OK;
}

/* ---- buffers ---- */

const struct fi_info *nh_link_info(const struct nh_link *l, int nic)
{
    return l->nics[nic]->info;
}

char *nh_link_send_buffer(const struct nh_link *l, int nic)
{
    return l->nics[nic]->memory;
}

char *nh_link_receive_buffer(const struct nh_link *l, int nic, size_t at)
{
    return l->nics[nic]->memory + l->nics[nic]->room + at;
}

/* ---- completions ---- */

static int broken(struct nh_link *l, struct nh_error *err)
{
    if (err)
        *err = l->error;
    return l->code;
}

static int break_link(struct nh_link *l, int code)
{
    l->code = code;
    return code;
}

/* An operation that the provider gave up: nearly always a partner that is gone. */
static int failed(struct nh_link *l, struct fid_cq *queue)
{
    struct fi_cq_err_entry entry = {0};
    if (nh_oob_check(l->oob, &l->error))
        return break_link(l, NH_EPARTIAL);
    fi_cq_readerr(queue, &entry, 0);
    return break_link(l, nh_fail(&l->error, NH_EFAIL, "the provider gave up a message: %s (%s)",
                                 fi_strerror(entry.err),
                                 fi_cq_strerror(queue, entry.prov_errno, entry.err_data, NULL, 0)));
}

static int reap(struct nh_link *l, struct fid_cq *queue, size_t *counter)
{
    struct fi_cq_entry entries[CQ_BATCH];
    ssize_t n = fi_cq_read(queue, entries, CQ_BATCH);
    if (n > 0)
        *counter += (size_t)n;
    else if (n < 0 && n != -FI_EAGAIN)
        return failed(l, queue);
    return NH_OK;
}

static int reap_all(struct nh_link *l)
{
    for (int i = 0; i < l->count && l->code == NH_OK; i++) {
        struct nh_nic *n = l->nics[i];
        if (reap(l, n->arrived_queue, &n->arrived) == NH_OK)
            reap(l, n->sent_queue, &n->sent);
    }
    return l->code;
}

void nh_link_progress(void *link)
{
    struct nh_link *l = link;
    if (l->code == NH_OK)
        reap_all(l);
}

/* A wait that takes long enough to ask whether there is someone to wait for. */
struct patience {
    unsigned spins;
    int64_t since; /* 0 at first */
};

static int be_patient(struct nh_link *l, struct patience *p)
{
    if (++p->spins < SPINS_PER_LOOK)
        return NH_OK;
    p->spins = 0;
    if (nh_oob_check(l->oob, &l->error))
        return break_link(l, NH_EPARTIAL);
    int64_t now = l->clock->now(l->clock->context);
    if (p->since == 0)
        p->since = now;
    if ((double)(now - p->since) * 1e-9 > l->timeout_s)
        return break_link(
            l, nh_oob_give_up(l->oob, "sends no message any more (--timeout)", &l->error));
    return NH_OK;
}

static size_t missing(const struct nh_link *l)
{
    size_t n = 0;
    for (int i = 0; i < l->count; i++)
        n += l->nics[i]->posted - l->nics[i]->sent;
    return n;
}

int nh_link_wait_sent(struct nh_link *l, struct nh_error *err)
{
    struct patience p = {0};
    while (l->code == NH_OK && missing(l) > 0) {
        for (int i = 0; i < l->count && l->code == NH_OK; i++)
            reap(l, l->nics[i]->sent_queue, &l->nics[i]->sent);
        if (l->code == NH_OK)
            be_patient(l, &p);
    }
    return l->code ? broken(l, err) : NH_OK;
}

/* What has arrived is taken off the counters as soon as it is waited for. */
int nh_link_wait_arrived(struct nh_link *l, size_t n, struct nh_error *err)
{
    struct patience p = {0};
    while (l->code == NH_OK && n > 0) {
        for (int i = 0; i < l->count && n > 0 && l->code == NH_OK; i++) {
            struct nh_nic *nic = l->nics[i];
            if (nic->arrived == 0)
                reap(l, nic->arrived_queue, &nic->arrived);
            size_t taken = nic->arrived < n ? nic->arrived : n;
            nic->arrived -= taken;
            n -= taken;
        }
        if (n > 0 && l->code == NH_OK)
            be_patient(l, &p);
    }
    return l->code ? broken(l, err) : NH_OK;
}

/* ---- messages ---- */

static void *context_of(struct nh_nic *n)
{
    n->context_next = (n->context_next + 1) % n->context_count;
    return &n->contexts[n->context_next];
}

/* Small messages are copied by the call itself and complete at once, without an entry in
 * the queue. */
static ssize_t inject(struct nh_nic *n, int api, uint64_t to, size_t bytes)
{
    switch (api) {
    case NH_API_TAGGED:
        return fi_tinject(n->ep, n->memory, bytes, n->partner, TAG);
    case NH_API_MSG:
        return fi_inject(n->ep, n->memory, bytes, n->partner);
    default:
        return fi_inject_writedata(n->ep, n->memory, bytes, DATA, n->partner, to, n->remote_key);
    }
}

static ssize_t post(struct nh_nic *n, int api, char *here, uint64_t there, size_t bytes, void *c)
{
    switch (api) {
    case NH_API_TAGGED:
        return fi_tsend(n->ep, here, bytes, n->desc, n->partner, TAG, c);
    case NH_API_MSG:
        return fi_send(n->ep, here, bytes, n->desc, n->partner, c);
    case NH_API_WRITE:
        return fi_writedata(n->ep, here, bytes, n->desc, DATA, n->partner, there, n->remote_key, c);
    default:
        return fi_read(n->ep, here, bytes, n->desc, n->partner, there, n->remote_key, c);
    }
}

static bool fits_inject(const struct nh_nic *n, int api, size_t bytes)
{
    return api != NH_API_READ && bytes <= n->info->tx_attr->inject_size;
}

static int post_failed(struct nh_link *l, ssize_t rc)
{
    if (nh_oob_check(l->oob, &l->error))
        return break_link(l, NH_EPARTIAL);
    return break_link(l, nh_fi_fail(&l->error, rc, "posting a message"));
}

int nh_link_send(struct nh_link *l, int api, int nic, size_t at, size_t bytes, struct nh_error *err)
{
    struct nh_nic *n = l->nics[nic];
    struct patience p = {0};
    bool read = api == NH_API_READ, injected = fits_inject(n, api, bytes);
    char *here = read ? nh_link_receive_buffer(l, nic, at) : n->memory;
    uint64_t there = n->remote_base + (read ? 0 : n->room + at);
    void *context = context_of(n);
    ssize_t rc = -FI_EAGAIN;
    while (l->code == NH_OK) {
        rc = injected ? inject(n, api, there, bytes) : post(n, api, here, there, bytes, context);
        if (rc != -FI_EAGAIN)
            break;
        if (reap_all(l) == NH_OK)
            be_patient(l, &p);
    }
    if (l->code == NH_OK && rc)
        post_failed(l, rc);
    n->posted += l->code == NH_OK && !injected;
    return l->code ? broken(l, err) : NH_OK;
}

int nh_link_expect(struct nh_link *l, int api, int nic, size_t at, size_t bytes,
                   struct nh_error *err)
{
    struct nh_nic *n = l->nics[nic];
    struct patience p = {0};
    char *here = nh_link_receive_buffer(l, nic, at);
    void *context;
    ssize_t rc = -FI_EAGAIN;
    if (api == NH_API_WRITE || api == NH_API_READ)
        return NH_OK;
    context = context_of(n);
    while (l->code == NH_OK) {
        rc = api == NH_API_TAGGED
                 ? fi_trecv(n->ep, here, bytes, n->desc, n->partner, TAG, 0, context)
                 : fi_recv(n->ep, here, bytes, n->desc, n->partner, context);
        if (rc != -FI_EAGAIN)
            break;
        if (reap_all(l) == NH_OK)
            be_patient(l, &p);
    }
    if (l->code == NH_OK && rc)
        post_failed(l, rc);
    return l->code ? broken(l, err) : NH_OK;
}

static int token_api(int api)
{
    return api == NH_API_TAGGED ? NH_API_TAGGED : NH_API_MSG;
}

int nh_link_send_token(struct nh_link *l, int api, struct nh_error *err)
{
    return nh_link_send(l, token_api(api), 0, 0, 0, err);
}

int nh_link_expect_token(struct nh_link *l, int api, struct nh_error *err)
{
    return nh_link_expect(l, token_api(api), 0, 0, 0, err);
}
