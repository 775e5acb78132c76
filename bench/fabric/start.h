/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef NH_FABRIC_START_H
#define NH_FABRIC_START_H

#include <stdbool.h>

#include "bench/fabric/oob.h"

/* How the two sides find each other: told by hand (--listen PORT here, HOST:PORT there), or
 * started by mpirun or srun, whose environment says who is who. */
struct nh_start {
    bool listens;
    bool launched; /* by mpirun or srun */
    int rank;      /* 0 has the table and the records */
    char host[256], port[8];
};

/** The environment of a launcher; rank -1 when there is none. */
struct nh_launcher {
    int rank, ranks;
    int local_ranks; /* on this host, 0 when unknown */
};
void nh_launcher_read(struct nh_launcher *l);

/** First name of a Slurm list: "c5n-[03-10,12],login" gives "c5n-03". False when empty. */
bool nh_first_host(const char *list, char *host, size_t len);

/**
 * `listen` is the port of --listen, `address` the HOST:PORT argument, `rendezvous` the
 * HOST:PORT of --rendezvous for launched ranks; NULL when absent. NH_EINPUT says exactly
 * what to pass.
 */
int nh_start_decide(const char *listen, const char *address, const char *rendezvous,
                    struct nh_start *start, struct nh_error *err);

/** Finds the other side. */
int nh_start_meet(const struct nh_start *start, double timeout_s, struct nh_oob *oob,
                  struct nh_error *err);

#endif
