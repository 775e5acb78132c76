/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef NH_MPIRUN_H
#define NH_MPIRUN_H

#include <stdbool.h>

#include "common/paths.h"
#include "launch/args.h"

/*
 * The mpirun of an MPI library. Libraries spell the same wishes differently, and the
 * wrong spelling is often accepted and means something else (Intel MPI takes
 * "--map-by ppr:1:node" and puts both ranks on one node); so all of it is one table.
 */
struct nh_mpi_flavour;

struct nh_mpirun {
    char path[NH_PATH_MAX];
    const struct nh_mpi_flavour *flavour;
    char description[NH_PATH_MAX + 96]; /* "Open MPI 4.1.4 (/usr/bin/mpirun)" */
};

/** Who starts the ranks on other nodes. */
enum nh_mpi_agent { NH_AGENT_NONE, NH_AGENT_SSH, NH_AGENT_SLURM };

struct nh_mpi_hosts {
    const char *const *names; /* in the order of ranks */
    size_t count;             /* 0: this machine, and the library decides */
    int slots;                /* ranks that a host takes without sharing cores */
};

struct nh_mpi_place {
    struct nh_mpi_hosts hosts;
    enum nh_mpi_agent agent;
    int ranks, ranks_per_node;
    int threads;      /* cores of each rank, 0: 1 */
    bool bind;        /* let mpirun bind by cores: for programs that do not bind themselves */
    char *const *env; /* "NAME=VALUE" for every rank, NULL-terminated, or NULL */
    const char *wdir; /* working directory of the ranks, or NULL */
};

/** Words put before the remote command of every ssh of ours, and of mpirun's: no question
 *  is ever asked, and a dead host is given up after some seconds. NULL-terminated. */
extern const char *const nh_ssh_options[];

/** Finds the program and what it is. `wanted`: path or name; NULL: $NODEHOUR_MPIRUN, else the
 *  one of the MPI library that we were built with. Code NH_EINPUT. */
int nh_mpirun_find(const char *wanted, struct nh_mpirun *mpirun, struct nh_error *err);

/** Path of a program on PATH; false when there is none. */
bool nh_on_path(const char *name, char *buf, size_t len);

/** Adds mpirun and its options; the program and its arguments follow. */
void nh_mpirun_words(const struct nh_mpirun *mpirun, const struct nh_mpi_place *place,
                     struct nh_args *words);

/** Adds the "NAME=VALUE" pairs that mpirun itself must have in its environment. */
void nh_mpirun_env(const struct nh_mpirun *mpirun, enum nh_mpi_agent agent, struct nh_args *env);

/** What srun's --mpi must be for ranks of this library; NULL where SLURM_MPI_TYPE says it. */
const char *nh_mpirun_srun_type(const struct nh_mpirun *mpirun);

#endif
