/* SPDX-License-Identifier: BSD-3-Clause */
#include "launch/capture.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <sys/wait.h>
#include <unistd.h>

#include "common/progress.h"
#include "launch/process.h"

static const double one_limit_s = 10;
static const int poll_ms = 100; /* how late a limit is noticed */

static void start(struct nh_capture *c)
{
    int pipe_fds[2];
    struct nh_error why = {0};
    c->code = NH_EFAIL;
    c->status = -1;
    c->text[0] = '\0';
    if (pipe2(pipe_fds, O_CLOEXEC))
        return;
    c->running =
        !nh_process_spawn(c->argv, c->env, (const int[]){pipe_fds[1], pipe_fds[1]}, &c->pid, &why);
    close(pipe_fds[1]);
    if (!c->running) {
        close(pipe_fds[0]);
        snprintf(c->text, c->room, "%s", why.text);
        return;
    }
    c->fd = pipe_fds[0];
    c->started_s = nh_monotonic_s();
}

static void finish(struct nh_capture *c)
{
    int status = 0;
    close(c->fd);
    if (c->late)
        kill(-c->pid, SIGKILL);
    while (waitpid(c->pid, &status, 0) < 0 && errno == EINTR)
        ;
    c->running = false;
    c->text[c->used] = '\0';
    if (!c->late && WIFEXITED(status))
        c->status = WEXITSTATUS(status);
    c->code = c->status == 0 ? NH_OK : NH_EFAIL;
}

/* Text beyond the room is thrown away. */
static void take(struct nh_capture *c)
{
    char rest[512];
    size_t room = c->room - 1 - c->used;
    ssize_t n = room ? read(c->fd, c->text + c->used, room) : read(c->fd, rest, sizeof rest);
    if (n < 0 && errno == EINTR)
        return;
    if (n <= 0)
        finish(c);
    else if (room)
        c->used += (size_t)n;
}

static size_t poll_running(struct nh_capture *captures, size_t count, double limit_s)
{
    struct pollfd fds[NH_CAPTURES_AT_ONCE];
    struct nh_capture *owners[NH_CAPTURES_AT_ONCE];
    nfds_t n = 0;
    for (size_t i = 0; i < count && n < NH_CAPTURES_AT_ONCE; i++)
        if (captures[i].running) {
            owners[n] = &captures[i];
            fds[n++] = (struct pollfd){.fd = captures[i].fd, .events = POLLIN};
        }
    if (n && poll(fds, n, poll_ms) < 0)
        return n; /* a signal: the next round looks again */
    size_t still = 0;
    for (nfds_t i = 0; i < n; i++) {
        if (fds[i].revents)
            take(owners[i]);
        if (owners[i]->running && nh_monotonic_s() - owners[i]->started_s > limit_s) {
            owners[i]->late = true;
            finish(owners[i]);
        }
        still += owners[i]->running;
    }
    return still;
}

void nh_capture_all(struct nh_capture *captures, size_t count, double limit_s)
{
    size_t next = 0, running = 0;
    do {
        for (; next < count && running < NH_CAPTURES_AT_ONCE; next++) {
            start(&captures[next]);
            running += captures[next].running;
        }
        running = poll_running(captures, next, limit_s);
    } while (running || next < count);
}

int nh_capture(char *const *argv, const char *const *env, char *buf, size_t len,
               struct nh_error *err)
{
    struct nh_capture c = {.argv = argv, .env = env, .text = buf, .room = len};
    nh_capture_all(&c, 1, one_limit_s);
    if (c.late)
        return nh_fail(err, NH_EFAIL, "%s: no answer in %.0f s", argv[0], one_limit_s);
    if (!c.code)
        return NH_OK;
    if (c.started_s == 0)
        return nh_fail(err, NH_EFAIL, "%s", buf);
    return nh_fail(err, NH_EFAIL, "%s %s: failed", argv[0], argv[1] ? argv[1] : "");
}
