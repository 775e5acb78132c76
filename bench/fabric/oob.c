/* SPDX-License-Identifier: BSD-3-Clause */
#include "bench/fabric/oob.h"

#include <errno.h>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

/* The number changes whenever what the two sides say to each other does. */
static const char greeting[16] = "nodehour-oob-1\n";
enum { BLOCK_MAX = 1 << 24, GREETING_MS = 2000, RETRY_MS = 50 };

static double now_s(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

static int left_ms(double deadline)
{
    double left = (deadline - now_s()) * 1000;
    return left <= 0 ? 0 : left > 1e6 ? 1000000 : (int)left + 1;
}

int nh_oob_give_up(struct nh_oob *o, const char *why, struct nh_error *err)
{
    o->lost = true;
    return nh_fail(err, NH_EPARTIAL,
                   "the other side (%s) %s; what was measured is kept, start both sides again",
                   o->partner, why);
}

static int lost(const struct nh_oob *o, struct nh_error *err)
{
    return nh_fail(err, NH_EPARTIAL, "the other side (%s) is gone", o->partner);
}

/* ---- bytes ---- */

static int wait_for(struct nh_oob *o, short events, double deadline, struct nh_error *err)
{
    struct pollfd p = {.fd = o->fd, .events = events};
    do {
        if (o->idle)
            o->idle(o->idle_context);
        if (poll(&p, 1, o->idle ? 0 : left_ms(deadline)) > 0)
            return NH_OK;
    } while (left_ms(deadline) > 0);
    return nh_oob_give_up(o, "was silent for too long (--timeout)", err);
}

int nh_oob_send(struct nh_oob *o, const void *data, size_t len, struct nh_error *err)
{
    const char *p = data;
    double deadline = now_s() + o->timeout_s;
    if (o->lost)
        return lost(o, err);
    while (len > 0) {
        ssize_t n = send(o->fd, p, len, MSG_NOSIGNAL | MSG_DONTWAIT);
        if (n < 0 && errno != EAGAIN && errno != EINTR)
            return nh_oob_give_up(o, "has closed the connection", err);
        if (n < 0) {
            int code = wait_for(o, POLLOUT, deadline, err);
            if (code)
                return code;
            continue;
        }
        p += n;
        len -= (size_t)n;
    }
    return NH_OK;
}

int nh_oob_receive(struct nh_oob *o, void *data, size_t len, struct nh_error *err)
{
    char *p = data;
    double deadline = now_s() + o->timeout_s;
    if (o->lost)
        return lost(o, err);
    while (len > 0) {
        ssize_t n = recv(o->fd, p, len, MSG_DONTWAIT);
        if (n == 0 || (n < 0 && errno != EAGAIN && errno != EINTR))
            return nh_oob_give_up(o, "has ended or closed the connection", err);
        if (n < 0) {
            int code = wait_for(o, POLLIN, deadline, err);
            if (code)
                return code;
            continue;
        }
        p += n;
        len -= (size_t)n;
    }
    return NH_OK;
}

int nh_oob_send_block(struct nh_oob *o, const void *data, size_t len, struct nh_error *err)
{
    uint64_t n = len;
    int code = nh_oob_send(o, &n, sizeof n, err);
    return code ? code : nh_oob_send(o, data, len, err);
}

int nh_oob_receive_block(struct nh_oob *o, char **data, size_t *len, struct nh_error *err)
{
    uint64_t n;
    *data = NULL;
    int code = nh_oob_receive(o, &n, sizeof n, err);
    if (code)
        return code;
    if (n > BLOCK_MAX)
        return nh_oob_give_up(o, "sent something that is not ours", err);
    *len = (size_t)n;
    *data = malloc(*len + 1);
    if (!*data)
        return nh_fail(err, NH_EFAIL, "out of memory for %zu bytes of the other side", *len);
    (*data)[*len] = '\0';
    code = nh_oob_receive(o, *data, *len, err);
    if (code) {
        free(*data);
        *data = NULL;
    }
    return code;
}

/* POLLRDHUP tells of the end even when there is something to read before it. */
int nh_oob_check(struct nh_oob *o, struct nh_error *err)
{
    struct pollfd p = {.fd = o->fd, .events = POLLRDHUP};
    if (o->lost)
        return lost(o, err);
    if (poll(&p, 1, 0) > 0 && p.revents & (POLLRDHUP | POLLHUP | POLLERR))
        return nh_oob_give_up(o, "has ended or closed the connection", err);
    return NH_OK;
}

/* ---- finding each other ---- */

static void name_partner(struct nh_oob *o)
{
    struct sockaddr_storage address;
    socklen_t len = sizeof address;
    char host[64] = "?", port[8] = "?";
    if (getpeername(o->fd, (struct sockaddr *)&address, &len) == 0)
        getnameinfo((struct sockaddr *)&address, len, host, sizeof host, port, sizeof port,
                    NI_NUMERICHOST | NI_NUMERICSERV);
    /* An IPv4 partner on a socket of both families. */
    size_t skip = strncmp(host, "::ffff:", 7) == 0 ? 7 : 0;
    snprintf(o->partner, sizeof o->partner, "%s:%s", host + skip, port);
}

/* Both sides say who they are; a port scanner or a web browser does not. */
static bool greet(struct nh_oob *o, int fd)
{
    struct nh_error err;
    char heard[sizeof greeting];
    int on = 1;
    struct nh_oob stranger = {.fd = fd, .timeout_s = GREETING_MS * 1e-3};
    setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    if (nh_oob_send(&stranger, greeting, sizeof greeting, &err) ||
        nh_oob_receive(&stranger, heard, sizeof heard, &err) ||
        memcmp(heard, greeting, sizeof heard) != 0) {
        close(fd);
        return false;
    }
    o->fd = fd;
    name_partner(o);
    return true;
}

static int look_up(const char *host, const char *port, int flags, struct addrinfo **list,
                   struct nh_error *err)
{
    struct addrinfo hints = {.ai_socktype = SOCK_STREAM, .ai_flags = flags};
    int code = getaddrinfo(host, port, &hints, list);
    if (code == 0)
        return NH_OK;
    return nh_fail(err, NH_EINPUT, "%s:%s is no address: %s; give HOST:PORT as in 10.0.0.7:4711",
                   host ? host : "", port, gai_strerror(code));
}

static int bound_socket(const struct addrinfo *a)
{
    int on = 1, off = 0, fd = socket(a->ai_family, a->ai_socktype | SOCK_CLOEXEC, a->ai_protocol);
    if (fd < 0)
        return -1;
    setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
    if (a->ai_family == AF_INET6) /* both families on one socket where the system allows it */
        setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &off, sizeof off);
    if (bind(fd, a->ai_addr, a->ai_addrlen) == 0 && listen(fd, 8) == 0)
        return fd;
    int number = errno;
    close(fd);
    errno = number;
    return -1;
}

static int open_port(const char *port, int *fd, struct nh_error *err)
{
    struct addrinfo *list;
    int code = look_up(NULL, port, AI_PASSIVE, &list, err);
    if (code)
        return code;
    *fd = -1;
    for (int pass = 0; pass < 2 && *fd < 0; pass++) /* IPv6 first: it takes IPv4 as well */
        for (const struct addrinfo *a = list; a && *fd < 0; a = a->ai_next)
            if ((a->ai_family == AF_INET6) == (pass == 0))
                *fd = bound_socket(a);
    int number = errno;
    freeaddrinfo(list);
    if (*fd >= 0)
        return NH_OK;
    return nh_fail(err, NH_EINPUT, "cannot listen on port %s (%s); give another one", port,
                   strerror(number));
}

int nh_oob_listen(struct nh_oob *o, int rank, const char *port, double timeout_s,
                  struct nh_error *err)
{
    int door;
    double deadline = now_s() + timeout_s;
    *o = (struct nh_oob){.fd = -1, .rank = rank, .timeout_s = timeout_s};
    int code = open_port(port, &door, err);
    if (code)
        return code;
    while (o->fd < 0 && left_ms(deadline) > 0) {
        struct pollfd p = {.fd = door, .events = POLLIN};
        if (poll(&p, 1, left_ms(deadline)) <= 0)
            continue;
        int fd = accept4(door, NULL, NULL, SOCK_CLOEXEC);
        if (fd >= 0)
            greet(o, fd);
    }
    close(door);
    if (o->fd >= 0)
        return NH_OK;
    return nh_fail(err, NH_EPARTIAL,
                   "nobody called on port %s within %g s; start the other side, or give a longer "
                   "--timeout",
                   port, timeout_s);
}

static int call(const struct addrinfo *a, double deadline)
{
    int fd = socket(a->ai_family, a->ai_socktype | SOCK_CLOEXEC | SOCK_NONBLOCK, a->ai_protocol);
    int failed = 0;
    socklen_t len = sizeof failed;
    if (fd < 0)
        return -1;
    struct pollfd p = {.fd = fd, .events = POLLOUT};
    if (connect(fd, a->ai_addr, a->ai_addrlen) == 0)
        return fd;
    if (errno == EINPROGRESS && poll(&p, 1, left_ms(deadline)) > 0 &&
        getsockopt(fd, SOL_SOCKET, SO_ERROR, &failed, &len) == 0 && failed == 0)
        return fd;
    close(fd);
    return -1;
}

int nh_oob_connect(struct nh_oob *o, int rank, const char *host, const char *port, double timeout_s,
                   struct nh_error *err)
{
    struct addrinfo *list;
    double deadline = now_s() + timeout_s;
    const struct timespec pause = {.tv_nsec = RETRY_MS * 1000000L};
    *o = (struct nh_oob){.fd = -1, .rank = rank, .timeout_s = timeout_s};
    int code = look_up(host, port, 0, &list, err);
    if (code)
        return code;
    while (o->fd < 0 && left_ms(deadline) > 0) {
        for (const struct addrinfo *a = list; a && o->fd < 0; a = a->ai_next) {
            int fd = call(a, deadline);
            if (fd >= 0)
                greet(o, fd);
        }
        if (o->fd < 0)
            nanosleep(&pause, NULL);
    }
    freeaddrinfo(list);
    if (o->fd >= 0)
        return NH_OK;
    return nh_fail(err, NH_EPARTIAL,
                   "nobody answers at %s:%s within %g s; start the other side with --listen %s "
                   "and let the port through firewalls and security groups",
                   host, port, timeout_s, port);
}

void nh_oob_close(struct nh_oob *o)
{
    if (o->fd >= 0)
        close(o->fd);
    o->fd = -1;
}
