/* SPDX-License-Identifier: BSD-3-Clause */
#include <stdlib.h>
#include <string.h>

#include "bench/mpi/kernels.h"

static const struct nh_verb *const verbs[] = {&nh_verb_pingpong, &nh_verb_bandwidth,
                                              &nh_verb_allreduce, &nh_verb_halo, NULL};

static const struct nh_program program = {
    .name = "nodehour-mpi",
    .pitch = "nodehour-mpi measures MPI with honest error bars: start it by your own mpirun.",
    .verbs = verbs};

/* Before MPI_Init only the launcher's environment tells the ranks apart. One of them
 * speaks; a program started without a launcher is its own rank 0. */
static bool first_rank(void)
{
    static const char *const names[] = {"OMPI_COMM_WORLD_RANK", "PMIX_RANK", "PMI_RANK",
                                        "SLURM_PROCID"};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        const char *rank = getenv(names[i]);
        if (rank && *rank)
            return strcmp(rank, "0") == 0;
    }
    return true;
}

int main(int argc, char **argv)
{
    return nh_program_main(&program, argc, argv, first_rank());
}
