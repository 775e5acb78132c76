/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef NH_FABRIC_KERNELS_H
#define NH_FABRIC_KERNELS_H

#include "common/cli.h"

/* The verbs of nodehour-fabric: one file and one line in the table of main.c each. */
extern const struct nh_verb nh_verb_fabric_pingpong;
extern const struct nh_verb nh_verb_fabric_bandwidth;
extern const struct nh_verb nh_verb_fabric_list;

#endif
