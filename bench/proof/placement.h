/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef NH_PLACEMENT_H
#define NH_PLACEMENT_H

#include <hwloc.h>

#include "common/error.h"

/*
 * Named placements: which two processors of a host a pair of ranks is put on.
 *
 *   same-l2      share a second-level cache: two cores, else two hardware threads of one core
 *   same-l3      two cores that share a third-level cache, but no second-level one
 *   cross-numa   different NUMA nodes, of one package if possible
 *   cross-socket different packages
 *   nearest-nic  two cores near the first network device
 */

/** The names, NULL-terminated. */
extern const char *const nh_placements[];

/**
 * Picks processors for the `ranks` (1 or 2) ranks of a host: OS indices in `cpus`. `nic`: the
 * processors near the network device, NULL when that is not known. Of equal choices the lowest
 * indices. One rank alone can only be placed by nearest-nic. NH_EINPUT when this
 * topology has no such pair; the text says which placements it has.
 */
int nh_placement_pick(hwloc_topology_t topology, const char *name, hwloc_const_bitmap_t nic,
                      int ranks, unsigned cpus[2], struct nh_error *err);

#endif
