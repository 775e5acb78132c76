/* SPDX-License-Identifier: BSD-3-Clause */
#include "bench/mpi/neighbours.h"

#include <stdbool.h>
#include <stdlib.h>
#include <unistd.h>

static bool all_of(MPI_Comm comm, bool mine)
{
    int in = mine, out;
    MPI_Allreduce(&in, &out, 1, MPI_INT, MPI_MIN, comm);
    return out;
}

/* Where the others are. Every rank goes through every step, whatever failed on it. */
static bool join(MPI_Comm leaders, struct nh_neighbours *n, const struct nh_neighbour *own)
{
    int count, me;
    uint64_t token = nh_neighbours_token();
    MPI_Comm_size(leaders, &count);
    MPI_Comm_rank(leaders, &me);
    MPI_Bcast(&token, sizeof token, MPI_BYTE, 0, leaders);
    struct nh_neighbour *hosts = calloc((size_t)count, sizeof *hosts);
    bool ok = all_of(leaders, n && hosts && count > 1);
    if (ok) {
        MPI_Allgather(own, sizeof *own, MPI_BYTE, hosts, sizeof *own, MPI_BYTE, leaders);
        ok = nh_neighbours_join(n, hosts, count, me, token);
        ok = all_of(leaders, ok) && all_of(leaders, nh_neighbours_reached(n));
    }
    free(hosts);
    return ok;
}

struct nh_neighbours *nh_mpi_neighbours(MPI_Comm comm, MPI_Comm host, nh_host_state_fn *state,
                                        void *context)
{
    struct nh_neighbour own = {.count = 0};
    MPI_Comm leaders;
    int local;
    MPI_Comm_rank(host, &local);
    MPI_Comm_rank(comm, &own.rank);
    MPI_Comm_size(host, &own.ranks);
    gethostname(own.name, sizeof own.name - 1);
    MPI_Comm_split(comm, local == 0 ? 0 : MPI_UNDEFINED, 0, &leaders);
    if (leaders == MPI_COMM_NULL)
        return NULL;
    struct nh_neighbours *n = nh_neighbours_open(state, context, &own);
    if (!join(leaders, n, &own)) {
        nh_neighbours_close(n);
        n = NULL;
    }
    MPI_Comm_free(&leaders);
    return n;
}
