/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef NH_MPI_NEIGHBOURS_H
#define NH_MPI_NEIGHBOURS_H

#include <mpi.h>
#include <stddef.h>

/*
 * What hosts can tell each other when MPI is stuck: the first rank of each host has a UDP
 * socket, and a thread that sleeps there until another host asks who is late. Nothing is sent
 * while ranks measure.
 */
struct nh_neighbours;

/* What the ranks of a host know of each other. */
struct nh_host_state {
    long long steps; /* fewest control messages of a rank, and that rank */
    int rank;
    char trouble[256]; /* names the ranks that are stopped or dead; else empty */
};
typedef void nh_host_state_fn(void *context, struct nh_host_state *out);

/**
 * Collective over `comm`, whose ranks on this host are `host`. `state` is called from another
 * thread, until the end. NULL, on every rank, when there is only one host, when a host has no
 * socket, or when the network lets no such messages through; NULL also on ranks that are not
 * the first of their host.
 */
struct nh_neighbours *nh_neighbours_open(MPI_Comm comm, MPI_Comm host, nh_host_state_fn *state,
                                         void *context);
void nh_neighbours_close(struct nh_neighbours *neighbours);

/**
 * Asks the other hosts, for a second at most, and writes who is late: ranks in trouble, hosts
 * that do not answer, or else the host that has come least far. Empty when none of that is so.
 * Calls no MPI. A host waits longer the later it is in the order of ranks, so that one speaks.
 */
void nh_neighbours_ask(struct nh_neighbours *neighbours, char *text, size_t len);

#endif
