/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef NH_IMPORT_FIGURES_H
#define NH_IMPORT_FIGURES_H

#include "analysis/dataset.h"

/* Published figures as CSV: benchmark, bytes, and a value with its unit in the column name. */
extern const struct nh_importer nh_importer_figures;

#endif
