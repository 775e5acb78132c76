/* SPDX-License-Identifier: BSD-3-Clause */
#include "launch/process.h"

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "common/progress.h"

static const double grace_s = 5;        /* between SIGTERM and SIGKILL */
static const double orphan_grace_s = 2; /* ranks notice themselves that mpirun is gone */

/* Pids of all our children, at most `max`; none where the kernel does not list them. */
static size_t list_children(pid_t *pids, size_t max)
{
    char path[64];
    long pid;
    size_t n = 0;
    snprintf(path, sizeof path, "/proc/self/task/%ld/children", (long)getpid());
    FILE *in = fopen(path, "re");
    while (in && n < max && fscanf(in, "%ld", &pid) == 1)
        pids[n++] = (pid_t)pid;
    if (in)
        fclose(in);
    return n;
}

void nh_guard_enter(struct nh_guard *guard)
{
    static const int wanted[] = {SIGCHLD, SIGINT, SIGTERM, SIGHUP};
    sigemptyset(&guard->wanted);
    for (size_t i = 0; i < sizeof wanted / sizeof *wanted; i++)
        sigaddset(&guard->wanted, wanted[i]);
    signal(SIGCHLD, SIG_DFL); /* a parent that ignores it would hide the ends of our children */
    sigprocmask(SIG_BLOCK, &guard->wanted, &guard->before);
    guard->other_count = list_children(guard->others, NH_GUARD_CHILDREN);
    prctl(PR_SET_CHILD_SUBREAPER, 1);
}

void nh_guard_leave(const struct nh_guard *guard)
{
    prctl(PR_SET_CHILD_SUBREAPER, 0);
    sigprocmask(SIG_SETMASK, &guard->before, NULL);
}

static void put_environment(const char *const *env)
{
    for (; env && *env; env++)
        putenv((char *)*env); /* the child's own copy; exec follows */
}

/* In the child: never returns. Reports errno of a failed exec through `report`. */
static _Noreturn void become(const char *wdir, char *const *argv, const char *const *env,
                             const int out[2], int report, pid_t parent)
{
    sigset_t none;
    int null = open("/dev/null", O_RDONLY | O_CLOEXEC);
    setpgid(0, 0);
    sigemptyset(&none);
    sigprocmask(SIG_SETMASK, &none, NULL);
    signal(SIGPIPE, SIG_DFL);
    prctl(PR_SET_PDEATHSIG, SIGTERM);
    put_environment(env);
    /* the parent may have died before prctl */
    if (getppid() == parent && null >= 0 && dup2(null, 0) >= 0 && dup2(out[0], 1) >= 0 &&
        dup2(out[1], 2) >= 0 && (!wdir || chdir(wdir) == 0))
        execv(argv[0], argv);
    int reason = errno;
    ssize_t told = write(report, &reason, sizeof reason);
    _exit(told == sizeof reason ? 127 : 126);
}

/* Waits for the exec: the report pipe closes on success and carries errno otherwise. */
static int exec_result(pid_t pid, int report, const char *program, struct nh_error *err)
{
    int reason = 0;
    ssize_t n;
    do
        n = read(report, &reason, sizeof reason);
    while (n < 0 && errno == EINTR);
    if (n == 0)
        return NH_OK;
    waitpid(pid, NULL, 0);
    errno = n == sizeof reason ? reason : EIO;
    return nh_fail_errno(err, "%s: cannot be started", program);
}

static int spawn_in(const char *wdir, char *const *argv, const char *const *env, const int out[2],
                    pid_t *pid, struct nh_error *err)
{
    int report[2];
    if (pipe2(report, O_CLOEXEC))
        return nh_fail_errno(err, "%s: cannot be started", argv[0]);
    pid_t parent = getpid();
    fflush(NULL);
    *pid = fork();
    if (*pid == 0)
        become(wdir, argv, env, out, report[1], parent);
    close(report[1]);
    int rc = *pid < 0 ? nh_fail_errno(err, "%s: cannot be started", argv[0])
                      : exec_result(*pid, report[0], argv[0], err);
    close(report[0]);
    return rc;
}

int nh_process_spawn(char *const *argv, const char *const *env, const int out[2], pid_t *pid,
                     struct nh_error *err)
{
    return spawn_in(NULL, argv, env, out, pid, err);
}

int nh_process_start(char *const *argv, const char *const *env, const char *out_path,
                     const char *log_path, pid_t *pid, struct nh_error *err)
{
    return nh_process_start_in(NULL, argv, env, out_path, log_path, pid, err);
}

int nh_process_start_in(const char *wdir, char *const *argv, const char *const *env,
                        const char *out_path, const char *log_path, pid_t *pid,
                        struct nh_error *err)
{
    static const int flags = O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC;
    int log = open(log_path, flags, 0666);
    int out = out_path && log >= 0 ? open(out_path, flags, 0666) : log;
    int rc = log < 0 || out < 0
                 ? nh_fail_errno(err, "%s: cannot write", log < 0 ? log_path : out_path)
                 : spawn_in(wdir, argv, env, (const int[]){out, log}, pid, err);
    if (out >= 0 && out != log)
        close(out);
    if (log >= 0)
        close(log);
    return rc;
}

static bool is_other(const struct nh_guard *guard, pid_t pid)
{
    size_t i = 0;
    while (i < guard->other_count && guard->others[i] != pid)
        i++;
    return i < guard->other_count;
}

/* Sends `sig` (0: none) to the orphans that became our children; how many there are. */
static size_t signal_orphans(const struct nh_guard *guard, int sig)
{
    pid_t pids[2 * NH_GUARD_CHILDREN];
    size_t n = list_children(pids, sizeof pids / sizeof *pids), orphans = 0;
    for (size_t i = 0; i < n; i++) {
        if (is_other(guard, pids[i]))
            continue;
        orphans++;
        if (sig)
            kill(pids[i], sig);
    }
    return orphans;
}

/* Ends what the child left behind: usually nothing, or ranks of a killed mpirun. */
static void end_orphans(const struct nh_guard *guard)
{
    static const struct timespec pause = {.tv_nsec = 20000000};
    double start_s = nh_monotonic_s(), waited_s = 0;
    do {
        while (waitpid(-1, NULL, WNOHANG) > 0)
            ;
        if (!signal_orphans(guard, waited_s > orphan_grace_s ? SIGKILL : 0))
            return;
        nanosleep(&pause, NULL);
        waited_s = nh_monotonic_s() - start_s;
    } while (waited_s < orphan_grace_s + grace_s); /* then it is stuck in the kernel */
}

/* 0 when nothing happened, else the signal that asks us to stop. */
static int next_signal(const struct nh_guard *guard)
{
    static const struct timespec tick = {.tv_nsec = 200000000};
    int sig = sigtimedwait(&guard->wanted, NULL, &tick);
    return sig > 0 && sig != SIGCHLD ? sig : 0;
}

static bool has_ended(pid_t pid, struct nh_outcome *outcome)
{
    int status;
    if (waitpid(pid, &status, WNOHANG) != pid)
        return false;
    if (outcome->end == NH_END_TIMEOUT || outcome->end == NH_END_STOPPED)
        return true;
    outcome->end = WIFSIGNALED(status) ? NH_END_KILLED : NH_END_EXIT;
    outcome->value = WIFSIGNALED(status) ? WTERMSIG(status) : WEXITSTATUS(status);
    return true;
}

void nh_process_watch(const struct nh_guard *guard, pid_t pid, double limit_s, bool (*tick)(void *),
                      void *context, struct nh_outcome *outcome)
{
    double start_s = nh_monotonic_s(), stop_s = 0;
    *outcome = (struct nh_outcome){.end = NH_END_EXIT};
    while (!has_ended(pid, outcome)) {
        int sig = next_signal(guard);
        double now = nh_monotonic_s();
        bool late = !stop_s && now - start_s > limit_s;
        bool unwanted = tick && !tick(context) && !stop_s;
        if (sig || late || unwanted) {
            kill(-pid, stop_s ? SIGKILL : SIGTERM); /* asked twice: at once */
            stop_s = stop_s ? stop_s : now;
            outcome->end = sig || unwanted ? NH_END_STOPPED : NH_END_TIMEOUT;
            outcome->value = sig ? sig : outcome->value;
        } else if (stop_s && now - stop_s > grace_s) {
            kill(-pid, SIGKILL);
        }
    }
    end_orphans(guard);
    outcome->seconds = nh_monotonic_s() - start_s;
}

const char *nh_outcome_text(const struct nh_outcome *o, char *buf, size_t len)
{
    if (o->end == NH_END_EXIT)
        snprintf(buf, len, "exit status %d", o->value);
    else if (o->end == NH_END_KILLED)
        snprintf(buf, len, "killed by signal %d (%s)", o->value, strsignal(o->value));
    else if (o->end == NH_END_TIMEOUT)
        snprintf(buf, len, "hung, ended after %.0f s", o->seconds);
    else
        snprintf(buf, len, "stopped by signal %d", o->value);
    return buf;
}
