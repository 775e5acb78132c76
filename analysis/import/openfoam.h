/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef NH_IMPORT_OPENFOAM_H
#define NH_IMPORT_OPENFOAM_H

#include "analysis/dataset.h"

/* OpenFOAM's log of a solver, per time step; of checkMesh, blockMesh and decomposePar, the cells.
 */
extern const struct nh_importer nh_importer_openfoam;

#endif
