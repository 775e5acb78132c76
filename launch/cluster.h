/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef NH_CLUSTER_H
#define NH_CLUSTER_H

#include "launch/hosts.h"
#include "launch/launcher.h"
#include "launch/mpirun.h"

/* What launchers by mpirun have in common: some hosts (none: this machine), and an mpirun
 * that is started here. It is the context of such a launcher. */
struct nh_cluster {
    struct nh_mpirun mpirun;
    enum nh_mpi_agent agent;
    struct nh_hosts hosts;
    int cores;          /* physical cores of this machine, taken for those of every host */
    struct nh_args env; /* of mpirun */
    char *description;
    bool srun; /* Slurm: ranks are started by this program instead of mpirun */
    char srun_path[NH_PATH_MAX];
};

/** Finds mpirun; the caller adds hosts, then calls nh_cluster_ready. */
int nh_cluster_new(const struct nh_launcher_options *options, enum nh_mpi_agent agent,
                   struct nh_cluster **cluster, struct nh_error *err);
/** Fills environment and description. */
int nh_cluster_ready(struct nh_cluster *cluster, struct nh_error *err);

/** True within an allocation of Slurm. */
bool nh_slurm_allocation(void);
/** Adds the nodes of our allocation. */
int nh_slurm_nodes(struct nh_hosts *hosts, struct nh_error *err);

/* Operations of struct nh_launcher. */
const char *nh_cluster_describe(const void *context);
void nh_cluster_command(const void *context, const struct nh_launch *launch,
                        struct nh_args *command);
void nh_cluster_nodes(const void *context, const struct nh_launch *launch, struct nh_args *nodes);
int nh_cluster_start(void *context, const struct nh_launch *launch, pid_t *pid,
                     struct nh_error *err);
/** Asks every host whether it can still be reached. */
int nh_cluster_check(void *context, struct nh_error *err);
void nh_cluster_release(void *context);

/** What all probes do: a new cluster, which `fill` completes (hosts, nh_cluster_ready). */
int nh_cluster_probe(const struct nh_launcher_options *options, enum nh_mpi_agent agent,
                     int (*fill)(const struct nh_launcher_options *, struct nh_cluster *,
                                 struct nh_error *),
                     void **context, struct nh_error *err);

#endif
