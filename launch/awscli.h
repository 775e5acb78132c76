/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef NH_AWSCLI_H
#define NH_AWSCLI_H

#include <stddef.h>

#include "common/error.h"

/** The path of the AWS CLI: `wanted`, or `aws` on PATH. NH_EINPUT says how to get it. */
int nh_awscli_find(const char *wanted, char *buf, size_t len, struct nh_error *err);

/**
 * Runs the CLI at `program` with NULL-terminated `words` and gives its stdout, malloc'ed. It
 * finds region and credentials by itself (environment, profile, role): nodehour neither
 * reads nor keeps them. A failure is told apart by what the CLI says (no credentials,
 * expired, not allowed, throttled, no connection), else by its own last line.
 */
int nh_awscli_run(const char *program, char *const *words, char **out, size_t *len,
                  struct nh_error *err);

#endif
