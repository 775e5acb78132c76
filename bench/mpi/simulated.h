/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef NH_MPI_SIMULATED_H
#define NH_MPI_SIMULATED_H

#include <stdbool.h>

#include "bench/engine/clock.h"
#include "common/record.h"

/* SimGrid's SMPI runs the same sources on simulated clusters, with all ranks in one process:
 * good for proving that a thousand ranks come to an end, never for a figure. What it gives
 * is marked in the table, in every record, and in every label of a report. */

/** Whether the MPI library is a simulator. */
bool nh_mpi_simulated(void);

/** Simulated time: the machine's own clock would time the simulator. */
void nh_mpi_simulated_clock(struct nh_clock *clock);

/** Replaces what was observed of the machine, which carried nothing. */
void nh_mpi_simulated_record(struct nh_record *record);

#endif
