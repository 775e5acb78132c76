/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef NH_IMPORT_REFRAME_H
#define NH_IMPORT_REFRAME_H

#include "analysis/dataset.h"

/* ReFrame's performance logs: fields between bars, and JSON Lines. */
extern const struct nh_importer nh_importer_reframe;
extern const struct nh_importer nh_importer_reframe_lines;

#endif
