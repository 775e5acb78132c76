/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef NH_IMPORT_NCCL_H
#define NH_IMPORT_NCCL_H

#include "analysis/dataset.h"

/* nccl-tests: the text table, and the JSON of -J (versions 1 to 3). */
extern const struct nh_importer nh_importer_nccl;
extern const struct nh_importer nh_importer_nccl_json;

#endif
