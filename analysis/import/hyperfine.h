/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef NH_IMPORT_HYPERFINE_H
#define NH_IMPORT_HYPERFINE_H

#include "analysis/dataset.h"

/* JSON of hyperfine (--export-json): times of a whole command. */
extern const struct nh_importer nh_importer_hyperfine;

#endif
