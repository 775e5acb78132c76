/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef NH_FUZZ_H
#define NH_FUZZ_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "common/error.h"

/*
 * A fuzzer gives libFuzzer's bytes to one parser and checks what holds for any input,
 * besides what the sanitizers see: fuzz_check of the error contract, and that what was
 * read can be written and read again.
 */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/** Ends the run with a report of the input. */
static inline void fuzz_require(bool condition)
{
    if (!condition)
        abort();
}

/** Success, or the user's input named as wrong in one line of text. */
static inline void fuzz_check(int code, const struct nh_error *err)
{
    if (code == NH_OK)
        return;
    fuzz_require(code == NH_EINPUT && err->code == code);
    fuzz_require(err->text[0] != '\0' && !strpbrk(err->text, "\n\r"));
}

/** The input as a string that the caller frees; it may hold NULs before its end. */
static inline char *fuzz_text(const uint8_t *data, size_t size)
{
    char *text = malloc(size + 1);
    fuzz_require(text != NULL);
    if (size)
        memcpy(text, data, size);
    text[size] = '\0';
    return text;
}

#endif
