/* SPDX-License-Identifier: BSD-3-Clause */
#include "launch/app/gzip.h"

#include <stdio.h>
#include <unistd.h>
#include <zlib.h>

#include "common/paths.h"

static int copy(FILE *in, gzFile out)
{
    char block[1 << 16];
    size_t n;
    while ((n = fread(block, 1, sizeof block, in)) > 0)
        if (gzwrite(out, block, (unsigned)n) != (int)n)
            return -1;
    return ferror(in) ? -1 : 0;
}

int nh_gzip_file(const char *from, const char *to, struct nh_error *err)
{
    char part[NH_PATH_MAX];
    int rc = nh_path(part, sizeof part, err, "%s.tmp", to);
    if (rc)
        return rc;
    FILE *in = fopen(from, "re");
    if (!in)
        return nh_fail_errno(err, "%s: cannot read", from);
    gzFile out = gzopen(part, "wbe");
    int bad = !out || copy(in, out);
    if (out && gzclose(out) != Z_OK)
        bad = 1;
    fclose(in);
    if (!bad && rename(part, to) == 0)
        return NH_OK;
    unlink(part);
    return nh_fail(err, NH_EFAIL, "%s: cannot be written; the disk may be full", to);
}
