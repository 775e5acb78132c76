/* SPDX-License-Identifier: BSD-3-Clause */
#include "common/paths.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

int nh_path(char *buf, size_t len, struct nh_error *err, const char *fmt, ...)
{
    va_list args;
    va_start(args, fmt);
    int n = vsnprintf(buf, len, fmt, args);
    va_end(args);
    if (n < 0 || (size_t)n >= len)
        return nh_fail(err, NH_EINPUT, "path '%.60s...' is too long; use a shorter one", buf);
    return NH_OK;
}

/* Directory of the running program, links resolved. */
static int program_dir(char *buf, size_t len, struct nh_error *err)
{
    ssize_t n = readlink("/proc/self/exe", buf, len - 1);
    if (n <= 0)
        return nh_fail_errno(err, "/proc/self/exe: cannot be read");
    buf[n] = '\0';
    char *slash = strrchr(buf, '/');
    if (slash)
        *slash = '\0';
    return NH_OK;
}

int nh_data_path(const char *name, char *buf, size_t len, struct nh_error *err)
{
    const char *from_user = getenv("NODEHOUR_DATA");
    if (from_user)
        return nh_path(buf, len, err, "%s/%s", from_user, name);
    char dir[NH_PATH_MAX];
    int rc = program_dir(dir, sizeof dir, err);
    return rc ? rc : nh_path(buf, len, err, "%s/../share/nodehour/%s", dir, name);
}

int nh_program_path(const char *name, char *buf, size_t len, struct nh_error *err)
{
    char dir[NH_PATH_MAX];
    int rc = program_dir(dir, sizeof dir, err);
    return rc ? rc : nh_path(buf, len, err, "%s/%s", dir, name);
}
