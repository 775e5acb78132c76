/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef NH_NIC_H
#define NH_NIC_H

#include <hwloc.h>
#include <stddef.h>

/* A network device and the processors that are near it. */
struct nh_nic {
    char name[40];
    char cpus[512]; /* "0-23,48-71"; empty when the firmware does not say */
};

/** Fills `nics` with the EFA (RDMA) devices below `root`, or, without any, with the interfaces
 *  that have hardware, in the order of their names. Returns how many. */
int nh_nics_read(const char *root, struct nh_nic *nics, int max);

/** Names of the devices near `cpus`, separated by commas: all whose processors intersect it.
 *  Empty when none is known to be near. */
void nh_nics_near(const struct nh_nic *nics, int count, hwloc_const_bitmap_t cpus, char *text,
                  size_t len);

#endif
