/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef NH_IMPORT_LAMMPS_H
#define NH_IMPORT_LAMMPS_H

#include "analysis/dataset.h"

/* LAMMPS's log.lammps: the time of each run per step. */
extern const struct nh_importer nh_importer_lammps;

#endif
