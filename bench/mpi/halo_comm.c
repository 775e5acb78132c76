/* SPDX-License-Identifier: BSD-3-Clause */
#include "bench/mpi/halo_comm.h"

#include <stdlib.h>

#include "bench/app/pages.h"
#include "bench/mpi/watch.h"

enum { SIDES = 2, FACES = 6 };

static size_t face_cells(const size_t block[3], int axis)
{
    return block[0] * block[1] * block[2] / block[axis];
}

size_t nh_halo_comm_bytes(const size_t block[3])
{
    size_t cells = 0;
    for (int a = 0; a < 3; a++)
        cells += face_cells(block, a);
    return 2 * SIDES * cells * sizeof(double);
}

int nh_halo_comm_open(struct nh_halo_comm *h, struct nh_mpi_session *session,
                      const struct nh_grid *grid, const size_t block[3], struct nh_error *err)
{
    *h = (struct nh_halo_comm){
        .session = session, .comm = session->comm, .memory = nh_pages(nh_halo_comm_bytes(block))};
    if (!h->memory)
        return nh_fail(err, NH_EFAIL, "no memory for the faces of a block; use fewer cells");
    double *at = h->memory;
    for (int a = 0; a < 3; a++) {
        for (int side = 0; side < SIDES; side++) {
            size_t cells = face_cells(block, a);
            h->neighbour[a][side] = nh_grid_neighbour(grid, session->rank, a, side);
            h->out[a][side] = at;
            h->in[a][side] = at + cells;
            at += 2 * cells;
        }
    }
    return NH_OK;
}

void nh_halo_comm_close(struct nh_halo_comm *h)
{
    free(h->memory);
    h->memory = NULL;
}

/* A pair of ranks shares one face, so the tag only helps who reads a trace. */
static int receive_all(struct nh_halo_comm *h, const struct nh_block_grid *b, MPI_Request *requests)
{
    int n = 0;
    for (int a = 0; a < 3; a++)
        for (int side = 0; side < SIDES; side++)
            if (h->neighbour[a][side] >= 0)
                MPI_Irecv(h->in[a][side], (int)nh_block_face(b, a), MPI_DOUBLE,
                          h->neighbour[a][side], 2 * a + !side, h->comm, &requests[n++]);
    return n;
}

static int send_all(struct nh_halo_comm *h, const struct nh_block_grid *b, MPI_Request *requests)
{
    int n = 0;
    for (int a = 0; a < 3; a++) {
        for (int side = 0; side < SIDES; side++) {
            if (h->neighbour[a][side] < 0)
                continue;
            nh_block_pack(b, a, side, h->out[a][side]);
            MPI_Isend(h->out[a][side], (int)nh_block_face(b, a), MPI_DOUBLE, h->neighbour[a][side],
                      2 * a + side, h->comm, &requests[n++]);
        }
    }
    return n;
}

int nh_halo_exchange(void *comm, struct nh_block_grid *b, struct nh_error *err)
{
    struct nh_halo_comm *h = comm;
    MPI_Request requests[2 * FACES];
    MPI_Status statuses[2 * FACES]; /* MPICH's MPI_STATUSES_IGNORE makes gcc warn of address 1 */
    int n = receive_all(h, b, requests);
    n += send_all(h, b, requests + n);
    /* NOLINTNEXTLINE(clang-analyzer-optin.mpi.MPI-Checker): it does not see the callees' */
    if (MPI_Waitall(n, requests, statuses) != MPI_SUCCESS)
        return nh_fail(err, NH_EFAIL, "halo exchange failed");
    for (int a = 0; a < 3; a++)
        for (int side = 0; side < SIDES; side++)
            if (h->neighbour[a][side] >= 0)
                nh_block_unpack(b, a, side, h->in[a][side]);
    return NH_OK;
}

int nh_halo_sum(void *comm, struct nh_exact_sum *sum, struct nh_error *err)
{
    struct nh_halo_comm *h = comm;
    nh_mpi_watchdog_step(h->session); /* solving for the check takes thousands of iterations */
    if (MPI_Allreduce(MPI_IN_PLACE, sum->part, 2, MPI_DOUBLE, MPI_SUM, h->comm) != MPI_SUCCESS)
        return nh_fail(err, NH_EFAIL, "MPI_Allreduce failed");
    return NH_OK;
}
