/* SPDX-License-Identifier: BSD-3-Clause */
#include "launch/app/stage.h"

#include <errno.h>
#include <fcntl.h>
#include <fts.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "common/journal.h"
#include "common/paths.h"

/* ---- removing ---- */

/* Physical: a link is removed, never what it points to. */
int nh_stage_remove(const char *path, struct nh_error *err)
{
    char *roots[] = {(char *)path, NULL};
    int rc = NH_OK;
    if (access(path, F_OK))
        return NH_OK;
    FTS *tree = fts_open(roots, FTS_PHYSICAL | FTS_NOCHDIR | FTS_XDEV, NULL);
    if (!tree)
        return nh_fail_errno(err, "%s: cannot read", path);
    for (FTSENT *e = fts_read(tree); e && !rc; e = fts_read(tree))
        if (e->fts_info != FTS_D && remove(e->fts_accpath))
            rc = nh_fail_errno(err, "%s: cannot remove", e->fts_path);
    fts_close(tree);
    return rc;
}

int nh_stage_make(const char *path, struct nh_error *err)
{
    int rc = nh_stage_remove(path, err);
    return rc ? rc : nh_make_dirs(path, err);
}

/* ---- input ---- */

static int check_there(const char *input, struct nh_error *err)
{
    if (access(input, R_OK) == 0)
        return NH_OK;
    return nh_fail(err, NH_EINPUT, "input '%.300s' is absent or cannot be read; mend its name",
                   input);
}

/* "mesh/" and "mesh" are the same. */
static int place_of(const char *directory, const char *input, char *buf, struct nh_error *err)
{
    size_t len = strlen(input);
    while (len > 1 && input[len - 1] == '/')
        len--;
    size_t from = len;
    while (from > 0 && input[from - 1] != '/')
        from--;
    return nh_path(buf, NH_PATH_MAX, err, "%s/%.*s", directory, (int)(len - from), input + from);
}

int nh_stage_link(const char *directory, const struct nh_args *inputs, struct nh_error *err)
{
    char place[NH_PATH_MAX];
    int rc = NH_OK;
    for (size_t i = 0; i < inputs->count && !rc; i++) {
        rc = check_there(inputs->items[i], err);
        if (!rc)
            rc = place_of(directory, inputs->items[i], place, err);
        if (!rc && symlink(inputs->items[i], place))
            rc = nh_fail_errno(err, "%s: cannot be linked as %s", inputs->items[i], place);
    }
    return rc;
}

static int copy_bytes(int in, int out)
{
    char block[1 << 16];
    ssize_t n;
    while ((n = read(in, block, sizeof block)) > 0)
        for (ssize_t done = 0, step; done < n; done += step)
            if ((step = write(out, block + done, (size_t)(n - done))) < 0)
                return -1;
    return n < 0 ? -1 : 0;
}

static int copy_file(const char *from, const char *to, mode_t mode, struct nh_error *err)
{
    int in = open(from, O_RDONLY | O_CLOEXEC);
    int out = in < 0 ? -1 : open(to, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, mode | S_IWUSR);
    int bad = out < 0 || copy_bytes(in, out);
    if (out >= 0 && close(out))
        bad = 1;
    int rc = bad ? nh_fail_errno(err, "%s: cannot be copied to %s", from, to) : NH_OK;
    if (in >= 0)
        close(in);
    return rc;
}

static int copy_entry(const FTSENT *e, const char *to, struct nh_error *err)
{
    switch (e->fts_info) {
    case FTS_D:
        return mkdir(to, 0777) ? nh_fail_errno(err, "%s: cannot be made", to) : NH_OK;
    case FTS_F:
        return copy_file(e->fts_accpath, to, e->fts_statp->st_mode & 0777, err);
    case FTS_DP:
        return NH_OK;
    default:
        return nh_fail(err, NH_EINPUT,
                       "input '%.300s' is no file and no folder that can be read; leave it out",
                       e->fts_path);
    }
}

/* Links in the input are followed: the copy must not change what they point to. */
static int copy_tree(const char *input, const char *place, struct nh_error *err)
{
    char *roots[] = {(char *)input, NULL}, to[NH_PATH_MAX];
    size_t root = strlen(input);
    int rc = NH_OK;
    FTS *tree = fts_open(roots, FTS_LOGICAL | FTS_NOCHDIR, NULL);
    if (!tree)
        return nh_fail_errno(err, "%s: cannot read", input);
    for (FTSENT *e = fts_read(tree); e && !rc; e = fts_read(tree)) {
        rc = nh_path(to, sizeof to, err, "%s%s%s", place, e->fts_path[root] == '/' ? "" : "/",
                     e->fts_path + root);
        if (!rc && e->fts_level == 0)
            rc = nh_path(to, sizeof to, err, "%s", place);
        if (!rc)
            rc = copy_entry(e, to, err);
    }
    fts_close(tree);
    return rc;
}

int nh_stage_copy(const char *directory, const struct nh_args *inputs, struct nh_error *err)
{
    char place[NH_PATH_MAX];
    int rc = NH_OK;
    for (size_t i = 0; i < inputs->count && !rc; i++) {
        rc = check_there(inputs->items[i], err);
        if (!rc)
            rc = place_of(directory, inputs->items[i], place, err);
        if (!rc)
            rc = copy_tree(inputs->items[i], place, err);
    }
    return rc;
}
