/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef NH_MPI_LAUNCHER_H
#define NH_MPI_LAUNCHER_H

/* What the launcher says of this process in the environment, before MPI has started. */

/** Rank, -1 when no launcher says it. */
long nh_launched_rank(void);

/** Rank among those of this host, -1 when no launcher says it. */
long nh_launched_local_rank(void);

/** Ranks of this host, -1 when no launcher says it. */
long nh_launched_local_size(void);

#endif
