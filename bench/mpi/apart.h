/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef NH_MPI_APART_H
#define NH_MPI_APART_H

#include "bench/mpi/binding.h"
#include "bench/mpi/session.h"

/**
 * Collective: NH_EINPUT when two ranks are on one machine, with both named. Three signs are
 * looked at: the same boot id (containers included), the same host name where a boot id is
 * not known, and a file that one rank makes in /dev/shm and another one sees.
 */
int nh_mpi_check_apart(struct nh_mpi_session *session, const struct nh_mpi_place *place,
                       struct nh_error *err);

#endif
