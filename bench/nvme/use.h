/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef NH_NVME_USE_H
#define NH_NVME_USE_H

#include "bench/nvme/drive.h"

/** Fills uses, use and holders of a drive whose name and number are known. */
void nh_drive_find_uses(const struct nh_site *site, struct nh_drive *d);

/** Names that drives and mounts bring go to terminals and into command lines: ASCII stays. */
void nh_drive_printable(char *text);

#endif
