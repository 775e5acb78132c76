/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef NH_IMPORT_GROMACS_H
#define NH_IMPORT_GROMACS_H

#include "analysis/dataset.h"

/* GROMACS's md.log of mdrun: seconds for a nanosecond. */
extern const struct nh_importer nh_importer_gromacs;

#endif
