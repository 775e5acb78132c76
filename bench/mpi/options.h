/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef NH_MPI_OPTIONS_H
#define NH_MPI_OPTIONS_H

#include "bench/mpi/session.h"

enum nh_mpi_bind { NH_BIND_CORE, NH_BIND_NONE, NH_BIND_INHERIT };

/* The common options as values. Strings belong to the struct nh_mpi_options. */
struct nh_mpi_settings {
    struct nh_limits limits;
    enum nh_mpi_bind bind;
    long launch; /* -1 when started by hand */
    bool json, quiet;
    const char *output, *run, *job, *machine; /* NULL when absent */
};

/** Checks the common options; needs no MPI. NH_EINPUT names the option and the remedy. */
int nh_mpi_settings(const struct nh_mpi_options *options, struct nh_mpi_settings *out,
                    struct nh_error *err);

#endif
