/* SPDX-License-Identifier: BSD-3-Clause */
#include "launch/cluster.h"

#include <stdio.h>
#include <stdlib.h>

#include "launch/hostcheck.h"
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
    static const char *const words[] = {
        [NH_AGENT_NONE] = "", [NH_AGENT_SSH] = ", over ssh", [NH_AGENT_SLURM] = ", within Slurm"};
    size_t len;
    FILE *out = open_memstream(&c->description, &len);
    if (!out)
        return nh_fail(err, NH_EFAIL, "out of memory");
    /* Without the number of hosts: a study goes on with those that are left. */
    fprintf(out, "%s%s", c->mpirun.description, words[c->agent]);
    if (c->srun)
        fprintf(out, ", ranks by %s", c->srun_path);
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

static void add_names(char *const *names, struct nh_args *words)
{
    char *list = NULL;
    size_t len;
    FILE *out = open_memstream(&list, &len);
    for (size_t i = 0; out && names && names[i]; i++)
        fprintf(out, "%s%s", i ? "," : "", names[i]);
    words->failed |= !out || fclose(out);
    nh_args_add(words, "--nodelist=%s", list ? list : "");
    free(list);
}

/* srun gives its ranks our environment; it orders nodes as the allocation does. */
static void srun_words(const struct nh_cluster *c, const struct nh_launch *launch,
                       const struct nh_args *names, struct nh_args *words)
{
    const char *type = nh_mpirun_srun_type(&c->mpirun);
    nh_args_add(words, "%s", c->srun_path);
    if (type)
        nh_args_add(words, "--mpi=%s", type);
    add_names(names->items, words);
    nh_args_add(words, "--nodes=%ld", launch->nodes);
    nh_args_add(words, "--ntasks=%d", launch->ranks);
    nh_args_add(words, "--ntasks-per-node=%d", launch->ranks_per_node);
    if (launch->threads)
        nh_args_add(words, "--cpus-per-task=%d", launch->threads);
    nh_args_add(words, "--cpu-bind=%s", launch->bind ? "cores" : "none");
    if (launch->ranks_per_node > slots(c))
        nh_args_add(words, "--overcommit");
    nh_args_add(words, "--kill-on-bad-exit=1");
    if (launch->wdir)
        nh_args_add(words, "--chdir=%s", launch->wdir);
}

/* Of each node: Open MPI refuses to bind more than there are. */
static int cores_needed(const struct nh_launch *launch)
{
    int ranks = launch->ranks_per_node ? launch->ranks_per_node : launch->ranks;
    return ranks * (launch->threads > 1 ? launch->threads : 1);
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
        .bind = launch->bind && cores_needed(launch) <= slots(c),
        .env = launch->env,
        .wdir = launch->wdir};
    if (c->srun)
        srun_words(c, launch, &names, command);
    else
        nh_mpirun_words(&c->mpirun, &place, command);
    nh_args_extend(command, launch->argv);
    command->failed |= names.failed;
    nh_args_clear(&names);
}

int nh_cluster_start(void *context, const struct nh_launch *launch, pid_t *pid,
                     struct nh_error *err)
{
    const struct nh_cluster *c = context;
    struct nh_args command = {0}, env = {0};
    nh_cluster_command(c, launch, &command);
    if (c->env.count)
        nh_args_extend(&env, c->env.items);
    if (c->srun && launch->threads)
        nh_args_add(&env, "OMP_NUM_THREADS=%d", launch->threads);
    if (c->srun && launch->env)
        nh_args_extend(&env, launch->env);
    int rc = command.failed || env.failed
                 ? nh_fail(err, NH_EFAIL, "out of memory")
                 : nh_process_start(command.items, (const char *const *)env.items, launch->out_path,
                                    launch->log_path, pid, err);
    nh_args_clear(&command);
    nh_args_clear(&env);
    return rc;
}

int nh_cluster_check(void *context, struct nh_error *err)
{
    const struct nh_cluster *c = context;
    return nh_hosts_check(&c->hosts, c->agent, NULL, err);
}

int nh_cluster_probe(const struct nh_launcher_options *options, enum nh_mpi_agent agent,
                     int (*fill)(const struct nh_launcher_options *, struct nh_cluster *,
                                 struct nh_error *),
                     void **context, struct nh_error *err)
{
    struct nh_cluster *c = NULL;
    int rc = nh_cluster_new(options, agent, &c, err);
    if (rc)
        return rc;
    rc = fill(options, c, err);
    if (rc)
        nh_cluster_release(c);
    else
        *context = c;
    return rc;
}

void nh_cluster_release(void *context)
{
    struct nh_cluster *c = context;
    nh_hosts_clear(&c->hosts);
    nh_args_clear(&c->env);
    free(c->description);
    free(c);
}
