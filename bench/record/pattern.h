/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef NH_PATTERN_H
#define NH_PATTERN_H

#include <stddef.h>

#include "common/error.h"

/* Bytes that show a lost, shifted, stale or foreign message: the period (251) shares no
 * factor with packet or page sizes, and `seed` tells the messages apart. */
void nh_pattern_fill(void *buffer, size_t bytes, unsigned seed);

/** NH_EFAIL with the first wrong byte; `from` is the rank that sent it. */
int nh_pattern_check(const void *buffer, size_t bytes, unsigned seed, int from,
                     struct nh_error *err);

#endif
