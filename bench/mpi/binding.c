/* SPDX-License-Identifier: BSD-3-Clause */
#include "bench/mpi/binding.h"

#include <hwloc.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "bench/proof/nic.h"
#include "bench/proof/placement.h"
#include "common/sysinfo.h"

enum { SET_TEXT = 256, NICS = 64 };

/* This rank among the ranks of its host, and what is needed to find that out. */
struct host {
    hwloc_topology_t topology;
    hwloc_bitmap_t inherited, scratch, together;
    char *sets; /* inherited set of each local rank, SET_TEXT bytes each */
    int rank, ranks;
    int same, before; /* ranks with the same inherited set, and those of lower rank */
    int cores;        /* that all ranks of the host may use together */
    struct nh_nic nics[NICS];
    int nic_count;
};

/* Cores that `set` touches: a single hyper-thread counts as its core. */
static int cores_touched(hwloc_topology_t topology, hwloc_const_cpuset_t set)
{
    int n = 0;
    hwloc_obj_t core = NULL;
    while ((core = hwloc_get_next_obj_by_type(topology, HWLOC_OBJ_CORE, core)))
        n += hwloc_bitmap_intersects(core->cpuset, set);
    return n;
}

static hwloc_obj_t nth_core_touched(hwloc_topology_t topology, hwloc_const_cpuset_t set, int index)
{
    hwloc_obj_t core = NULL;
    while ((core = hwloc_get_next_obj_by_type(topology, HWLOC_OBJ_CORE, core)))
        if (hwloc_bitmap_intersects(core->cpuset, set) && index-- == 0)
            return core;
    return NULL;
}

static int host_open(struct host *h, MPI_Comm local, struct nh_error *err)
{
    memset(h, 0, sizeof *h);
    MPI_Comm_rank(local, &h->rank);
    MPI_Comm_size(local, &h->ranks);
    h->inherited = hwloc_bitmap_alloc();
    h->scratch = hwloc_bitmap_alloc();
    h->together = hwloc_bitmap_alloc();
    h->sets = malloc((size_t)h->ranks * SET_TEXT);
    if (!h->inherited || !h->scratch || !h->together || !h->sets)
        return nh_fail(err, NH_EFAIL, "out of memory while binding");
    if (hwloc_topology_init(&h->topology))
        return nh_fail_errno(err, "hwloc did not start");
    if (hwloc_topology_load(h->topology))
        return nh_fail_errno(err, "hwloc cannot read this machine");
    if (hwloc_get_cpubind(h->topology, h->inherited, HWLOC_CPUBIND_PROCESS))
        return nh_fail_errno(err, "reading the binding failed");
    return NH_OK;
}

static void host_close(struct host *h)
{
    if (h->topology)
        hwloc_topology_destroy(h->topology);
    hwloc_bitmap_free(h->inherited);
    hwloc_bitmap_free(h->scratch);
    hwloc_bitmap_free(h->together);
    free(h->sets);
}

static void look_around(struct host *h, MPI_Comm local)
{
    char mine[SET_TEXT] = "";
    hwloc_bitmap_snprintf(mine, sizeof mine, h->inherited);
    MPI_Allgather(mine, SET_TEXT, MPI_CHAR, h->sets, SET_TEXT, MPI_CHAR, local);
    for (int i = 0; i < h->ranks; i++) {
        const char *other = h->sets + (size_t)i * SET_TEXT;
        int equal = strcmp(other, mine) == 0;
        h->same += equal;
        h->before += equal && i < h->rank;
        hwloc_bitmap_sscanf(h->scratch, other);
        hwloc_bitmap_or(h->together, h->together, h->scratch);
    }
    h->cores = cores_touched(h->topology, h->together);
}

static int bind_to(struct host *h, hwloc_const_cpuset_t set, struct nh_error *err)
{
    if (hwloc_set_cpubind(h->topology, set, HWLOC_CPUBIND_PROCESS))
        return nh_fail_errno(err, "binding failed (--bind inherit leaves it as it is)");
    return NH_OK;
}

static int bind_core(struct host *h, struct nh_mpi_place *place, struct nh_error *err)
{
    int mine = cores_touched(h->topology, h->inherited);
    if (mine == 1)
        return NH_OK;
    strcpy(place->binding, "none");
    if (h->same > mine)
        return NH_OK;
    hwloc_obj_t core = nth_core_touched(h->topology, h->inherited, h->before);
    strcpy(place->binding, "core");
    hwloc_bitmap_and(h->scratch, core->cpuset, h->inherited);
    return bind_to(h, h->scratch, err);
}

/* `near`: processors near the first network device, NULL when that is not known. */
static hwloc_bitmap_t near_first_nic(const struct host *h)
{
    hwloc_bitmap_t near = hwloc_bitmap_alloc();
    if (near && h->nic_count > 0 && h->nics[0].cpus[0] &&
        hwloc_bitmap_list_sscanf(near, h->nics[0].cpus) == 0)
        return near;
    hwloc_bitmap_free(near);
    return NULL;
}

static int bind_placement(struct host *h, const char *name, struct nh_mpi_place *place,
                          struct nh_error *err)
{
    unsigned cpus[2];
    hwloc_bitmap_t near = near_first_nic(h);
    int code = nh_placement_pick(h->topology, name, near, h->ranks, cpus, err);
    hwloc_bitmap_free(near);
    if (code)
        return code;
    snprintf(place->binding, sizeof place->binding, "%s", name);
    hwloc_bitmap_only(h->scratch, cpus[h->rank]);
    return bind_to(h, h->scratch, err);
}

static int apply(struct host *h, const struct nh_settings *settings, struct nh_mpi_place *place,
                 struct nh_error *err)
{
    enum nh_bind bind = settings->bind;
    if (settings->placement)
        return bind_placement(h, settings->placement, place, err);
    strcpy(place->binding, "inherited");
    if (bind == NH_BIND_CORE)
        return bind_core(h, place, err);
    if (bind == NH_BIND_INHERIT)
        return NH_OK;
    strcpy(place->binding, "none");
    return bind_to(h, hwloc_topology_get_allowed_cpuset(h->topology), err);
}

/* The one object of `type` that holds all of `set`, else -1. */
static int only(hwloc_topology_t topology, hwloc_const_cpuset_t set, hwloc_obj_type_t type)
{
    int found = -1;
    hwloc_obj_t o = NULL;
    while ((o = hwloc_get_next_obj_by_type(topology, type, o)))
        if (o->cpuset && hwloc_bitmap_isincluded(set, o->cpuset))
            found = found == -1 ? (int)o->os_index : found;
    return found;
}

static void list_cpus(const cpu_set_t *set, char *text, size_t len)
{
    size_t used = 0;
    text[0] = '\0';
    for (int i = 0; i < CPU_SETSIZE && used < len; i++) {
        if (!CPU_ISSET(i, set))
            continue;
        int first = i;
        while (i + 1 < CPU_SETSIZE && CPU_ISSET(i + 1, set))
            i++;
        const char *comma = used ? "," : "";
        int n = first == i ? snprintf(text + used, len - used, "%s%d", comma, first)
                           : snprintf(text + used, len - used, "%s%d-%d", comma, first, i);
        used += n > 0 ? (size_t)n : 0;
    }
}

/* What is in force, asked of the kernel and not of what we did. */
static void observe(struct host *h, struct nh_mpi_place *place)
{
    cpu_set_t now;
    CPU_ZERO(&now);
    place->package = place->numa = -1;
    gethostname(place->host, sizeof place->host - 1);
    nh_sysinfo_boot("", place->boot, sizeof place->boot);
    place->last_cpu = sched_getcpu();
    if (sched_getaffinity(0, sizeof now, &now))
        return;
    list_cpus(&now, place->cpus, sizeof place->cpus);
    hwloc_bitmap_zero(h->scratch);
    for (int i = 0; i < CPU_SETSIZE; i++)
        if (CPU_ISSET(i, &now))
            hwloc_bitmap_set(h->scratch, (unsigned)i);
    place->package = only(h->topology, h->scratch, HWLOC_OBJ_PACKAGE);
    place->numa = only(h->topology, h->scratch, HWLOC_OBJ_NUMANODE);
    nh_nics_near(h->nics, h->nic_count, h->scratch, place->nic, sizeof place->nic);
}

/* All ranks of the host, or none: one that has failed would leave the others waiting. */
static int all_well(MPI_Comm local, int code, struct nh_error *err)
{
    int worst;
    MPI_Allreduce(&code, &worst, 1, MPI_INT, MPI_MAX, local);
    return worst && !code ? nh_fail(err, worst, "another rank of this host cannot bind") : code;
}

int nh_mpi_bind(MPI_Comm local, const struct nh_settings *settings, struct nh_mpi_place *place,
                struct nh_error *err)
{
    struct host h;
    memset(place, 0, sizeof *place);
    int code = all_well(local, host_open(&h, local, err), err);
    if (code == NH_OK) {
        look_around(&h, local);
        h.nic_count = nh_nics_read(settings->sysfs_root ? settings->sysfs_root : "", h.nics, NICS);
        code = apply(&h, settings, place, err);
        place->oversubscribed = h.ranks > h.cores;
        observe(&h, place);
    }
    host_close(&h);
    return code;
}

json_t *nh_mpi_place_json(const struct nh_mpi_place *p, int rank)
{
    return json_pack("{s:i, s:s, s:s, s:s, s:s, s:i, s:i, s:s?, s:i, s:b}", "rank", rank, "host",
                     p->host, "boot", p->boot, "cpus", p->cpus, "binding", p->binding, "package",
                     p->package, "numa", p->numa, "nic", p->nic[0] ? p->nic : NULL, "last_cpu",
                     p->last_cpu, "oversubscribed", p->oversubscribed);
}
