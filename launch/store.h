/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef NH_STORE_H
#define NH_STORE_H

#include <stdbool.h>
#include <stddef.h>

#include "launch/plan.h"
#include "launch/rundir.h"

/*
 * Which launches are done. records.jsonl gets all records of a launch by one write, and
 * only after it ended well; so a launch is done when its records are there.
 */

/**
 * Fills `done` (a flag per step of the plan). Lines that a power loss left damaged, and
 * the rest of the launch they belong to, are moved to records.jsonl.damaged.N: `damage`
 * then tells the user, and is empty otherwise.
 */
int nh_store_scan(const struct nh_rundir *dir, const struct nh_plan *plan, bool *done, char *damage,
                  size_t len, struct nh_error *err);

/** Checks what a launch wrote and appends it to records.jsonl. NH_EINPUT when what it
 *  wrote is not complete; NH_EFAIL when it cannot be kept. */
int nh_store_collect(const struct nh_rundir *dir, const char *job, long launch,
                     struct nh_error *err);

/** Renames `path` to `path`.N where it exists: nothing measured is ever deleted. */
int nh_store_set_aside(const char *path, struct nh_error *err);

#endif
