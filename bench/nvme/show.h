/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef NH_NVME_SHOW_H
#define NH_NVME_SHOW_H

#include <stdio.h>

#include "bench/nvme/drive.h"

/** The drives as a table: what they are, what uses them, whether we would touch them. */
int nh_drives_show(const struct nh_drives *drives, FILE *out, struct nh_error *err);

#endif
