/* SPDX-License-Identifier: BSD-3-Clause */
#include "common/journal.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "common/paths.h"

static const size_t largest_file = (size_t)1 << 30, longest_line = (size_t)64 << 20;

static int write_all(int fd, const char *data, size_t len)
{
    while (len > 0) {
        ssize_t n = write(fd, data, len);
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0)
            return -1;
        if (n == 0) {
            errno = ENOSPC;
            return -1;
        }
        data += n;
        len -= (size_t)n;
    }
    return 0;
}

/* 1 when the file is not empty and its last byte is no newline, -1 on errors. */
static int has_torn_tail(int fd, off_t size)
{
    char last;
    if (size == 0)
        return 0;
    if (pread(fd, &last, 1, size - 1) != 1)
        return -1;
    return last != '\n';
}

static int append_locked(int fd, const char *data, size_t len)
{
    struct stat st;
    if (fstat(fd, &st))
        return -1;
    int torn = S_ISREG(st.st_mode) ? has_torn_tail(fd, st.st_size) : 0;
    if (torn < 0 || (torn && write_all(fd, "\n", 1)))
        return -1;
    if (write_all(fd, data, len) == 0)
        return 0;
    int reason = errno;
    if (S_ISREG(st.st_mode) && ftruncate(fd, st.st_size + torn)) {
        /* Nothing more to do: the reader reports the torn line. */
    }
    errno = reason;
    return -1;
}

int nh_journal_append(const char *path, const char *data, size_t len, struct nh_error *err)
{
    int fd = open(path, O_RDWR | O_APPEND | O_CREAT | O_CLOEXEC, 0666);
    if (fd < 0)
        return nh_fail_errno(err, "%s: cannot open for appending", path);
    int rc = NH_OK;
    if (flock(fd, LOCK_EX) || append_locked(fd, data, len))
        rc = nh_fail_errno(err, "%s: cannot append", path);
    if (close(fd) && !rc)
        rc = nh_fail_errno(err, "%s: cannot append", path);
    return rc;
}

/* A path that cannot be written is the user's to change; a disk that fails is not. */
static int cannot_write(const char *path, struct nh_error *err)
{
    int reason = errno;
    if (reason == ENOENT || reason == ENOTDIR || reason == EACCES || reason == EISDIR ||
        reason == EROFS)
        return nh_fail(
            err, NH_EINPUT,
            "%s: cannot write: %s; give a file in a folder that exists and may be written", path,
            strerror(reason));
    return nh_fail_errno(err, "%s: cannot write", path);
}

static int write_and_close(int fd, const char *data, size_t len, bool sync)
{
    int bad = write_all(fd, data, len) || (sync && fsync(fd));
    int reason = errno;
    if (close(fd) && !bad)
        return -1;
    errno = reason;
    return bad ? -1 : 0;
}

/* `path` is the regular file, or nothing yet; `named` is what the user calls it. */
static int replace_regular(const char *path, const char *named, const char *data, size_t len,
                           struct nh_error *err)
{
    char temporary[NH_PATH_MAX];
    int rc = nh_path(temporary, sizeof temporary, err, "%s.%ld.tmp", path, (long)getpid());
    if (rc)
        return rc;
    int fd = open(temporary, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666);
    if (fd < 0)
        return cannot_write(named, err);
    if (write_and_close(fd, data, len, true) == 0 && rename(temporary, path) == 0)
        return NH_OK;
    rc = cannot_write(named, err);
    unlink(temporary);
    return rc;
}

int nh_file_replace(const char *path, const char *data, size_t len, struct nh_error *err)
{
    struct stat st;
    char target[NH_PATH_MAX];
    if (stat(path, &st)) /* nothing there yet */
        return replace_regular(path, path, data, len, err);
    if (S_ISREG(st.st_mode)) /* through links, so that a link stays one */
        return replace_regular(realpath(path, target) ? target : path, path, data, len, err);
    /* A device or a pipe is written to, never replaced. */
    int fd = open(path, O_WRONLY | O_CLOEXEC);
    if (fd < 0 || write_and_close(fd, data, len, false))
        return cannot_write(path, err);
    return NH_OK;
}

/* What is no text should not fill the memory before it is refused. */
static bool ends_in_long_line(const char *data, size_t len)
{
    return len > longest_line && !memchr(data + len - longest_line, '\n', longest_line);
}

static int read_open(const char *path, FILE *in, char **data, size_t *len, struct nh_error *err)
{
    size_t used = 0, room = 1 << 16;
    char *buf = malloc(room);
    bool long_line = false;
    while (buf) {
        used += fread(buf + used, 1, room - used - 1, in);
        long_line = ends_in_long_line(buf, used);
        if (used < room - 1 || used > largest_file || long_line)
            break;
        room *= 2;
        char *grown = realloc(buf, room);
        if (!grown) {
            free(buf);
            buf = NULL;
            break;
        }
        buf = grown;
    }
    if (!buf)
        return nh_fail(err, NH_EFAIL, "%s: out of memory", path);
    if (long_line && !ferror(in)) {
        free(buf);
        return nh_fail(err, NH_EINPUT, "%s: a line is longer than %zu MiB; give a file of text",
                       path, longest_line >> 20);
    }
    if (ferror(in) || used > largest_file) {
        free(buf);
        return nh_fail(err, NH_EINPUT, "%s: %s; give a readable file below 1 GiB", path,
                       used > largest_file ? "too large" : "cannot be read");
    }
    buf[used] = '\0';
    *data = buf;
    *len = used;
    return NH_OK;
}

int nh_file_read(const char *path, char **data, size_t *len, struct nh_error *err)
{
    FILE *in = fopen(path, "re");
    if (!in)
        return nh_fail(err, NH_EINPUT, "%s: %s; give a readable file", path, strerror(errno));
    struct stat st;
    int rc;
    if (fstat(fileno(in), &st) == 0 && S_ISDIR(st.st_mode))
        rc = nh_fail(err, NH_EINPUT, "%s: is a directory; give a file", path);
    else
        rc = read_open(path, in, data, len, err);
    fclose(in);
    return rc;
}

int nh_make_dirs(const char *path, struct nh_error *err)
{
    char buf[NH_PATH_MAX];
    int rc = nh_path(buf, sizeof buf, err, "%s", path);
    if (rc)
        return rc;
    for (char *p = buf + 1; *p; p++) {
        if (*p != '/')
            continue;
        *p = '\0';
        if (mkdir(buf, 0777) && errno != EEXIST)
            return nh_fail_errno(err, "%s: cannot create the directory", buf);
        *p = '/';
    }
    struct stat st;
    if (mkdir(buf, 0777) && (errno != EEXIST || stat(buf, &st) || !S_ISDIR(st.st_mode)))
        return nh_fail_errno(err, "%s: cannot create the directory", buf);
    return NH_OK;
}
