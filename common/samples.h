/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef NH_SAMPLES_H
#define NH_SAMPLES_H

#include <jansson.h>
#include <stddef.h>
#include <stdint.h>

#include "common/error.h"

/**
 * Parses a record line. Samples are most of its bytes, and a JSON tree with an object for
 * each of them would take most of a report's time; so the array is read straight from the
 * text and `*root` holds the rest. `*samples` (nanoseconds) is malloc'ed; the caller frees
 * both. Code NH_EINPUT, with nothing to free.
 */
int nh_samples_parse(const char *line, size_t len, json_t **root, int64_t **samples, size_t *count,
                     struct nh_error *err);

#endif
