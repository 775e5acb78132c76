/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef NH_NVME_RAID_H
#define NH_NVME_RAID_H

#include <stdio.h>

#include "bench/nvme/choose.h"
#include "common/paths.h"
#include "launch/args.h"

/*
 * RAID 0 by mdadm(8). A plan is a list of commands, each an argument vector, with what undoes it.
 * Nothing is executed unless --erase names the serial numbers of all drives of the plan.
 */
#define NH_RAID_MARK "nodehour" /* name of an array that we made: only those are destroyed */

struct nh_raid_request {
    const char *drives, *erase; /* serial numbers; NULL: not given */
    size_t chunk;               /* bytes */
    const char *fs, *mount;     /* "xfs", "ext4"; folder; or NULL */
    bool quiet;
};

enum { NH_RAID_STEPS = 16 + NH_DRIVES_MOST };
struct nh_raid_plan {
    struct nh_drives drives;
    struct nh_chosen members;
    struct nh_args steps[NH_RAID_STEPS];
    size_t step_count;
    struct nh_args undo[NH_RAID_STEPS]; /* in the order in which they are done */
    size_t undo_count;
    char array[32]; /* "md127": the array that is there; "" when none of ours is */
    bool erase;     /* everything is named: may be executed */
};

/** Plans to make an array, or to take ours apart; what stands in the way is NH_EINPUT. A plan
 *  without steps means that all is as asked for. */
int nh_raid_plan_create(const struct nh_raid_request *q, const struct nh_site *site,
                        struct nh_raid_plan *plan, struct nh_error *err);
int nh_raid_plan_destroy(const struct nh_raid_request *q, const struct nh_site *site,
                         struct nh_raid_plan *plan, struct nh_error *err);
void nh_raid_plan_clear(struct nh_raid_plan *plan);

/** Name of the running array that carries our mark, "md127"; "" when there is none. */
void nh_raid_find(const struct nh_site *site, char array[32]);

/** Prints drives and commands. */
int nh_raid_show(const struct nh_raid_plan *plan, FILE *out, struct nh_error *err);

/** Executes a plan. When a step fails, or a signal asks to stop (NH_ESTOPPED), what was done is
 *  undone, and the error says so. */
int nh_raid_execute(const struct nh_raid_plan *plan, struct nh_error *err);

#endif
