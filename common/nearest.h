/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef NH_NEAREST_H
#define NH_NEAREST_H

#include <stddef.h>

/** The candidate with the fewest edits from `text` (letters changed, added, removed), or
 *  NULL when none is near (more than a third of the letters differ). */
const char *nh_nearest(const char *text, const char *const *candidates, size_t count);

#endif
