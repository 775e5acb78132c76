/* SPDX-License-Identifier: BSD-3-Clause */
#include "bench/shm/cma.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#ifdef __linux__
#include <sys/prctl.h>
#include <sys/uio.h>

/* 0 when Yama is not there: then only the owner of the processes matters. */
static int ptrace_scope(void)
{
    int scope = 0;
    FILE *in = fopen("/proc/sys/kernel/yama/ptrace_scope", "re");
    if (in && fscanf(in, "%d", &scope) != 1)
        scope = 0;
    if (in)
        fclose(in);
    return scope;
}

static int refused(int number, struct nh_error *err)
{
    int scope = ptrace_scope();
    if (number == EPERM && scope > 0)
        return nh_fail(err, NH_EFAIL,
                       "cross-memory attach is refused: kernel.yama.ptrace_scope is %d; as root: "
                       "sysctl -w kernel.yama.ptrace_scope=0",
                       scope);
    if (number == EPERM || number == ENOSYS)
        return nh_fail(err, NH_EFAIL,
                       "cross-memory attach is refused (%s): a container without the right or "
                       "another user; start it with --cap-add=SYS_PTRACE and a seccomp profile "
                       "that allows process_vm_readv",
                       strerror(number));
    errno = number;
    return nh_fail_errno(err, "cross-memory attach failed");
}

int nh_cma_read(pid_t pid, uint64_t remote, void *to, size_t bytes, struct nh_error *err)
{
    for (size_t done = 0; done < bytes;) {
        struct iovec mine = {(char *)to + done, bytes - done};
        /* The address is the other process's: a number, not a pointer of ours. */
        struct iovec theirs = {(void *)(uintptr_t)(remote + done), bytes - done};
        ssize_t n = process_vm_readv(pid, &mine, 1, &theirs, 1, 0);
        if (n <= 0)
            return refused(n < 0 ? errno : EFAULT, err);
        done += (size_t)n;
    }
    return NH_OK;
}

void nh_cma_allow(void)
{
#ifdef PR_SET_PTRACER
    (void)prctl(PR_SET_PTRACER, PR_SET_PTRACER_ANY, 0, 0, 0);
#endif
}
#else
int nh_cma_read(pid_t pid, uint64_t remote, void *to, size_t bytes, struct nh_error *err)
{
    (void)pid, (void)remote, (void)to, (void)bytes;
    return nh_fail(err, NH_EFAIL, "cross-memory attach is a Linux call; this system has none");
}

void nh_cma_allow(void)
{
}
#endif
