/* SPDX-License-Identifier: BSD-3-Clause */
#include "bench/mpi/group.h"

#include <limits.h>

/* The largest tag that every library must allow: kernels use small ones. */
enum { TAG_CONTROL = 32767 };

static MPI_Comm of(void *context)
{
    return *(MPI_Comm *)context;
}

static int broadcast(void *context, void *data, size_t len, struct nh_error *err)
{
    (void)err;
    MPI_Bcast(data, (int)len, MPI_BYTE, 0, of(context));
    return NH_OK;
}

static int reduce(void *context, enum nh_reduction how, int64_t *values, size_t n,
                  struct nh_error *err)
{
    MPI_Op op = how == NH_SUM ? MPI_SUM : how == NH_MIN ? MPI_MIN : MPI_MAX;
    (void)err;
    MPI_Allreduce(MPI_IN_PLACE, values, (int)n, MPI_INT64_T, op, of(context));
    return NH_OK;
}

static int barrier(void *context, struct nh_error *err)
{
    (void)err;
    MPI_Barrier(of(context));
    return NH_OK;
}

static int agree(void *context, int code, struct nh_error *err)
{
    MPI_Comm comm = of(context);
    struct nh_error first = {0};
    int rank, mine, lowest;
    MPI_Comm_rank(comm, &rank);
    mine = code == NH_OK ? INT_MAX : rank;
    MPI_Allreduce(&mine, &lowest, 1, MPI_INT, MPI_MIN, comm);
    if (lowest == INT_MAX)
        return NH_OK;
    if (rank == lowest) {
        if (err)
            first = *err;
        first.code = code;
    }
    MPI_Bcast(&first, (int)sizeof first, MPI_BYTE, lowest, comm);
    if (err)
        *err = first;
    return first.code;
}

static int send(void *context, int to, const void *data, size_t len, struct nh_error *err)
{
    (void)err;
    MPI_Send(data, (int)len, MPI_BYTE, to, TAG_CONTROL, of(context));
    return NH_OK;
}

static int receive(void *context, int from, void *data, size_t len, struct nh_error *err)
{
    (void)err;
    MPI_Recv(data, (int)len, MPI_BYTE, from, TAG_CONTROL, of(context), MPI_STATUS_IGNORE);
    return NH_OK;
}

static int exchange(void *context, int to, const void *out, int from, void *in, size_t len,
                    struct nh_error *err)
{
    (void)err;
    MPI_Sendrecv(out, (int)len, MPI_BYTE, to, TAG_CONTROL, in, (int)len, MPI_BYTE, from,
                 TAG_CONTROL, of(context), MPI_STATUS_IGNORE);
    return NH_OK;
}

static int leader_on_host(MPI_Comm comm, int rank)
{
    MPI_Comm host;
    MPI_Comm_split_type(comm, MPI_COMM_TYPE_SHARED, rank, MPI_INFO_NULL, &host);
    MPI_Bcast(&rank, 1, MPI_INT, 0, host);
    MPI_Comm_free(&host);
    return rank;
}

void nh_mpi_group(MPI_Comm *comm, struct nh_group *group)
{
    *group = (struct nh_group){.context = comm,
                               .broadcast = broadcast,
                               .reduce = reduce,
                               .barrier = barrier,
                               .agree = agree,
                               .send = send,
                               .receive = receive,
                               .exchange = exchange};
    MPI_Comm_rank(*comm, &group->rank);
    MPI_Comm_size(*comm, &group->size);
    group->leader = leader_on_host(*comm, group->rank);
}
