/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef NH_IMPORT_EXTRAP_H
#define NH_IMPORT_EXTRAP_H

#include "analysis/dataset.h"

/* Extra-P's text and JSON Lines. */
extern const struct nh_importer nh_importer_extrap;
extern const struct nh_importer nh_importer_extrap_lines;

#endif
