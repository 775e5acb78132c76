/* SPDX-License-Identifier: BSD-3-Clause */
#include "launch/screen/places.h"

#include <string.h>

#include "launch/cluster.h"

static int one_host(struct nh_hosts *hosts, struct nh_error *err)
{
    return nh_hosts_add(hosts, "localhost", 0, err);
}

static int by_ssh(const struct nh_screen_places *p, struct nh_hosts *hosts, struct nh_error *err)
{
    if (!p->hosts)
        return nh_fail(err, NH_EINPUT, "launcher ssh needs hosts; give a file or names by --hosts");
    return nh_hosts_given(p->hosts, hosts, err);
}

/* Slurm has only the nodes of the allocation that we are in. */
static int by_slurm(const struct nh_screen_places *p, struct nh_hosts *hosts, struct nh_error *err)
{
    if (!nh_slurm_allocation())
        return nh_fail(err, NH_EINPUT,
                       "launcher slurm needs an allocation; start it within one: salloc -N 16 "
                       "nodehour screen");
    return p->hosts ? nh_hosts_given(p->hosts, hosts, err) : nh_slurm_nodes(hosts, err);
}

static int exclude(const char *list, bool all, struct nh_hosts *hosts, struct nh_error *err)
{
    int rc = nh_hosts_exclude(hosts, list, all, err);
    if (!rc && !hosts->count)
        rc = nh_fail(err, NH_EINPUT, "--exclude leaves no hosts; leave out fewer");
    return rc;
}

int nh_screen_find_hosts(const struct nh_screen_places *p, struct nh_hosts *hosts,
                         enum nh_mpi_agent *agent, struct nh_error *err)
{
    static const struct {
        const char *name;
        enum nh_mpi_agent agent;
    } kinds[] = {{"local", NH_AGENT_NONE}, {"ssh", NH_AGENT_SSH}, {"slurm", NH_AGENT_SLURM}};
    const char *kind = p->launcher             ? p->launcher
                       : nh_slurm_allocation() ? "slurm"
                       : p->hosts              ? "ssh"
                                               : "local";
    for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++) {
        if (strcmp(kind, kinds[i].name) != 0)
            continue;
        *agent = kinds[i].agent;
        int rc = *agent == NH_AGENT_SSH     ? by_ssh(p, hosts, err)
                 : *agent == NH_AGENT_SLURM ? by_slurm(p, hosts, err)
                                            : one_host(hosts, err);
        return rc || !p->exclude ? rc : exclude(p->exclude, *agent == NH_AGENT_SSH, hosts, err);
    }
    return nh_fail(err, NH_EINPUT, "--launcher '%.80s' is unknown; choose local, ssh or slurm",
                   kind);
}
