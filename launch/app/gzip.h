/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef NH_APP_GZIP_H
#define NH_APP_GZIP_H

#include "common/error.h"

/** Compresses a file to another one (gzip, RFC 1952), which appears whole or not at all. */
int nh_gzip_file(const char *from, const char *to, struct nh_error *err);

#endif
