/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef NH_TRANSPORT_VERDICT_H
#define NH_TRANSPORT_VERDICT_H

#include <stdbool.h>

/* What became of the memory that ranks of a host share (shared.h). */
enum nh_shm_sight { NH_SHM_UNSEEN, NH_SHM_STILL, NH_SHM_WRITTEN };

/* What counters saw during one measurement, summed over hosts and ranks. */
struct nh_paths {
    double modelled;  /* bytes that the operations moved between ranks at least; NAN: no model */
    double efa;       /* sent by EFA devices */
    double sockets;   /* through TCP connections of the ranks themselves; NAN: not told */
    double net, lo;   /* sent by interfaces and loopbacks, other programs' bytes included */
    double elapsed_s; /* between the two readings */
    long ranks, leaders, hosts; /* leaders: hosts as MPI sees them; hosts: by boot id */
    int unreadable;             /* devices whose bytes could not be counted */
    enum nh_shm_sight shm;      /* STILL only when all of it was looked at */
};

/* Which path carried the bytes. */
struct nh_transport_verdict {
    const char *name; /* "shm", "efa", "tcp", "mixed", "unknown" */
    char reason[256];
    const char *basis;           /* "counted"; shm: "seen" or "inferred"; NULL when unknown */
    double efa_share, tcp_share; /* of the modelled bytes; NAN when there are none */
    double efa_noise, tcp_noise; /* bytes that do not count: control messages, other programs */
    bool decidable;              /* false: too few bytes for any verdict; no evidence of a fault */
    bool shares_hosts;           /* some bytes may rightly have gone through shared memory */
};

/**
 * A path is the answer when it carried at least 95 % of the modelled bytes and no other path
 * carried 5 %; several above 5 % are "mixed". Shared memory has no counter: it is what is
 * left between ranks of one host when every counted path stayed below 5 %, unless no memory
 * that they share was written. docs/method.md.
 */
void nh_transport_verdict(const struct nh_paths *paths, struct nh_transport_verdict *verdict);

/**
 * Does the verdict satisfy --require-transport `required` ("shm", "efa", "tcp")? Shared memory
 * between ranks of one host does not spoil a network path. A verdict that is not decidable
 * fails nothing and proves nothing.
 */
bool nh_transport_meets(const struct nh_transport_verdict *verdict, const char *required);

#endif
