/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef NH_DECIDE_FILES_H
#define NH_DECIDE_FILES_H

#include <jansson.h>

#include "analysis/build.h"

/** Is every recommendation that these files give decided (decided.h)? `why` (room for `len`) says
 *  what decided it, or what is missing. False, too, where no application has two sizes. An error
 *  is one of reading. */
int nh_decided(char *const *files, size_t n, const struct nh_report_options *opt, bool *decided,
               char *why, size_t len, struct nh_error *err);

/** What these files say is worth running next: a new list with, for each application that has two
 *  sizes, "application", "decided", "state" (of the recommendation) and "next" (sentences), and
 *  where a run is named "nodes", "cores", "runs", "cost" (in units of its price). */
int nh_outlook(char *const *files, size_t n, const struct nh_report_options *opt, json_t **list,
               struct nh_error *err);

#endif
