/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef NH_CORES_H
#define NH_CORES_H

/**
 * Physical cores that this process may use: distinct (package, core) pairs among the
 * CPUs of its affinity mask, no more than the whole CPUs of its cgroup's quota, at
 * least 1. `root` is "" on a real system; tests give a directory that stands in for /.
 */
int nh_physical_cores(const char *root);

#endif
