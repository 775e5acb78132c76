/* SPDX-License-Identifier: BSD-3-Clause */
#include "launch/cluster.h"

#include <stdio.h>
#include <stdlib.h>

#include "launch/process.h"

int nh_cluster_new(const struct nh_launcher_options *options, enum nh_mpi_agent agent,
                   struct nh_cluster **cluster, struct nh_error *err)
{
    struct nh_cluster *c = calloc(1, sizeof *c);
    if (!c)
        return nh_fail(err, NH_EFAIL, "out of memory");
    c->cores = options->cores;
    c->agent = agent;
    int rc = nh_mpirun_find(options->mpirun, &c->mpirun, err);
    if (rc)
        nh_cluster_release(c);
    else
        *cluster = c;
    return rc;
}

int nh_cluster_ready(struct nh_cluster *c, struct nh_error *err)
{
    size_t len;
    FILE *out = open_memstream(&c->description, &len);
    if (!out)
        return nh_fail(err, NH_EFAIL, "out of memory");
    fprintf(out, "%s", c->mpirun.description);
    if (c->hosts.count)
        fprintf(out, "%s on %zu host%s, %s", c->srun.count ? " and srun" : "", c->hosts.count,
                c->hosts.count == 1 ? "" : "s",
                c->agent == NH_AGENT_SLURM ? "allocated by Slurm" : "by ssh");
    nh_mpirun_env(&c->mpirun, c->agent, &c->env);
    if (fclose(out) || c->env.failed)
        return nh_fail(err, NH_EFAIL, "out of memory");
    return NH_OK;
}

const char *nh_cluster_describe(const void *context)
{
    const struct nh_cluster *c = context;
    return c->description;
}

void nh_cluster_nodes(const void *context, const struct nh_launch *launch, struct nh_args *nodes)
{
    const struct nh_cluster *c = context;
    nh_hosts_choose(&c->hosts, launch->nodes, launch->number, nodes);
}

/* The fewest slots of the hosts, since ranks are spread evenly. */
static int slots(const struct nh_cluster *c)
{
    int least = c->hosts.count ? 0 : c->cores;
    for (size_t i = 0; i < c->hosts.count; i++) {
        int here = c->hosts.items[i].slots ? c->hosts.items[i].slots : c->cores;
        least = !least || here < least ? here : least;
    }
    return least;
}

void nh_cluster_command(const void *context, const struct nh_launch *launch,
                        struct nh_args *command)
{
    const struct nh_cluster *c = context;
    struct nh_args names = {0};
    nh_cluster_nodes(c, launch, &names);
    const struct nh_mpi_place place = {
        .hosts = {(const char *const *)names.items, names.count, slots(c)},
        .agent = c->agent,
        .ranks = launch->ranks,
        .ranks_per_node = launch->ranks_per_node ? launch->ranks_per_node : launch->ranks,
        .threads = launch->threads,
        .bind = launch->bind,
        .env = launch->env,
        .wdir = launch->wdir};
    nh_mpirun_words(&c->mpirun, &place, command);
    nh_args_extend(command, launch->argv);
    command->failed |= names.failed;
    nh_args_clear(&names);
}

int nh_cluster_start(void *context, const struct nh_launch *launch, pid_t *pid,
                     struct nh_error *err)
{
    const struct nh_cluster *c = context;
    struct nh_args command = {0};
    nh_cluster_command(c, launch, &command);
    int rc = command.failed ? nh_fail(err, NH_EFAIL, "out of memory")
                            : nh_process_start(command.items, (const char *const *)c->env.items,
                                               launch->out_path, launch->log_path, pid, err);
    nh_args_clear(&command);
    return rc;
}

void nh_cluster_release(void *context)
{
    struct nh_cluster *c = context;
    nh_hosts_clear(&c->hosts);
    nh_args_clear(&c->env);
    nh_args_clear(&c->srun);
    free(c->description);
    free(c);
}
