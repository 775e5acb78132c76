/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef NH_OUTLOOK_H
#define NH_OUTLOOK_H

#include "launch/enough.h"
#include "launch/study/study.h"

/* What is worth running next, by the models of what was measured. */

/** Finds the newest run of the study below `results` that has records, and what they say is
 *  worth running next: see nh_outlook; `folder` (room for `len`) is the run's. An empty list, and
 *  an empty `folder`, where there is none or it cannot be analysed; NULL when memory is short. */
json_t *nh_outlook_of_study(const struct nh_study *study, const char *results, char *folder,
                            size_t len);

/** Prints what nh_outlook_of_study found; nothing of an empty list. */
void nh_outlook_print(const json_t *list, const char *folder, FILE *out);

/** For struct nh_runner; `context` is a struct nh_enough: the most urgent of it, in a line for the
 *  table of a run; "" where nothing can be said yet. */
void nh_outlook_line(void *context, char *text, size_t len);

#endif
