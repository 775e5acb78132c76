/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef NH_CHECK_H
#define NH_CHECK_H

#include "launch/doctor/finding.h"
#include "launch/doctor/site.h"

/* A subject of `nodehour doctor`: looks at the site, and adds what it found. A check finds
 * its place in the table of doctor.c; nothing else knows it. */
struct nh_check {
    const char *subject; /* the word of --only */
    const char *summary; /* of the list of subjects */
    void (*look)(const struct nh_site *site, struct nh_findings *found);
};

extern const struct nh_check nh_check_instance, nh_check_efa, nh_check_driver, nh_check_uverbs,
    nh_check_libfabric, nh_check_memlock, nh_check_shm, nh_check_cma, nh_check_files, nh_check_smt,
    nh_check_cores, nh_check_numa, nh_check_hugepages, nh_check_governor, nh_check_clocksource,
    nh_check_steal, nh_check_noise, nh_check_clock, nh_check_versions, nh_check_programs,
    nh_check_gpu, nh_check_nvme;

#endif
