/* SPDX-License-Identifier: BSD-3-Clause */
#include "launch/rundir.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <time.h>
#include <unistd.h>

#include "common/journal.h"

int nh_rundir_path(const struct nh_rundir *dir, char *buf, size_t len, struct nh_error *err,
                   const char *fmt, ...)
{
    char name[NH_PATH_MAX];
    va_list args;
    va_start(args, fmt);
    vsnprintf(name, sizeof name, fmt, args);
    va_end(args);
    return nh_path(buf, len, err, "%s/%s", dir->path, name);
}

static void make_id(char *buf, size_t len)
{
    unsigned short number = 0;
    time_t now = time(NULL);
    struct tm utc;
    char text[24];
    gmtime_r(&now, &utc);
    strftime(text, sizeof text, "%Y%m%dT%H%M%SZ", &utc);
    if (getrandom(&number, sizeof number, 0) != sizeof number)
        number = (unsigned short)getpid();
    snprintf(buf, len, "%s-%04x", text, number);
}

/* "20260101T120000Z-1f3a" */
static bool is_id(const char *name)
{
    static const char shape[] = "ddddddddTddddddZ-hhhh";
    for (size_t i = 0; i < sizeof shape; i++) {
        const char *set = shape[i] == 'd' ? "0123456789" : "0123456789abcdef";
        bool good = shape[i] == 'd' || shape[i] == 'h' ? name[i] && strchr(set, name[i])
                                                       : name[i] == shape[i];
        if (!good)
            return false;
    }
    return true;
}

/* ---- lock ---- */

static int refuse_locked(int fd, const char *path, struct nh_error *err)
{
    char pid[24] = "";
    ssize_t n = pread(fd, pid, sizeof pid - 1, 0);
    pid[n > 0 ? strcspn(pid, "\n") : 0] = '\0';
    return nh_fail(err, NH_EINPUT,
                   "%s: process %s measures there now; wait for it, since two measurements at "
                   "once disturb each other",
                   path, *pid ? pid : "of another user");
}

static int lock(struct nh_rundir *dir, struct nh_error *err)
{
    char path[NH_PATH_MAX];
    int rc = nh_rundir_path(dir, path, sizeof path, err, "lock");
    if (rc)
        return rc;
    int fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0666);
    if (fd < 0)
        return nh_fail_errno(err, "%s: cannot write", path);
    if (flock(fd, LOCK_EX | LOCK_NB)) {
        dir->busy = errno == EWOULDBLOCK;
        rc = dir->busy ? refuse_locked(fd, dir->path, err)
                       : nh_fail_errno(err, "%s: cannot lock", path);
        close(fd);
        return rc;
    }
    /* For the text of the other side only; a full disk must not stop us here. */
    if (ftruncate(fd, 0) == 0)
        dprintf(fd, "%ld\n", (long)getpid());
    dir->lock_fd = fd;
    return NH_OK;
}

void nh_rundir_close(struct nh_rundir *dir)
{
    if (dir->lock_fd >= 0)
        close(dir->lock_fd);
    dir->lock_fd = -1;
}

/* ---- create ---- */

static int write_run(const struct nh_rundir *dir, const json_t *run, struct nh_error *err)
{
    char path[NH_PATH_MAX];
    char *text = json_dumps(run, JSON_INDENT(1) | JSON_REAL_PRECISION(6));
    if (!text)
        return nh_fail(err, NH_EFAIL, "run.json: cannot be made");
    int rc = nh_rundir_path(dir, path, sizeof path, err, "run.json");
    if (!rc)
        rc = nh_file_replace(path, text, strlen(text), err);
    free(text);
    return rc;
}

static const char *const parts[] = {"launches", "logs"};

static void remove_new(struct nh_rundir *dir)
{
    char path[NH_PATH_MAX];
    nh_rundir_close(dir);
    for (size_t i = 0; i < sizeof parts / sizeof *parts; i++)
        if (!nh_rundir_path(dir, path, sizeof path, NULL, "%s", parts[i]))
            rmdir(path);
    if (!nh_rundir_path(dir, path, sizeof path, NULL, "lock"))
        unlink(path);
    rmdir(dir->path);
}

static int fill_new(struct nh_rundir *dir, json_t *run, struct nh_error *err)
{
    char path[NH_PATH_MAX];
    int rc = lock(dir, err);
    for (size_t i = 0; i < sizeof parts / sizeof *parts && !rc; i++) {
        rc = nh_rundir_path(dir, path, sizeof path, err, "%s", parts[i]);
        if (!rc && mkdir(path, 0777))
            rc = nh_fail_errno(err, "%s: cannot create the directory", path);
    }
    if (!rc && json_object_set_new(run, "run", json_string(dir->id)))
        rc = nh_fail(err, NH_EFAIL, "out of memory");
    return rc ? rc : write_run(dir, run, err);
}

/* The reason is there already; the remedy follows it. */
static int refuse_results(int code, struct nh_error *err)
{
    struct nh_error why = *err;
    return nh_fail(err, code, "%.900s; give a folder that can be written by --results", why.text);
}

int nh_rundir_create(const char *results, json_t *run, struct nh_rundir *dir, struct nh_error *err)
{
    *dir = (struct nh_rundir){.lock_fd = -1};
    make_id(dir->id, sizeof dir->id);
    int rc = nh_path(dir->path, sizeof dir->path, err, "%s/%s", results, dir->id);
    if (!rc)
        rc = nh_make_dirs(results, err);
    if (!rc && mkdir(dir->path, 0777))
        rc = nh_fail_errno(err, "%s: cannot create the directory", dir->path);
    if (rc)
        return refuse_results(rc, err);
    rc = fill_new(dir, run, err);
    if (rc)
        remove_new(dir);
    return rc;
}

/* ---- open ---- */

static int read_run(const struct nh_rundir *dir, json_t **run, struct nh_error *err)
{
    char path[NH_PATH_MAX], *text;
    size_t len;
    json_error_t why;
    int rc = nh_rundir_path(dir, path, sizeof path, err, "run.json");
    if (rc)
        return rc;
    if (access(path, F_OK))
        return nh_fail(err, NH_EINPUT,
                       "%s: no run folder (it has no run.json); give one of those "
                       "below results/",
                       dir->path);
    rc = nh_file_read(path, &text, &len, err);
    if (rc)
        return rc;
    *run = json_loadb(text, len, JSON_REJECT_DUPLICATES, &why);
    free(text);
    if (!*run)
        return nh_fail(err, NH_EINPUT, "%s:%d: %s; start afresh with --new", path, why.line,
                       why.text);
    return NH_OK;
}

int nh_rundir_open(const char *path, struct nh_rundir *dir, json_t **run, struct nh_error *err)
{
    char real[NH_PATH_MAX];
    *dir = (struct nh_rundir){.lock_fd = -1};
    *run = NULL;
    int rc = nh_path(dir->path, sizeof dir->path, err, "%s", path);
    if (rc)
        return rc;
    for (size_t n = strlen(dir->path); n > 1 && dir->path[n - 1] == '/'; n--)
        dir->path[n - 1] = '\0';
    rc = read_run(dir, run, err);
    if (!rc)
        rc = lock(dir, err);
    const char *id = json_string_value(json_object_get(*run, "run"));
    snprintf(dir->id, sizeof dir->id, "%s", id ? id : "");
    if (!rc && (!id || !realpath(dir->path, real)))
        rc = nh_fail(err, NH_EINPUT, "%s/run.json: no field 'run'; start afresh with --new",
                     dir->path);
    if (rc) {
        nh_rundir_close(dir);
        json_decref(*run);
        *run = NULL;
    }
    return rc;
}

bool nh_rundir_newest(const char *results, char *path, size_t len)
{
    return nh_rundir_newest_where(results, NULL, NULL, path, len);
}

bool nh_rundir_newest_where(const char *results,
                            bool (*wanted)(const char *run_json, void *context), void *context,
                            char *path, size_t len)
{
    char newest[32] = "";
    DIR *list = opendir(results);
    if (!list)
        return false;
    for (struct dirent *e = readdir(list); e; e = readdir(list)) {
        if (!is_id(e->d_name) || strcmp(e->d_name, newest) <= 0)
            continue;
        /* A folder without run.json was never begun. */
        if (nh_path(path, len, NULL, "%s/%s/run.json", results, e->d_name) || access(path, F_OK) ||
            (wanted && !wanted(path, context)))
            continue;
        memcpy(newest, e->d_name, strlen(e->d_name) + 1); /* is_id bounds its length */
    }
    closedir(list);
    return *newest && !nh_path(path, len, NULL, "%s/%s", results, newest);
}

void nh_rundir_set_latest(const struct nh_rundir *dir)
{
    char link[NH_PATH_MAX], temporary[NH_PATH_MAX];
    struct stat st;
    const char *slash = strrchr(dir->path, '/');
    int parent = slash ? (int)(slash - dir->path) + 1 : 0;
    const char *name = dir->path + parent;
    if (!is_id(name) || nh_path(link, sizeof link, NULL, "%.*slatest", parent, dir->path) ||
        nh_path(temporary, sizeof temporary, NULL, "%s.%ld.tmp", link, (long)getpid()))
        return;
    if (lstat(link, &st) == 0 && !S_ISLNK(st.st_mode))
        return; /* something of the user's own */
    if (symlink(name, temporary) || rename(temporary, link))
        unlink(temporary);
}

double nh_rundir_free_bytes(const struct nh_rundir *dir)
{
    struct statvfs v;
    if (statvfs(dir->path, &v))
        return -1;
    return (double)v.f_bavail * (double)v.f_frsize;
}
