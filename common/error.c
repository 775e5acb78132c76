/* SPDX-License-Identifier: BSD-3-Clause */
#include "common/error.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

/* The text is shown as one line, so control characters from user input go. */
static void keep_one_line(char *text)
{
    for (; *text; text++)
        if ((unsigned char)*text < ' ' || *text == 127)
            *text = '?';
}

int nh_fail(struct nh_error *err, int code, const char *fmt, ...)
{
    if (!err)
        return code;
    va_list args;
    va_start(args, fmt);
    vsnprintf(err->text, sizeof err->text, fmt, args);
    va_end(args);
    keep_one_line(err->text);
    err->code = code;
    return code;
}

int nh_fail_errno(struct nh_error *err, const char *fmt, ...)
{
    int number = errno;
    char what[512];
    va_list args;
    va_start(args, fmt);
    vsnprintf(what, sizeof what, fmt, args);
    va_end(args);
    return nh_fail(err, NH_EFAIL, "%s: %s", what, strerror(number));
}

int nh_context(struct nh_error *err, const char *fmt, ...)
{
    if (!err)
        return NH_EFAIL;
    char what[512];
    va_list args;
    va_start(args, fmt);
    vsnprintf(what, sizeof what, fmt, args);
    va_end(args);
    struct nh_error inner = *err;
    return nh_fail(err, inner.code, "%s: %s", what, inner.text);
}
