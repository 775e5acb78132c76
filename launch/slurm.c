/* SPDX-License-Identifier: BSD-3-Clause */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "launch/capture.h"
#include "launch/cluster.h"
#include "launch/hostcheck.h"

/* Launches within an allocation of Slurm, on some or all of its nodes: by mpirun, whose
 * daemons Slurm starts, or by srun. It does not matter who made the allocation. Outside of
 * one there are no hosts yet, and the run has to be submitted. */

enum { LIST_BYTES = 1 << 18 }; /* names of several thousand nodes */

bool nh_slurm_allocation(void)
{
    return getenv("SLURM_JOB_ID") && getenv("SLURM_JOB_NODELIST");
}

/* "n[1-3,7]" is unfolded by Slurm itself. */
int nh_slurm_nodes(struct nh_hosts *hosts, struct nh_error *err)
{
    const char *folded = getenv("SLURM_JOB_NODELIST");
    char scontrol[NH_PATH_MAX], *rest;
    if (!nh_on_path("scontrol", scontrol, sizeof scontrol))
        return nh_fail(err, NH_EINPUT, "no scontrol on PATH; add Slurm's programs to PATH");
    char *text = malloc(LIST_BYTES);
    if (!text)
        return nh_fail(err, NH_EFAIL, "out of memory");
    char *argv[] = {scontrol, "show", "hostnames", (char *)folded, NULL};
    int rc = nh_capture(argv, NULL, text, LIST_BYTES, err);
    for (char *name = strtok_r(text, "\n", &rest); name && !rc; name = strtok_r(NULL, "\n", &rest))
        rc = nh_hosts_add(hosts, name, 0, err);
    free(text);
    if (!rc && !hosts->count)
        rc = nh_fail(err, NH_EINPUT, "SLURM_JOB_NODELIST '%.200s' names no nodes", folded);
    return rc;
}

static int fill_hosts(const struct nh_launcher_options *options, struct nh_cluster *c,
                      struct nh_error *err)
{
    int rc = nh_slurm_nodes(&c->hosts, err);
    /* Slurm may have left them out already. */
    if (!rc && options->exclude)
        rc = nh_hosts_exclude(&c->hosts, options->exclude, false, err);
    if (!rc && options->nodes > (long)c->hosts.count)
        rc = nh_fail(err, NH_EINPUT,
                     "%zu nodes can be used in this allocation, and %ld are asked for; allocate "
                     "more, or measure fewer",
                     c->hosts.count, options->nodes);
    return rc ? rc : nh_hosts_check(&c->hosts, NH_AGENT_SLURM, options->program, err);
}

static int fill(const struct nh_launcher_options *options, struct nh_cluster *c,
                struct nh_error *err)
{
    int rc = nh_slurm_allocation() ? fill_hosts(options, c, err) : NH_OK;
    c->srun = options->srun;
    if (!rc && c->srun && !nh_on_path("srun", c->srun_path, sizeof c->srun_path))
        rc = nh_fail(err, NH_EINPUT, "no srun on PATH; add Slurm's programs to PATH");
    return rc ? rc : nh_cluster_ready(c, err);
}

static int slurm_probe(const struct nh_launcher_options *options, void **context,
                       struct nh_error *err)
{
    return nh_cluster_probe(options, NH_AGENT_SLURM, fill, context, err);
}

static bool slurm_outside(const void *context)
{
    const struct nh_cluster *c = context;
    return c->hosts.count == 0;
}

const struct nh_launcher nh_launcher_slurm = {
    .name = "slurm",
    .probe = slurm_probe,
    .describe = nh_cluster_describe,
    .command = nh_cluster_command,
    .nodes = nh_cluster_nodes,
    .start = nh_cluster_start,
    .check = nh_cluster_check,
    .outside = slurm_outside,
    .release = nh_cluster_release,
};
