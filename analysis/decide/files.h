/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef NH_DECIDE_FILES_H
#define NH_DECIDE_FILES_H

#include "analysis/build.h"

/** Is every recommendation that these files give decided (decided.h)? `why` (room for `len`) says
 *  what decided it, or what is missing. False, too, where no application has two sizes. An error
 *  is one of reading. */
int nh_decided(char *const *files, size_t n, const struct nh_report_options *opt, bool *decided,
               char *why, size_t len, struct nh_error *err);

#endif
