/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef NH_NEIGHBOURS_H
#define NH_NEIGHBOURS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * What hosts can tell each other when MPI is stuck: the first rank of each host has a UDP
 * socket, and a thread that sleeps there until another host asks who is late. Nothing is sent
 * while ranks measure. How hosts learn of each other is the caller's business.
 */
struct nh_neighbours;

enum { NH_NEIGHBOUR_ADDRESSES = 4 };

/* Where a host can be asked; may be sent as it is between hosts of one kind. */
struct nh_neighbour {
    char name[64];
    int rank, ranks;                          /* its first rank, and how many it has */
    int count;                                /* of its addresses */
    uint32_t address[NH_NEIGHBOUR_ADDRESSES]; /* IPv4, in network order, as the port */
    uint16_t port;
};

/* What the ranks of a host know of each other. */
struct nh_host_state {
    long long steps; /* fewest control messages of a rank, and that rank */
    int rank;
    char trouble[256]; /* names the ranks that are stopped or dead; else empty */
};
typedef void nh_host_state_fn(void *context, struct nh_host_state *out);

/**
 * Opens the socket of this host and fills the addresses and the port of `own`, whose name, rank
 * and ranks are the caller's. NULL when there is no socket to be had. `state` is called from
 * another thread from nh_neighbours_join until the end.
 */
struct nh_neighbours *nh_neighbours_open(nh_host_state_fn *state, void *context,
                                         struct nh_neighbour *own);

/** Begins to answer. `hosts` are all `count` of the job, copied, and `me` is this one; `token` is
 * the job's: questions with another one are not answered. False: memory or thread not to be had. */
bool nh_neighbours_join(struct nh_neighbours *neighbours, const struct nh_neighbour *hosts,
                        int count, int me, uint64_t token);

/** Asks all others once, for half a second at most, when all have joined: whether all answer. */
bool nh_neighbours_reached(struct nh_neighbours *neighbours);

/** A token that no other job has at the same time. */
uint64_t nh_neighbours_token(void);

/**
 * Asks the other hosts, for a second at most, and writes who is late: ranks in trouble, hosts
 * that do not answer, or else the host that has come least far. Empty when none of that is so.
 * A host waits longer the later it is in the order of ranks, so that one speaks.
 */
void nh_neighbours_ask(struct nh_neighbours *neighbours, char *text, size_t len);

void nh_neighbours_close(struct nh_neighbours *neighbours);

#endif
