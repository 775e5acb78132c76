/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef NH_PREFLIGHT_H
#define NH_PREFLIGHT_H

#include <stdbool.h>
#include <stddef.h>

#include "common/error.h"

/* What an MPI start needs of a host and dies without, asked before MPI_Init. */
struct nh_host_needs {
    double shm_free; /* bytes free in /dev/shm; NAN: there is none to ask */
    double locked;   /* limit of locked memory of this process, bytes; INFINITY: none */
    long ranks;      /* on this host; 0 when the launcher does not say */
    bool efa;        /* the host has EFA (RDMA) devices */
};

/** Bytes of /dev/shm that `ranks` on one host need to start, and that they may come to need. */
double nh_shm_least(long ranks);
double nh_shm_most(long ranks, bool efa);

/** Looks at the host below `root` ("" for the real one; its devices only) and at the
 *  launcher's environment. */
void nh_host_needs(const char *root, struct nh_host_needs *out);

/**
 * NH_EINPUT when MPI cannot start well: what is missing, how much is needed, and the key to
 * change. `warning` (may be empty afterwards) gets what will only do under luck.
 *
 * /dev/shm: each rank takes 4.0 MiB under Open MPI 4.1 (btl_vader_segment_size) and 4.1 MiB
 * under MPICH 4.0 with UCX, and both give up or leave shared memory without it; up to 16 MiB
 * under Open MPI 5, and 12.8 MiB more where libfabric's EFA provider opens its own.
 * Locked memory: EFA registers its receive buffers, 8192 of about 8 KiB for each rank.
 */
int nh_preflight(const struct nh_host_needs *needs, char *warning, size_t len,
                 struct nh_error *err);

#endif
