/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef NH_OVERHEAD_H
#define NH_OVERHEAD_H

#include "analysis/dataset.h"

/* What MPI adds to the library below it: ping-pong by both, between as many ranks and hosts. */

/** Can `below` (a ping-pong over libfabric) be subtracted from `mpi`? Not when the verdicts of
 *  their records say that different transports carried them. */
bool nh_overhead_applies(const struct nh_curve *mpi, const struct nh_curve *below);

/**
 * "0.12 us at 8 B (x1.8), 3.1 us at 1 MiB (x1.04)": differences of the medians at the sizes
 * people quote, or at the smallest and largest that both have. "" when they share no size.
 */
enum { NH_OVERHEAD_TEXT = 128 };
const char *nh_overhead_text(const struct nh_curve *mpi, const struct nh_curve *below, char *buf);

#endif
