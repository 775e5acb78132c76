/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef NH_TEXT_MATRIX_H
#define NH_TEXT_MATRIX_H

#include <stdio.h>

#include "common/record.h"

/** Every pair of ranks as a square of characters, launches pooled, with what stands out. Nothing
 *  without records of the matrix. */
void nh_text_matrix(FILE *out, const struct nh_records *records, const char *head_on,
                    const char *head_off);

#endif
