/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef NH_PAGES_H
#define NH_PAGES_H

#include <stddef.h>

/**
 * Zeroed memory, touched by the calling rank, on huge pages where the system gives them:
 * sweeps over many large vectors, and the copies they are compared with, otherwise measure
 * address translation as well. NULL when memory is short; free() it.
 */
void *nh_pages(size_t bytes);

#endif
