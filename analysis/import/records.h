/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef NH_IMPORT_RECORDS_H
#define NH_IMPORT_RECORDS_H

#include "analysis/dataset.h"

extern const struct nh_importer nh_importer_records;

/** Groups set->records into curves and applications; launches are pooled. */
int nh_records_group(struct nh_dataset *set, struct nh_error *err);

#endif
