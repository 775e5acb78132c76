/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef NH_IMPORT_STARCCM_H
#define NH_IMPORT_STARCCM_H

#include "analysis/dataset.h"

/* A table of iterations with an elapsed time, as STAR-CCM+ prints or exports it. */
extern const struct nh_importer nh_importer_starccm;

#endif
