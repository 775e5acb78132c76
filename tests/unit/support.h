/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef NH_TEST_SUPPORT_H
#define NH_TEST_SUPPORT_H

/* cmocka wants these before it, in this order. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/error.h"

/** Fails the test with the error's own text. */
#define assert_ok(call, err)                                                                       \
    do {                                                                                           \
        if ((call) != NH_OK)                                                                       \
            fail_msg("%s: %s", #call, (err).text);                                                 \
    } while (0)

/** The text of an error holds `part`. */
static inline void assert_says(const struct nh_error *err, const char *part)
{
    if (!strstr(err->text, part))
        fail_msg("error \"%s\" does not say \"%s\"", err->text, part);
}

/** A fresh directory, removed by the caller with remove_directory. */
static inline char *fresh_directory(void)
{
    char *path = strdup("/tmp/nodehour-test-XXXXXX");
    if (!path || !mkdtemp(path))
        fail_msg("no temporary directory");
    return path;
}

static inline void write_file(const char *path, const char *text)
{
    FILE *out = fopen(path, "w");
    if (!out || fputs(text, out) < 0 || fclose(out))
        fail_msg("cannot write %s", path);
}

#endif
