/* SPDX-License-Identifier: BSD-3-Clause */
#include "bench/proof/neighbours.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <ifaddrs.h>
#include <net/if.h>
#include <netinet/in.h>
#include <poll.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

enum { QUESTION = 1, ANSWER = 2 };

/* A host and what it has said. */
struct neighbour {
    struct nh_neighbour at;
    bool answered;
    struct nh_host_state state;
};

struct message {
    uint64_t token; /* of this job: others are not answered */
    int kind, from;
    struct nh_host_state state;
};

struct nh_neighbours {
    nh_host_state_fn *state;
    void *context;
    struct neighbour *hosts;
    int count, me;
    uint64_t token;
    int socket, wake[2]; /* closing wake[1] ends the thread */
    pthread_t thread;
    bool running;
};

/* ---- the thread that answers ---- */

static void answer(const struct nh_neighbours *n)
{
    struct message m;
    struct sockaddr_in from;
    socklen_t len = sizeof from;
    ssize_t got = recvfrom(n->socket, &m, sizeof m, MSG_DONTWAIT, (struct sockaddr *)&from, &len);
    if (got != sizeof m || m.token != n->token || m.kind != QUESTION)
        return;
    m = (struct message){.token = n->token, .kind = ANSWER, .from = n->me};
    n->state(n->context, &m.state);
    sendto(n->socket, &m, sizeof m, MSG_DONTWAIT, (const struct sockaddr *)&from, len);
}

static void *serve(void *context)
{
    const struct nh_neighbours *n = context;
    struct pollfd on[2] = {{.fd = n->socket, .events = POLLIN}, {.fd = n->wake[0]}};
    while (poll(on, 2, -1) >= 0 && !on[1].revents)
        if (on[0].revents)
            answer(n);
    return NULL;
}

/* ---- asking ---- */

static void send_questions(const struct nh_neighbours *n, int fd)
{
    struct message m = {.token = n->token, .kind = QUESTION, .from = n->me};
    for (int i = 0; i < n->count; i++)
        for (int k = 0; k < n->hosts[i].at.count && i != n->me && !n->hosts[i].answered; k++) {
            struct sockaddr_in to = {.sin_family = AF_INET, .sin_port = n->hosts[i].at.port};
            to.sin_addr.s_addr = n->hosts[i].at.address[k];
            sendto(fd, &m, sizeof m, MSG_DONTWAIT, (const struct sockaddr *)&to, sizeof to);
        }
}

static void take_answer(struct nh_neighbours *n, const struct message *m)
{
    if (m->token != n->token || m->kind != ANSWER || m->from < 0 || m->from >= n->count)
        return;
    n->hosts[m->from].answered = true;
    n->hosts[m->from].state = m->state;
    n->hosts[m->from].state.trouble[sizeof m->state.trouble - 1] = '\0';
}

static int missing(const struct nh_neighbours *n)
{
    int count = 0;
    for (int i = 0; i < n->count; i++)
        count += i != n->me && !n->hosts[i].answered;
    return count;
}

static void nap_ms(long ms)
{
    struct timespec t = {.tv_sec = ms / 1000, .tv_nsec = ms % 1000 * 1000000};
    nanosleep(&t, NULL);
}

/* Messages may get lost, so that those who have not answered are asked five times. */
static void collect(struct nh_neighbours *n, int wait_ms)
{
    int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    struct message m;
    for (int i = 0; i < n->count; i++)
        n->hosts[i].answered = false;
    for (int round = 0; fd >= 0 && round < 5 && missing(n); round++) {
        struct pollfd on = {.fd = fd, .events = POLLIN};
        send_questions(n, fd);
        while (missing(n) && poll(&on, 1, wait_ms / 5) > 0)
            if (recv(fd, &m, sizeof m, MSG_DONTWAIT) == sizeof m)
                take_answer(n, &m);
    }
    if (fd >= 0)
        close(fd);
}

static void add(char *text, size_t len, const char *what)
{
    size_t used = strlen(text);
    snprintf(text + used, len - used, "%s%s", used ? ", " : "", what);
}

static void name_troubled(const struct nh_neighbours *n, char *text, size_t len)
{
    char one[384];
    for (int i = 0; i < n->count; i++)
        if (n->hosts[i].answered && *n->hosts[i].state.trouble) {
            snprintf(one, sizeof one, "host %s: %s", n->hosts[i].at.name,
                     n->hosts[i].state.trouble);
            add(text, len, one);
        }
}

static void name_silent(const struct nh_neighbours *n, char *text, size_t len)
{
    char one[160], more[40] = "";
    for (int i = 0; i < n->count; i++) {
        const struct neighbour *h = &n->hosts[i];
        if (i == n->me || h->answered)
            continue;
        if (h->at.ranks > 1)
            snprintf(more, sizeof more, " and %d more", h->at.ranks - 1);
        snprintf(one, sizeof one, "host %s (rank %d%s) does not answer", h->at.name, h->at.rank,
                 more);
        add(text, len, one);
    }
}

static void name_slowest(const struct nh_neighbours *n, char *text, size_t len)
{
    struct nh_host_state own;
    n->state(n->context, &own);
    int slowest = n->me;
    long long fewest = own.steps, most = own.steps;
    for (int i = 0; i < n->count; i++) {
        if (i == n->me)
            continue;
        long long steps = n->hosts[i].state.steps;
        slowest = steps < fewest ? i : slowest;
        fewest = steps < fewest ? steps : fewest;
        most = steps > most ? steps : most;
    }
    if (fewest == most)
        return;
    int rank = slowest == n->me ? own.rank : n->hosts[slowest].state.rank;
    snprintf(text, len, "rank %d on host %s has not come as far as the others", rank,
             n->hosts[slowest].at.name);
}

void nh_neighbours_ask(struct nh_neighbours *n, char *text, size_t len)
{
    text[0] = '\0';
    collect(n, 1000);
    nap_ms(n->me < 10 ? n->me * 200 : 2000);
    name_troubled(n, text, len);
    if (!*text)
        name_silent(n, text, len);
    if (!*text)
        name_slowest(n, text, len);
}

/* ---- start and end ---- */

/* Of the loopback device only when there is no other: a host alone may have none. */
static void own_addresses(struct nh_neighbour *own, unsigned loopback)
{
    struct ifaddrs *all;
    if (getifaddrs(&all))
        return;
    for (const struct ifaddrs *a = all; a && own->count < NH_NEIGHBOUR_ADDRESSES; a = a->ifa_next) {
        struct sockaddr_in in;
        if (!a->ifa_addr || a->ifa_addr->sa_family != AF_INET || !(a->ifa_flags & IFF_UP) ||
            (a->ifa_flags & IFF_LOOPBACK) != loopback)
            continue;
        memcpy(&in, a->ifa_addr, sizeof in);
        own->address[own->count++] = in.sin_addr.s_addr;
    }
    freeifaddrs(all);
}

static bool open_socket(struct nh_neighbours *n, struct nh_neighbour *own)
{
    struct sockaddr_in any = {.sin_family = AF_INET};
    socklen_t len = sizeof any;
    n->socket = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    if (n->socket < 0 || bind(n->socket, (const struct sockaddr *)&any, sizeof any) ||
        getsockname(n->socket, (struct sockaddr *)&any, &len))
        return false;
    own->port = any.sin_port;
    own->count = 0;
    own_addresses(own, 0);
    if (own->count == 0)
        own_addresses(own, IFF_LOOPBACK);
    return true;
}

static bool start_thread(struct nh_neighbours *n)
{
    if (pipe2(n->wake, O_CLOEXEC))
        return false;
    n->running = pthread_create(&n->thread, NULL, serve, n) == 0;
    if (!n->running) {
        close(n->wake[0]);
        close(n->wake[1]);
    }
    return n->running;
}

uint64_t nh_neighbours_token(void)
{
    struct timespec now;
    clock_gettime(CLOCK_REALTIME, &now);
    return ((uint64_t)now.tv_sec << 30 ^ (uint64_t)now.tv_nsec) * 0x9e3779b97f4a7c15u +
           (uint64_t)getpid();
}

struct nh_neighbours *nh_neighbours_open(nh_host_state_fn *state, void *context,
                                         struct nh_neighbour *own)
{
    struct nh_neighbours *n = calloc(1, sizeof *n);
    if (!n)
        return NULL;
    n->state = state;
    n->context = context;
    if (open_socket(n, own))
        return n;
    nh_neighbours_close(n);
    return NULL;
}

bool nh_neighbours_join(struct nh_neighbours *n, const struct nh_neighbour *hosts, int count,
                        int me, uint64_t token)
{
    n->hosts = calloc((size_t)count, sizeof *n->hosts);
    if (!n->hosts)
        return false;
    for (int i = 0; i < count; i++)
        n->hosts[i].at = hosts[i];
    n->count = count;
    n->me = me;
    n->token = token;
    return start_thread(n);
}

bool nh_neighbours_reached(struct nh_neighbours *n)
{
    collect(n, 500);
    return missing(n) == 0;
}

void nh_neighbours_close(struct nh_neighbours *n)
{
    if (!n)
        return;
    if (n->running) {
        close(n->wake[1]);
        pthread_join(n->thread, NULL);
        close(n->wake[0]);
    }
    if (n->socket >= 0)
        close(n->socket);
    free(n->hosts);
    free(n);
}
