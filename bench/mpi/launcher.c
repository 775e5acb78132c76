/* SPDX-License-Identifier: BSD-3-Clause */
#include "bench/mpi/launcher.h"

#include <stddef.h>
#include <stdlib.h>

static long first_of(const char *const *names)
{
    for (; *names; names++) {
        const char *text = getenv(*names);
        if (text && *text)
            return strtol(text, NULL, 10);
    }
    return -1;
}

long nh_launched_rank(void)
{
    static const char *const names[] = {"OMPI_COMM_WORLD_RANK", "PMIX_RANK", "PMI_RANK",
                                        "SLURM_PROCID", NULL};
    return first_of(names);
}

long nh_launched_local_rank(void)
{
    static const char *const names[] = {"OMPI_COMM_WORLD_LOCAL_RANK", "MPI_LOCALRANKID",
                                        "SLURM_LOCALID", NULL};
    return first_of(names);
}

long nh_launched_local_size(void)
{
    static const char *const names[] = {"OMPI_COMM_WORLD_LOCAL_SIZE", "MPI_LOCALNRANKS", NULL};
    return first_of(names);
}
