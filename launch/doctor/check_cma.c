/* SPDX-License-Identifier: BSD-3-Clause */
#include <errno.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/uio.h>
#include <sys/wait.h>
#include <unistd.h>

#include "launch/doctor/check.h"

static const char why_slow[] =
    "without it, MPI copies large messages inside a node twice, and libfabric's EFA provider "
    "sends them through the network card";

static const struct nh_fixes scope_fixes = {
    .host = "sysctl -w kernel.yama.ptrace_scope=0, for good in /etc/sysctl.d/10-ptrace.conf",
    .container = "on the host: sysctl -w kernel.yama.ptrace_scope=0",
    .slurm = "sysctl -w kernel.yama.ptrace_scope=0 on every node (ParallelCluster does it on "
             "Ubuntu); for good in /etc/sysctl.d/10-ptrace.conf",
    .batch = "launch template, user data: sysctl -w kernel.yama.ptrace_scope=0"};

static const struct nh_fixes copy_fixes = {
    .host = "a seccomp or security module forbids process_vm_readv; Open MPI 4 without it: "
            "OMPI_MCA_btl_vader_single_copy_mechanism=none",
    .container = "docker run --cap-add=SYS_PTRACE (or a seccomp profile that allows "
                 "process_vm_readv); Open MPI 4 without it: "
                 "OMPI_MCA_btl_vader_single_copy_mechanism=none",
    .batch = "job definition: privileged: true; Open MPI 4 without it: environment "
             "OMPI_MCA_btl_vader_single_copy_mechanism=none"};

static void look_at_scope(const struct nh_site *site, struct nh_findings *found)
{
    long scope;
    struct nh_finding *f = nh_finding_add(found, "ptrace_scope", NH_GRADE_WARN);
    nh_finding_where(f, "/proc/sys/kernel/yama/ptrace_scope");
    if (!nh_site_long(site, "/proc/sys/kernel/yama/ptrace_scope", &scope)) {
        nh_finding_value(f, "none");
        nh_finding_what(f,
                        "this kernel does not restrict reading of one's own processes (no Yama)");
        return;
    }
    nh_finding_value(f, "%ld", scope);
    nh_finding_what(f, "ptrace_scope is %ld: processes of a user %s read each other", scope,
                    scope ? "may not" : "may");
    if (scope)
        nh_finding_bad(f, NH_GRADE_WARN, why_slow, "%s", nh_site_fix(site, &scope_fixes));
}

static const char pattern[] = "nodehour";

/* Sleeps until its parent dies or ends it. */
static _Noreturn void be_read(pid_t parent)
{
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    while (getppid() == parent)
        sleep(1);
    _exit(0);
}

/* Exit status: 0, or the errno of the refusal. */
static _Noreturn void read_sibling(pid_t sibling)
{
    char got[sizeof pattern] = "";
    struct iovec mine = {got, sizeof got}, theirs = {(void *)(uintptr_t)pattern, sizeof pattern};
    ssize_t n = process_vm_readv(sibling, &mine, 1, &theirs, 1, 0);
    bool good = n == (ssize_t)sizeof got && memcmp(got, pattern, sizeof got) == 0;
    _exit(good ? 0 : n < 0 ? errno & 0xff : EIO);
}

static void end_child(pid_t pid)
{
    kill(pid, SIGKILL);
    waitpid(pid, NULL, 0);
}

/* 0 when one child of ours can read the memory of another, as ranks do; else an errno. */
static int try_copy(void)
{
    int status = 0;
    fflush(NULL);
    pid_t parent = getpid(), read = fork();
    if (read == 0)
        be_read(parent);
    pid_t reader = read > 0 ? fork() : -1;
    if (reader == 0)
        read_sibling(read);
    bool known = reader > 0 && waitpid(reader, &status, 0) == reader && WIFEXITED(status);
    if (read > 0)
        end_child(read);
    return known ? WEXITSTATUS(status) : EAGAIN;
}

static void look(const struct nh_site *site, struct nh_findings *found)
{
    look_at_scope(site, found);
    if (*site->root)
        return;
    int reason = try_copy();
    struct nh_finding *f = nh_finding_add(found, "copy", NH_GRADE_WARN);
    nh_finding_where(f, "process_vm_readv between two processes");
    nh_finding_value(f, "%s", reason ? strerror(reason) : "works");
    nh_finding_what(f, "cross-memory attach %s%s", reason ? "is refused: " : "works",
                    reason ? strerror(reason) : "");
    if (reason)
        nh_finding_bad(f, NH_GRADE_WARN, why_slow, "%s", nh_site_fix(site, &copy_fixes));
}

const struct nh_check nh_check_cma = {"cma", "cross-memory attach and ptrace scope", look};
