/* SPDX-License-Identifier: BSD-3-Clause */
#include "common/line_blocks.h"

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

struct blocks {
    const char *path;
    int fd;
    char *data;
    size_t room, used; /* one byte of `room` is for the NUL */
    size_t line;
    bool ended;
    struct nh_error *err;
};

static int grow(struct blocks *b)
{
    if (b->room >= NH_LONGEST_LINE)
        return nh_fail(b->err, NH_EINPUT,
                       "%s:%zu: line longer than %d MiB; this is no file of records or timings",
                       b->path, b->line, NH_LONGEST_LINE >> 20);
    char *grown = realloc(b->data, 2 * b->room);
    if (!grown)
        return nh_fail(b->err, NH_EFAIL, "%s: out of memory", b->path);
    b->data = grown;
    b->room *= 2;
    return NH_OK;
}

static int fill(struct blocks *b)
{
    while (!b->ended && b->used < b->room - 1) {
        ssize_t n = read(b->fd, b->data + b->used, b->room - 1 - b->used);
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0)
            return nh_fail(b->err, NH_EINPUT, "%s: cannot be read: %s; give a readable file",
                           b->path, strerror(errno));
        b->ended = n == 0;
        b->used += (size_t)n;
    }
    b->data[b->used] = '\0';
    return NH_OK;
}

static size_t count_lines(const char *from, const char *to)
{
    size_t n = 0;
    for (; (from = memchr(from, '\n', (size_t)(to - from))); from++)
        n++;
    return n;
}

/* What is whole goes to `use`; the begun line moves to the front. */
static int use_block(struct blocks *b, nh_block_fn use, void *context)
{
    const char *newline = b->ended ? NULL : memrchr(b->data, '\n', b->used);
    size_t len = b->ended ? b->used : newline ? (size_t)(newline + 1 - b->data) : 0;
    if (len == 0)
        return b->ended ? NH_OK : grow(b);
    char kept = b->data[len];
    b->data[len] = '\0';
    int rc = use(context, b->data, b->data + len, b->line, b->err);
    b->data[len] = kept;
    b->line += count_lines(b->data, b->data + len);
    memmove(b->data, b->data + len, b->used - len);
    b->used -= len;
    return rc;
}

static int open_file(const char *path, struct nh_error *err)
{
    struct stat st;
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0)
        nh_fail(err, NH_EINPUT, "%s: %s; give a readable file", path, strerror(errno));
    if (fd >= 0 && fstat(fd, &st) == 0 && S_ISDIR(st.st_mode)) {
        close(fd);
        nh_fail(err, NH_EINPUT, "%s: is a directory; give a file", path);
        return -1;
    }
    return fd;
}

int nh_line_blocks(const char *path, nh_block_fn use, void *context, struct nh_error *err)
{
    struct blocks b = {.path = path, .room = NH_BLOCK_BYTES, .line = 1, .err = err};
    b.fd = open_file(path, err);
    if (b.fd < 0)
        return NH_EINPUT;
    b.data = malloc(b.room);
    int rc = b.data ? NH_OK : nh_fail(err, NH_EFAIL, "%s: out of memory", path);
    while (!rc && (!b.ended || b.used > 0)) {
        rc = fill(&b);
        if (!rc)
            rc = use_block(&b, use, context);
    }
    free(b.data);
    close(b.fd);
    return rc;
}
