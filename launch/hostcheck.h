/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef NH_HOSTCHECK_H
#define NH_HOSTCHECK_H

#include "launch/hosts.h"
#include "launch/mpirun.h"

/**
 * Asks all hosts at the same time, by ssh or by srun within an allocation. With `program`, the
 * file of that path must be there and be the same as here, byte for byte. Code NH_EPREFLIGHT,
 * with every bad host and the words of ssh or srun.
 */
int nh_hosts_check(const struct nh_hosts *hosts, enum nh_mpi_agent agent, const char *program,
                   struct nh_error *err);

enum { NH_HOST_REASON = 256 };

/** The same questions, but a host that is not fit is no error: its row of `reasons`, one for each
 *  host, says why; "" for the others. */
int nh_hosts_ask(const struct nh_hosts *hosts, enum nh_mpi_agent agent, const char *program,
                 char (*reasons)[NH_HOST_REASON], struct nh_error *err);

#endif
