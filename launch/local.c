/* SPDX-License-Identifier: BSD-3-Clause */
#include "launch/cluster.h"

/* Launches on this machine, by its mpirun. */

static int fill(const struct nh_launcher_options *options, struct nh_cluster *c,
                struct nh_error *err)
{
    (void)options;
    return nh_cluster_ready(c, err);
}

static int local_probe(const struct nh_launcher_options *options, void **context,
                       struct nh_error *err)
{
    if (options->nodes > 1)
        return nh_fail(err, NH_EINPUT,
                       "%ld nodes are asked for, and this machine is one; give their names "
                       "(launcher ssh), or start it within Slurm (launcher slurm)",
                       options->nodes);
    return nh_cluster_probe(options, NH_AGENT_NONE, fill, context, err);
}

const struct nh_launcher nh_launcher_local = {
    .name = "local",
    .probe = local_probe,
    .describe = nh_cluster_describe,
    .command = nh_cluster_command,
    .start = nh_cluster_start,
    .release = nh_cluster_release,
};
