/* SPDX-License-Identifier: BSD-3-Clause */
#include "bench/proof/placement.h"

#include <stdbool.h>
#include <stdio.h>
#include <string.h>

/* How well two processors answer a name. */
enum fit { NO, SECOND_BEST, BEST };

static hwloc_obj_t above(hwloc_topology_t t, hwloc_obj_t pu, hwloc_obj_type_t type)
{
    return hwloc_get_ancestor_obj_by_type(t, type, pu);
}

/* Both below one object of the type; false where the topology has none. */
static bool share(hwloc_topology_t t, hwloc_obj_t a, hwloc_obj_t b, hwloc_obj_type_t type)
{
    hwloc_obj_t of_a = above(t, a, type);
    return of_a && of_a == above(t, b, type);
}

static bool differ(hwloc_topology_t t, hwloc_obj_t a, hwloc_obj_t b, hwloc_obj_type_t type)
{
    hwloc_obj_t of_a = above(t, a, type), of_b = above(t, b, type);
    return of_a && of_b && of_a != of_b;
}

static enum fit same_l2(hwloc_topology_t t, hwloc_obj_t a, hwloc_obj_t b, hwloc_const_bitmap_t nic)
{
    (void)nic;
    if (!share(t, a, b, HWLOC_OBJ_L2CACHE))
        return NO;
    return differ(t, a, b, HWLOC_OBJ_CORE) ? BEST : SECOND_BEST;
}

static enum fit same_l3(hwloc_topology_t t, hwloc_obj_t a, hwloc_obj_t b, hwloc_const_bitmap_t nic)
{
    (void)nic;
    bool fits = share(t, a, b, HWLOC_OBJ_L3CACHE) && differ(t, a, b, HWLOC_OBJ_CORE) &&
                !share(t, a, b, HWLOC_OBJ_L2CACHE);
    return fits ? BEST : NO;
}

static enum fit cross_numa(hwloc_topology_t t, hwloc_obj_t a, hwloc_obj_t b,
                           hwloc_const_bitmap_t nic)
{
    (void)nic;
    if (hwloc_bitmap_iszero(a->nodeset) || hwloc_bitmap_intersects(a->nodeset, b->nodeset))
        return NO;
    return share(t, a, b, HWLOC_OBJ_PACKAGE) ? BEST : SECOND_BEST;
}

static enum fit cross_socket(hwloc_topology_t t, hwloc_obj_t a, hwloc_obj_t b,
                             hwloc_const_bitmap_t nic)
{
    (void)nic;
    return differ(t, a, b, HWLOC_OBJ_PACKAGE) ? BEST : NO;
}

static bool near(hwloc_obj_t pu, hwloc_const_bitmap_t nic)
{
    return nic && hwloc_bitmap_isset(nic, pu->os_index);
}

static enum fit nearest_nic(hwloc_topology_t t, hwloc_obj_t a, hwloc_obj_t b,
                            hwloc_const_bitmap_t nic)
{
    return near(a, nic) && near(b, nic) && differ(t, a, b, HWLOC_OBJ_CORE) ? BEST : NO;
}

static const struct placement {
    enum fit (*fit)(hwloc_topology_t t, hwloc_obj_t a, hwloc_obj_t b, hwloc_const_bitmap_t nic);
} placements[] = {{same_l2}, {same_l3}, {cross_numa}, {cross_socket}, {nearest_nic}};
enum { PLACEMENTS = sizeof placements / sizeof *placements, NEAREST_NIC = PLACEMENTS - 1 };
const char *const nh_placements[] = {"same-l2",      "same-l3",     "cross-numa",
                                     "cross-socket", "nearest-nic", NULL};

static enum fit best_pair(hwloc_topology_t t, int which, hwloc_const_bitmap_t nic, unsigned cpus[2])
{
    enum fit best = NO;
    for (hwloc_obj_t a = NULL;
         best != BEST && (a = hwloc_get_next_obj_by_type(t, HWLOC_OBJ_PU, a));)
        for (hwloc_obj_t b = a;
             best != BEST && (b = hwloc_get_next_obj_by_type(t, HWLOC_OBJ_PU, b));) {
            enum fit fit = placements[which].fit(t, a, b, nic);
            if (fit <= best)
                continue;
            best = fit;
            cpus[0] = a->os_index;
            cpus[1] = b->os_index;
        }
    return best;
}

static int impossible(hwloc_topology_t t, const char *name, hwloc_const_bitmap_t nic,
                      struct nh_error *err)
{
    char list[128] = "";
    unsigned cpus[2];
    for (int i = 0; i < PLACEMENTS; i++)
        if (best_pair(t, i, nic, cpus) != NO)
            snprintf(list + strlen(list), sizeof list - strlen(list), "%s%s", *list ? ", " : "",
                     nh_placements[i]);
    return nh_fail(
        err, NH_EINPUT, "--placement: this host has no %s pair of processors; %s%s", name,
        *list ? "possible here: " : "leave the option out: no placement is possible here", list);
}

static int place_alone(hwloc_topology_t t, int which, hwloc_const_bitmap_t nic, unsigned *cpu,
                       struct nh_error *err)
{
    hwloc_obj_t pu = NULL;
    if (which != NEAREST_NIC)
        return nh_fail(err, NH_EINPUT,
                       "--placement %s places two ranks of a host, and a host has one; start both "
                       "on one host, or use nearest-nic",
                       nh_placements[which]);
    while ((pu = hwloc_get_next_obj_by_type(t, HWLOC_OBJ_PU, pu)))
        if (near(pu, nic)) {
            *cpu = pu->os_index;
            return NH_OK;
        }
    return impossible(t, nh_placements[which], nic, err);
}

int nh_placement_pick(hwloc_topology_t t, const char *name, hwloc_const_bitmap_t nic, int ranks,
                      unsigned cpus[2], struct nh_error *err)
{
    int which = 0;
    while (which < PLACEMENTS && strcmp(nh_placements[which], name) != 0)
        which++;
    if (which == PLACEMENTS)
        return nh_fail(err, NH_EINPUT, "--placement: unknown placement '%.40s'; see --help", name);
    if (ranks == 1)
        return place_alone(t, which, nic, &cpus[0], err);
    if (ranks != 2)
        return nh_fail(err, NH_EINPUT,
                       "--placement places two ranks of a host, and a host has %d; start mpirun "
                       "with fewer",
                       ranks);
    return best_pair(t, which, nic, cpus) == NO ? impossible(t, name, nic, err) : NH_OK;
}
