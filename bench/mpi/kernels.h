/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef NH_MPI_KERNELS_H
#define NH_MPI_KERNELS_H

#include "bench/mpi/session.h"
#include "common/cli.h"

/* The kernels of nodehour-mpi: one file and one line in the table of main.c each. */
extern const struct nh_verb nh_verb_pingpong;
extern const struct nh_verb nh_verb_bandwidth;
extern const struct nh_verb nh_verb_rate;
extern const struct nh_verb nh_verb_rma;
extern const struct nh_verb nh_verb_matrix;
extern const struct nh_verb nh_verb_allreduce;
extern const struct nh_verb nh_verb_reduce;
extern const struct nh_verb nh_verb_reducescatter;
extern const struct nh_verb nh_verb_reducescatterblock;
extern const struct nh_verb nh_verb_bcast;
extern const struct nh_verb nh_verb_allgather;
extern const struct nh_verb nh_verb_alltoall;
extern const struct nh_verb nh_verb_gather;
extern const struct nh_verb nh_verb_scatter;
extern const struct nh_verb nh_verb_barrier;
extern const struct nh_verb nh_verb_guidelines;
extern const struct nh_verb nh_verb_algorithms;
extern const struct nh_verb nh_verb_halo;
extern const struct nh_verb nh_verb_limits;

#endif
