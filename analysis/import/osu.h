/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef NH_IMPORT_OSU_H
#define NH_IMPORT_OSU_H

#include "analysis/dataset.h"

/* Text of the OSU micro-benchmarks (5 to 7): point to point, collectives blocking and not,
 * one-sided; with the columns of -f and -z. */
extern const struct nh_importer nh_importer_osu;

#endif
