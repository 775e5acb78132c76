/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef NH_MPI_TABLE_H
#define NH_MPI_TABLE_H

#include <stdio.h>

#include "bench/engine/engine.h"
#include "bench/mpi/session.h"

/* The readable table: times in microseconds per operation, "-" for what the sample
 * cannot support. Lines that are no results begin with '#'. */
void nh_mpi_table_head(FILE *out, const struct nh_mpi_case *row);
void nh_mpi_table_line(FILE *out, const struct nh_mpi_case *row, const struct nh_series *series,
                       double rate);

#endif
