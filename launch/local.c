/* SPDX-License-Identifier: BSD-3-Clause */
#include "launch/cluster.h"

/* Launches on this machine, by its mpirun. */

static int local_probe(const struct nh_launcher_options *options, void **context,
                       struct nh_error *err)
{
    if (options->nodes > 1)
        return nh_fail(err, NH_EINPUT,
                       "%ld nodes are asked for, and this machine is one; give their names "
                       "(launcher ssh), or start it within Slurm (launcher slurm)",
                       options->nodes);
    struct nh_cluster *c;
    int rc = nh_cluster_new(options, NH_AGENT_NONE, &c, err);
    if (rc)
        return rc;
    rc = nh_cluster_ready(c, err);
    if (rc)
        nh_cluster_release(c);
    else
        *context = c;
    return rc;
}

const struct nh_launcher nh_launcher_local = {
    .name = "local",
    .probe = local_probe,
    .describe = nh_cluster_describe,
    .command = nh_cluster_command,
    .start = nh_cluster_start,
    .release = nh_cluster_release,
};
