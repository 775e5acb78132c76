/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef NH_NVME_CHOOSE_H
#define NH_NVME_CHOOSE_H

#include "bench/nvme/drive.h"

/* Drives that the user named by their serial numbers; pointers into a struct nh_drives. */
struct nh_chosen {
    const struct nh_drive *items[NH_DRIVES_MOST];
    size_t count;
};

/** Finds the drives of "SERIAL,SERIAL". NH_EINPUT for a path, a serial that no drive or more than
 *  one has, and one that is named twice. `option` is for errors. */
int nh_nvme_choose(const char *option, const char *serials, const struct nh_drives *drives,
                   struct nh_chosen *chosen, struct nh_error *err);

/** All free instance-store drives. */
void nh_choose_free(const struct nh_drives *drives, struct nh_chosen *chosen);

/** Drives that a kernel device ("md127") is made of. */
void nh_choose_members(const struct nh_drives *drives, const char *device,
                       struct nh_chosen *chosen);

/** NH_EINPUT, with the drive and the reason, unless nothing uses any of them. */
int nh_chosen_free(const struct nh_chosen *chosen, struct nh_error *err);

/** NH_EINPUT unless both are the same set: what is erased is what was named, no less, no more. */
int nh_chosen_same(const struct nh_chosen *needed, const struct nh_chosen *named,
                   struct nh_error *err);

#endif
