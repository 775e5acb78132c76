/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef NH_APP_STAGE_H
#define NH_APP_STAGE_H

#include "common/error.h"
#include "launch/args.h"

/*
 * The scratch directory of a launch, and its input in it. Nothing outside of it is ever written
 * or removed: links are not followed when it is cleared.
 */

/** Makes an empty directory; what stood at `path` from an earlier launch is removed. */
int nh_stage_make(const char *path, struct nh_error *err);

/** Links or copies (folders with all that is in them) into `directory`, by their last name.
 *  Code NH_EINPUT where an input is absent. */
int nh_stage_link(const char *directory, const struct nh_args *inputs, struct nh_error *err);
int nh_stage_copy(const char *directory, const struct nh_args *inputs, struct nh_error *err);

/** Removes the directory and what is in it; NH_OK when it is not there. */
int nh_stage_remove(const char *path, struct nh_error *err);

#endif
