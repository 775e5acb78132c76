/* SPDX-License-Identifier: BSD-3-Clause */
#include "bench/mpi/reduction.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "bench/shm/cma.h"

enum { TAG = 11 };

/* MPI's handles are constants of the program in some libraries only, hence no tables. */
MPI_Datatype nh_mpi_arith_type(enum nh_arith_type type)
{
    MPI_Datatype types[] = {MPI_FLOAT, MPI_DOUBLE, MPI_INT32_T, MPI_INT64_T};
    return types[type];
}

MPI_Op nh_mpi_arith_op(enum nh_arith_op op)
{
    MPI_Op ops[] = {MPI_SUM, MPI_MIN, MPI_MAX};
    return ops[op];
}

/* ---- MPI as a wire ---- */

static void exchange(void *context, const void *out, size_t out_count, int to, void *in,
                     size_t in_count, int from)
{
    const struct nh_mpi_wire *w = context;
    MPI_Sendrecv(out, (int)out_count, w->type, to < 0 ? MPI_PROC_NULL : to, TAG, in, (int)in_count,
                 w->type, from < 0 ? MPI_PROC_NULL : from, TAG, w->comm, MPI_STATUS_IGNORE);
}

static struct nh_wire wire_over(struct nh_mpi_wire *context, MPI_Comm comm)
{
    struct nh_wire w = {.context = context, .exchange = exchange};
    context->comm = comm;
    MPI_Comm_rank(comm, &w.rank);
    MPI_Comm_size(comm, &w.size);
    return w;
}

/* ---- set-up ---- */

static void split_nodes(struct nh_mpi_reduction *r, int node_ranks)
{
    MPI_Comm host;
    int rank, leader;
    MPI_Comm_rank(r->comm, &rank);
    MPI_Comm_split_type(r->comm, MPI_COMM_TYPE_SHARED, rank, MPI_INFO_NULL, &host);
    MPI_Comm_size(host, &rank);
    r->crowded = rank > sysconf(_SC_NPROCESSORS_ONLN);
    MPI_Comm_rank(host, &rank);
    MPI_Comm_split(host, node_ranks > 0 ? rank / node_ranks : 0, rank, &r->node);
    MPI_Comm_free(&host);
    MPI_Comm_rank(r->node, &leader);
    MPI_Comm_rank(r->comm, &rank);
    MPI_Comm_split(r->comm, leader == 0 ? 0 : MPI_UNDEFINED, rank, &r->leaders);
    leader = leader == 0;
    MPI_Allreduce(&leader, &r->nodes, 1, MPI_INT, MPI_SUM, r->comm);
}

/* Windows are aligned to pages, so rounding up leads to the same place in every process. */
static struct nh_shm_part *aligned(void *base)
{
    uintptr_t line = NH_SHM_LINE;
    return (struct nh_shm_part *)(((uintptr_t)base + line - 1) / line * line);
}

/* Each rank touches its part first, so that it lies near its core. */
static void open_window(struct nh_mpi_reduction *r)
{
    MPI_Info info;
    MPI_Aint bytes, size;
    void *own, *base;
    int rank, ranks, unit;
    MPI_Comm_rank(r->node, &rank);
    MPI_Comm_size(r->node, &ranks);
    bytes = (MPI_Aint)nh_shm_part_bytes(ranks) + NH_SHM_LINE;
    MPI_Info_create(&info);
    MPI_Info_set(info, "alloc_shared_noncontig", "true");
    MPI_Win_allocate_shared(bytes, 1, info, r->node, &own, &r->window);
    MPI_Info_free(&info);
    memset(own, 0, (size_t)bytes);
    for (int i = 0; i < ranks; i++) {
        MPI_Win_shared_query(r->window, i, &size, &unit, &base);
        r->parts[i] = aligned(base);
    }
    MPI_Win_lock_all(MPI_MODE_NOCHECK, r->window);
    MPI_Win_sync(r->window);
    MPI_Barrier(r->node);
    MPI_Win_sync(r->window);
    nh_shm_attach(&r->shm, rank, ranks, r->parts, r->crowded);
}

/* Both of a pair read a word of the other; only when both can, both may. */
static void allow_direct(struct nh_mpi_reduction *r)
{
    struct {
        uint64_t address;
        pid_t pid;
    } own = {0}, both[2];
    uint64_t word = 0x6e6f6465686f7572, seen = 0;
    int reads, all;
    if (r->shm.size != 2)
        return;
    nh_cma_allow();
    own.address = (uint64_t)(uintptr_t)&word;
    own.pid = getpid();
    MPI_Allgather(&own, sizeof own, MPI_BYTE, both, sizeof own, MPI_BYTE, r->node);
    pid_t peer = both[1 - r->shm.rank].pid;
    reads = nh_cma_read(peer, both[1 - r->shm.rank].address, &seen, sizeof seen, NULL) == NH_OK &&
            seen == word;
    MPI_Allreduce(&reads, &all, 1, MPI_INT, MPI_MIN, r->node);
    if (all)
        nh_shm_allow_direct(&r->shm, peer);
}

int nh_mpi_reduction_open(struct nh_mpi_reduction *r, MPI_Comm comm, int node_ranks, size_t largest,
                          struct nh_error *err)
{
    int ranks, ready, all;
    *r = (struct nh_mpi_reduction){.comm = comm, .window = MPI_WIN_NULL};
    split_nodes(r, node_ranks);
    MPI_Comm_size(r->node, &ranks);
    r->parts = calloc((size_t)ranks, sizeof *r->parts);
    r->scratch = malloc(largest + 1);
    ready = r->parts && r->scratch;
    MPI_Allreduce(&ready, &all, 1, MPI_INT, MPI_MIN, comm);
    if (!all) {
        nh_mpi_reduction_close(r);
        return nh_fail(err, NH_EFAIL, "out of memory for the algorithms; use smaller sizes");
    }
    memset(r->scratch, 0, largest + 1);
    open_window(r);
    allow_direct(r);
    r->all = wire_over(&r->all_context, comm);
    if (r->leaders != MPI_COMM_NULL)
        r->between = wire_over(&r->leaders_context, r->leaders);
    return NH_OK;
}

void nh_mpi_reduction_close(struct nh_mpi_reduction *r)
{
    if (r->window != MPI_WIN_NULL) {
        MPI_Win_unlock_all(r->window);
        MPI_Win_free(&r->window);
    }
    free((void *)r->parts);
    free(r->scratch);
    if (r->leaders != MPI_COMM_NULL)
        MPI_Comm_free(&r->leaders);
    MPI_Comm_free(&r->node);
}

/* ---- the algorithms ---- */

static const void *input(const struct nh_mpi_reduce_call *c)
{
    return c->in == c->out ? MPI_IN_PLACE : c->in;
}

static void library(struct nh_mpi_reduction *r, const struct nh_mpi_reduce_call *c)
{
    MPI_Allreduce(input(c), c->out, (int)c->count, nh_mpi_arith_type(c->type),
                  nh_mpi_arith_op(c->op), r->comm);
}

static void reduce_broadcast(struct nh_mpi_reduction *r, const struct nh_mpi_reduce_call *c)
{
    const void *in = r->all.rank == 0 ? input(c) : c->in;
    MPI_Reduce(in, c->out, (int)c->count, nh_mpi_arith_type(c->type), nh_mpi_arith_op(c->op), 0,
               r->comm);
    MPI_Bcast(c->out, (int)c->count, nh_mpi_arith_type(c->type), 0, r->comm);
}

static void by_wire(struct nh_mpi_reduction *r, const struct nh_mpi_reduce_call *c, nh_wire_fn *fn)
{
    struct nh_arith arith = nh_arith(c->type, c->op);
    r->all_context.type = nh_mpi_arith_type(c->type);
    if (c->in != c->out && c->count)
        memcpy(c->out, c->in, c->count * arith.size);
    fn(&r->all, arith, c->out, r->scratch, c->count);
}

static void recursive_doubling(struct nh_mpi_reduction *r, const struct nh_mpi_reduce_call *c)
{
    by_wire(r, c, nh_wire_recursive_doubling);
}

static void ring(struct nh_mpi_reduction *r, const struct nh_mpi_reduce_call *c)
{
    by_wire(r, c, nh_wire_ring);
}

static void rabenseifner(struct nh_mpi_reduction *r, const struct nh_mpi_reduce_call *c)
{
    by_wire(r, c, nh_wire_rabenseifner);
}

static void shared_memory(struct nh_mpi_reduction *r, const struct nh_mpi_reduce_call *c)
{
    nh_shm_allreduce(&r->shm, nh_arith(c->type, c->op), c->in, c->out, c->count);
}

/* Inside the nodes by shared memory, between their leaders by `fn`, and back. */
static void by_levels(struct nh_mpi_reduction *r, const struct nh_mpi_reduce_call *c,
                      nh_wire_fn *fn)
{
    struct nh_arith arith = nh_arith(c->type, c->op);
    shared_memory(r, c);
    if (r->nodes == 1)
        return;
    r->leaders_context.type = nh_mpi_arith_type(c->type);
    if (r->leaders != MPI_COMM_NULL)
        fn(&r->between, arith, c->out, r->scratch, c->count);
    nh_shm_broadcast(&r->shm, c->out, c->count * arith.size);
}

static void levels_doubling(struct nh_mpi_reduction *r, const struct nh_mpi_reduce_call *c)
{
    by_levels(r, c, nh_wire_recursive_doubling);
}

static void levels_rabenseifner(struct nh_mpi_reduction *r, const struct nh_mpi_reduce_call *c)
{
    by_levels(r, c, nh_wire_rabenseifner);
}

const struct nh_mpi_algorithm nh_mpi_algorithms[] = {
    {"library", "library", false, false, library},
    {"reduce+bcast", "reduce+bcast", false, false, reduce_broadcast},
    {"recursive-doubling", "doubling", false, false, recursive_doubling},
    {"ring", "ring", false, false, ring},
    {"rabenseifner", "rabenseifner", false, false, rabenseifner},
    {"shm", "shm", true, false, shared_memory},
    {"levels-doubling", "levels-dbl", false, true, levels_doubling},
    {"levels-rabenseifner", "levels-rab", false, true, levels_rabenseifner},
    {NULL, NULL, false, false, NULL}};
