/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef NH_BASE64_H
#define NH_BASE64_H

#include <stddef.h>
#include <stdio.h>

/* Base64 (RFC 4648, section 4), on one line. */

void nh_base64_write(FILE *out, const void *data, size_t len);

/** Decodes up to the first byte that is none of the alphabet. `*data` is malloc'ed and NULL when
 *  memory is short. */
void nh_base64_read(const char *text, size_t len, unsigned char **data, size_t *got);

#endif
