/* SPDX-License-Identifier: BSD-3-Clause */
#include "bench/proof/sockets.h"

#include <dirent.h>
#include <linux/tcp.h>
#include <netinet/in.h>
#include <stddef.h>
#include <stdlib.h>
#include <sys/socket.h>

static bool is_tcp(int fd)
{
    int domain = 0, type = 0;
    socklen_t a = sizeof domain, b = sizeof type;
    return getsockopt(fd, SOL_SOCKET, SO_DOMAIN, &domain, &a) == 0 &&
           getsockopt(fd, SOL_SOCKET, SO_TYPE, &type, &b) == 0 &&
           (domain == AF_INET || domain == AF_INET6) && type == SOCK_STREAM;
}

/* A listening socket holds no bytes. False when the kernel's answer is too short. */
static bool add_socket(int fd, uint64_t *received)
{
    struct tcp_info info = {0};
    socklen_t len = sizeof info;
    if (!is_tcp(fd) || getsockopt(fd, IPPROTO_TCP, TCP_INFO, &info, &len))
        return true;
    *received += info.tcpi_bytes_received;
    return len >= offsetof(struct tcp_info, tcpi_bytes_received) + sizeof info.tcpi_bytes_received;
}

bool nh_socket_bytes(int except, uint64_t *received)
{
    DIR *open_files = opendir("/proc/self/fd");
    bool told = open_files != NULL;
    const struct dirent *entry;
    *received = 0;
    while (open_files && (entry = readdir(open_files))) {
        char *end;
        long fd = strtol(entry->d_name, &end, 10);
        if (*end == '\0' && fd != except)
            told = add_socket((int)fd, received) && told;
    }
    if (open_files)
        closedir(open_files);
    return told;
}
