/* SPDX-License-Identifier: BSD-3-Clause */
#include "bench/nvme/scratch.h"

#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/statfs.h>
#include <sys/statvfs.h>
#include <sys/sysmacros.h>
#include <unistd.h>

/* Magic numbers of statfs(2). */
static void name_type(unsigned long magic, char *buf, size_t len)
{
    static const struct {
        unsigned long magic;
        const char *name;
    } known[] = {{0xef53, "ext4"},        {0x58465342, "xfs"}, {0x01021994, "tmpfs"},
                 {0x9123683e, "btrfs"},   {0x6969, "nfs"},     {0x0bd00bd0, "lustre"},
                 {0x794c7630, "overlay"}, {0x65735546, "fuse"}};
    snprintf(buf, len, "0x%lx", magic);
    for (size_t i = 0; i < sizeof known / sizeof *known; i++)
        if (known[i].magic == magic)
            snprintf(buf, len, "%s", known[i].name);
}

/* "/sys/dev/block/259:3" is a link to the device's folder, whose last part is its name. */
static void name_device(dev_t number, char *buf, size_t len)
{
    char path[64], target[512];
    snprintf(path, sizeof path, "/sys/dev/block/%u:%u", major(number), minor(number));
    ssize_t n = readlink(path, target, sizeof target - 1);
    target[n > 0 ? n : 0] = '\0';
    const char *slash = strrchr(target, '/');
    snprintf(buf, len, "%.31s", slash ? slash + 1 : "");
}

static bool takes_direct(const char *folder)
{
    char path[NH_PATH_MAX];
    if (nh_path(path, sizeof path, NULL, "%s/direct", folder))
        return false;
    int fd = open(path, O_RDWR | O_CREAT | O_EXCL | O_DIRECT | O_CLOEXEC, 0600);
    if (fd >= 0)
        close(fd);
    unlink(path); /* a file system may make the file before it refuses */
    return fd >= 0;
}

static int look_at_directory(struct nh_scratch *s, struct nh_error *err)
{
    struct statvfs space;
    struct statfs type;
    struct stat st;
    if (statvfs(s->data, &space) || statfs(s->data, &type) || stat(s->data, &st))
        return nh_fail_errno(err, "%s", s->data);
    s->free_bytes = (uint64_t)space.f_bavail * space.f_frsize;
    name_type((unsigned long)type.f_type, s->type, sizeof s->type);
    name_device(st.st_dev, s->device, sizeof s->device);
    s->direct = takes_direct(s->data);
    return NH_OK;
}

static int make_data(const char *directory, struct nh_scratch *s, struct nh_error *err)
{
    int rc = nh_path(s->data, sizeof s->data, err, "%s/nodehour-nvme-XXXXXX", directory);
    if (rc)
        return rc;
    if (!mkdtemp(s->data)) {
        *s->data = '\0';
        nh_fail_errno(err, "--directory %s: no folder can be made in it", directory);
        return err ? err->code = NH_EINPUT : NH_EINPUT;
    }
    return look_at_directory(s, err);
}

int nh_scratch_open(const char *directory, struct nh_scratch *s, struct nh_error *err)
{
    const char *tmp = getenv("TMPDIR");
    *s = (struct nh_scratch){.direct = true};
    int rc =
        nh_path(s->work, sizeof s->work, err, "%s/nodehour-fio-XXXXXX", tmp && *tmp ? tmp : "/tmp");
    if (!rc && !mkdtemp(s->work)) {
        *s->work = '\0';
        rc = nh_fail_errno(err, "no folder can be made in %s", tmp && *tmp ? tmp : "/tmp");
    }
    if (!rc && directory)
        rc = make_data(directory, s, err);
    if (rc)
        nh_scratch_close(s);
    return rc;
}

static int remove_one(const char *path, const struct stat *st, int type, struct FTW *where)
{
    (void)st, (void)type, (void)where;
    remove(path);
    return 0;
}

void nh_scratch_close(const struct nh_scratch *s)
{
    const char *const folders[] = {s->data, s->work};
    for (size_t i = 0; i < sizeof folders / sizeof *folders; i++)
        if (*folders[i])
            nftw(folders[i], remove_one, 16, FTW_DEPTH | FTW_PHYS | FTW_MOUNT);
}
