/* SPDX-License-Identifier: BSD-3-Clause */
#include <limits.h>
#include <stdint.h>

#include "bench/mpi/collectives.h"

/* The one place where MPI's collective operations are called: blocking, non-blocking, and
 * with counts beyond int where the library has MPI 4. Counts that fit an int take the
 * function that programs call, whatever the library has. */
#if MPI_VERSION >= 4
typedef MPI_Count count_t;
#define CALL(blocking, starting, ...)                                                              \
    do {                                                                                           \
        if (c->view.count > INT_MAX && request)                                                    \
            starting##_c(__VA_ARGS__, request);                                                    \
        else if (c->view.count > INT_MAX)                                                          \
            blocking##_c(__VA_ARGS__);                                                             \
        else if (request)                                                                          \
            starting(__VA_ARGS__, request);                                                        \
        else                                                                                       \
            blocking(__VA_ARGS__);                                                                 \
    } while (0)
#else
typedef int count_t;
#define CALL(blocking, starting, ...)                                                              \
    do {                                                                                           \
        if (request)                                                                               \
            starting(__VA_ARGS__, request);                                                        \
        else                                                                                       \
            blocking(__VA_ARGS__);                                                                 \
    } while (0)
#endif

size_t nh_mpi_coll_most(void)
{
    return MPI_VERSION >= 4 ? SIZE_MAX / 4 : INT_MAX;
}

static count_t count(const struct nh_mpi_coll *c)
{
    return (count_t)c->view.count;
}

static bool at_root(const struct nh_mpi_coll *c)
{
    return c->view.rank == c->view.root;
}

/* In place means every rank, or the root where there is one. */
static const void *from(const struct nh_mpi_coll *c)
{
    return c->in_place && at_root(c) ? MPI_IN_PLACE : c->send;
}

static void allreduce(const struct nh_mpi_coll *c, MPI_Request *request)
{
    CALL(MPI_Allreduce, MPI_Iallreduce, from(c), c->receive, count(c), c->mpi_type, c->mpi_op,
         c->comm);
}

static void reduce(const struct nh_mpi_coll *c, MPI_Request *request)
{
    CALL(MPI_Reduce, MPI_Ireduce, from(c), c->receive, count(c), c->mpi_type, c->mpi_op,
         c->view.root, c->comm);
}

#if MPI_VERSION >= 4
static void large_reduce_scatter(const struct nh_mpi_coll *c, MPI_Request *request)
{
    const MPI_Count *shares = c->large_shares;
    if (request)
        MPI_Ireduce_scatter_c(from(c), c->receive, shares, c->mpi_type, c->mpi_op, c->comm,
                              request);
    else
        MPI_Reduce_scatter_c(from(c), c->receive, shares, c->mpi_type, c->mpi_op, c->comm);
}
#endif

static void reduce_scatter(const struct nh_mpi_coll *c, MPI_Request *request)
{
#if MPI_VERSION >= 4
    if (c->view.count > INT_MAX) {
        large_reduce_scatter(c, request);
        return;
    }
#endif
    if (request)
        MPI_Ireduce_scatter(from(c), c->receive, c->shares, c->mpi_type, c->mpi_op, c->comm,
                            request);
    else
        MPI_Reduce_scatter(from(c), c->receive, c->shares, c->mpi_type, c->mpi_op, c->comm);
}

/* Every rank gets as many; the vector is a multiple of the ranks. */
static void reduce_scatter_block(const struct nh_mpi_coll *c, MPI_Request *request)
{
    count_t share = count(c) / c->view.ranks;
    CALL(MPI_Reduce_scatter_block, MPI_Ireduce_scatter_block, from(c), c->receive, share,
         c->mpi_type, c->mpi_op, c->comm);
}

static void bcast(const struct nh_mpi_coll *c, MPI_Request *request)
{
    CALL(MPI_Bcast, MPI_Ibcast, c->receive, count(c), c->mpi_type, c->view.root, c->comm);
}

static void allgather(const struct nh_mpi_coll *c, MPI_Request *request)
{
    CALL(MPI_Allgather, MPI_Iallgather, from(c), count(c), c->mpi_type, c->receive, count(c),
         c->mpi_type, c->comm);
}

static void alltoall(const struct nh_mpi_coll *c, MPI_Request *request)
{
    CALL(MPI_Alltoall, MPI_Ialltoall, from(c), count(c), c->mpi_type, c->receive, count(c),
         c->mpi_type, c->comm);
}

static void gather(const struct nh_mpi_coll *c, MPI_Request *request)
{
    CALL(MPI_Gather, MPI_Igather, from(c), count(c), c->mpi_type, c->receive, count(c), c->mpi_type,
         c->view.root, c->comm);
}

static void scatter(const struct nh_mpi_coll *c, MPI_Request *request)
{
    void *to = c->in_place && at_root(c) ? MPI_IN_PLACE : c->receive;
    CALL(MPI_Scatter, MPI_Iscatter, c->send, count(c), c->mpi_type, to, count(c), c->mpi_type,
         c->view.root, c->comm);
}

static void barrier(const struct nh_mpi_coll *c, MPI_Request *request)
{
    if (request)
        MPI_Ibarrier(c->comm, request);
    else
        MPI_Barrier(c->comm);
}

void nh_mpi_coll_call(const struct nh_mpi_coll *c, MPI_Request *request)
{
    static void (*const calls[NH_COLL_COUNT])(const struct nh_mpi_coll *, MPI_Request *) = {
        [NH_ALLREDUCE] = allreduce,
        [NH_REDUCE] = reduce,
        [NH_REDUCESCATTER] = reduce_scatter,
        [NH_REDUCESCATTERBLOCK] = reduce_scatter_block,
        [NH_BCAST] = bcast,
        [NH_ALLGATHER] = allgather,
        [NH_ALLTOALL] = alltoall,
        [NH_GATHER] = gather,
        [NH_SCATTER] = scatter,
        [NH_BARRIER] = barrier};
    calls[c->id](c, request);
}
