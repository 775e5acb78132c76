/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef NH_MPI_BINDING_H
#define NH_MPI_BINDING_H

#include <jansson.h>
#include <mpi.h>

#include "bench/record/options.h"

/* Where a rank really runs, observed after binding; a plain block of bytes, so that rank 0
 * can gather it. */
struct nh_mpi_place {
    char host[64];
    char boot[40];     /* hash of the boot id: one host or two? */
    char cpus[256];    /* what the kernel allows this rank now: "0", "0-3,8" */
    char binding[16];  /* "core" by us, the name of a placement, "inherited", "none" */
    int package, numa; /* -1 when the rank may run on more than one */
    char nic[64];      /* network devices near the rank, by the firmware's word; empty: unknown */
    int last_cpu;
    int oversubscribed; /* more ranks on this host than cores they may use */
};

/**
 * Binds this rank; collective over `local` (the ranks of one host). With NH_BIND_CORE, ranks
 * that inherited the same set of cores take one each, in rank order; a rank that is on one
 * core already keeps it; when there are more ranks than cores none of them is bound. A
 * placement (bench/proof/placement.h) chooses among all processors of the host instead.
 */
int nh_mpi_bind(MPI_Comm local, const struct nh_settings *settings, struct nh_mpi_place *place,
                struct nh_error *err);

/** The row of the record's placement. New reference, NULL when memory is short. */
json_t *nh_mpi_place_json(const struct nh_mpi_place *place, int rank);

#endif
