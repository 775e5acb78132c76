/* SPDX-License-Identifier: BSD-3-Clause */
#include "launch/cluster.h"
#include "launch/hostcheck.h"

/* Launches over hosts that are reached by ssh: mpirun here, its daemons there. */

static int fill(const struct nh_launcher_options *options, struct nh_cluster *c,
                struct nh_error *err)
{
    int rc = nh_hosts_read(options->hostfile, &c->hosts, err);
    if (!rc && options->exclude)
        rc = nh_hosts_exclude(&c->hosts, options->exclude, true, err);
    if (!rc && options->nodes > (long)c->hosts.count)
        rc = nh_fail(err, NH_EINPUT,
                     "%s: %zu hosts, and %ld are asked for; add hosts, or measure "
                     "fewer nodes",
                     options->hostfile, c->hosts.count, options->nodes);
    if (!rc)
        rc = nh_hosts_check(&c->hosts, NH_AGENT_SSH, options->program, err);
    return rc ? rc : nh_cluster_ready(c, err);
}

static int ssh_probe(const struct nh_launcher_options *options, void **context,
                     struct nh_error *err)
{
    if (!options->hostfile)
        return nh_fail(err, NH_EINPUT,
                       "launcher ssh needs a file with hosts, one a line; give it "
                       "by --hosts FILE or the study's launcher: hosts");
    return nh_cluster_probe(options, NH_AGENT_SSH, fill, context, err);
}

const struct nh_launcher nh_launcher_ssh = {
    .name = "ssh",
    .probe = ssh_probe,
    .describe = nh_cluster_describe,
    .command = nh_cluster_command,
    .nodes = nh_cluster_nodes,
    .start = nh_cluster_start,
    .check = nh_cluster_check,
    .release = nh_cluster_release,
};
