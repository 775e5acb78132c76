/* SPDX-License-Identifier: BSD-3-Clause */
#include "bench/shm/segment.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <time.h>
#include <unistd.h>

static int map(struct nh_segment *s, int fd, struct nh_error *err)
{
    void *p = mmap(NULL, s->bytes, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
    if (p == MAP_FAILED)
        return nh_fail_errno(err, "mapping %zu bytes of shared memory failed", s->bytes);
    s->memory = p;
    return NH_OK;
}

static int reserve(struct nh_segment *s, int fd, struct nh_error *err)
{
    int code = posix_fallocate(fd, 0, (off_t)s->bytes);
    if (code == 0)
        return NH_OK;
    if (code == ENOSPC)
        return nh_fail(err, NH_EFAIL,
                       "/dev/shm has no room for %zu bytes; enlarge it (mount -o "
                       "remount,size=1G /dev/shm; docker run --shm-size; sharedMemorySize of a "
                       "Batch job definition)",
                       s->bytes);
    errno = code;
    return nh_fail_errno(err, "shared memory of %zu bytes was refused", s->bytes);
}

int nh_segment_make(struct nh_segment *s, size_t bytes, struct nh_error *err)
{
    struct timespec now;
    *s = (struct nh_segment){.bytes = bytes};
    clock_gettime(CLOCK_MONOTONIC, &now);
    snprintf(s->name, sizeof s->name, "/nodehour-%ld-%lx", (long)getpid(),
             (unsigned long)now.tv_nsec);
    int fd = shm_open(s->name, O_RDWR | O_CREAT | O_EXCL, 0600);
    if (fd < 0) {
        s->name[0] = '\0';
        return nh_fail_errno(err, "POSIX shared memory (/dev/shm) was refused");
    }
    int code = reserve(s, fd, err);
    if (code == NH_OK)
        code = map(s, fd, err);
    close(fd);
    if (code)
        nh_segment_close(s);
    return code;
}

int nh_segment_join(struct nh_segment *s, const char *name, size_t bytes, struct nh_error *err)
{
    *s = (struct nh_segment){.bytes = bytes};
    int fd = shm_open(name, O_RDWR, 0);
    if (fd < 0)
        return nh_fail_errno(err, "shared memory %s of the other rank was refused", name);
    int code = map(s, fd, err);
    close(fd);
    return code;
}

void nh_segment_unname(struct nh_segment *s)
{
    if (s->name[0])
        shm_unlink(s->name);
    s->name[0] = '\0';
}

void nh_segment_close(struct nh_segment *s)
{
    nh_segment_unname(s);
    if (s->memory)
        munmap(s->memory, s->bytes);
    s->memory = NULL;
}
