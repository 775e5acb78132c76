/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef NH_SHA256_H
#define NH_SHA256_H

#include <stddef.h>

/** SHA-256 (FIPS 180-4) of `len` bytes as 64 hexadecimal digits, as sha256sum prints it; `text`
 *  is returned. Names data in reports; nothing is kept secret by it. */
enum { NH_SHA256_TEXT = 65 };
const char *nh_sha256(const void *data, size_t len, char text[NH_SHA256_TEXT]);

#endif
