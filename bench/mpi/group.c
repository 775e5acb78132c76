/* SPDX-License-Identifier: BSD-3-Clause */
#include "bench/mpi/group.h"

#include <limits.h>

static int broadcast(void *context, void *data, size_t len, struct nh_error *err)
{
    (void)err;
    MPI_Bcast(data, (int)len, MPI_BYTE, 0, *(MPI_Comm *)context);
    return NH_OK;
}

static int maximum(void *context, int64_t *values, size_t n, struct nh_error *err)
{
    MPI_Comm comm = *(MPI_Comm *)context;
    int rank;
    (void)err;
    MPI_Comm_rank(comm, &rank);
    if (rank == 0)
        MPI_Reduce(MPI_IN_PLACE, values, (int)n, MPI_INT64_T, MPI_MAX, 0, comm);
    else
        MPI_Reduce(values, NULL, (int)n, MPI_INT64_T, MPI_MAX, 0, comm);
    return NH_OK;
}

static int barrier(void *context, struct nh_error *err)
{
    (void)err;
    MPI_Barrier(*(MPI_Comm *)context);
    return NH_OK;
}

static int agree(void *context, int code, struct nh_error *err)
{
    MPI_Comm comm = *(MPI_Comm *)context;
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

void nh_mpi_group(MPI_Comm *comm, struct nh_group *group)
{
    *group = (struct nh_group){.context = comm,
                               .broadcast = broadcast,
                               .maximum = maximum,
                               .barrier = barrier,
                               .agree = agree};
    MPI_Comm_rank(*comm, &group->rank);
    MPI_Comm_size(*comm, &group->size);
}
