/* SPDX-License-Identifier: BSD-3-Clause */
#include "launch/doctor/imds.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/socket.h>
#include <unistd.h>

#include "common/progress.h"

static const char standard[] = "http://169.254.169.254";
static const double limit_s = 0.2;

static const char *endpoint(void)
{
    const char *given = getenv("AWS_EC2_METADATA_SERVICE_ENDPOINT");
    return given && *given ? given : NULL;
}

static bool is_disabled(void)
{
    const char *text = getenv("AWS_EC2_METADATA_DISABLED");
    return text && strcasecmp(text, "true") == 0;
}

bool nh_imds_expected(const struct nh_site *site)
{
    char vendor[64];
    if (is_disabled() || endpoint())
        return !is_disabled();
    return !*site->root &&
           nh_site_line(site, "/sys/devices/virtual/dmi/id/sys_vendor", vendor, sizeof vendor) &&
           strncmp(vendor, "Amazon EC2", strlen("Amazon EC2")) == 0;
}

/* "http://127.0.0.1:8080/": no names, since a resolver may take seconds. */
static bool parse_endpoint(const char *text, struct nh_imds *imds)
{
    static const char scheme[] = "http://";
    char host[64];
    struct in_addr address;
    if (strncmp(text, scheme, strlen(scheme)) != 0)
        return false;
    text += strlen(scheme);
    size_t n = strcspn(text, ":/");
    snprintf(host, sizeof host, "%.*s", (int)n, text);
    if (inet_pton(AF_INET, strcmp(host, "localhost") == 0 ? "127.0.0.1" : host, &address) != 1)
        return false;
    long port = text[n] == ':' ? strtol(text + n + 1, NULL, 10) : 80;
    imds->address = address.s_addr;
    imds->port = (unsigned short)port;
    return port > 0 && port < 65536;
}

/* Waits until the socket is ready or the time of this question is over. */
static bool is_ready(int fd, short events, double end_s)
{
    struct pollfd p = {.fd = fd, .events = events};
    for (double left; (left = end_s - nh_monotonic_s()) > 0;) {
        int n = poll(&p, 1, (int)(left * 1000) + 1);
        if (n >= 0 || errno != EINTR)
            return n == 1;
    }
    return false;
}

static int connect_to(const struct nh_imds *imds, double end_s)
{
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0), error = 0;
    struct sockaddr_in to = {
        .sin_family = AF_INET, .sin_port = htons(imds->port), .sin_addr.s_addr = imds->address};
    socklen_t len = sizeof error;
    if (fd < 0)
        return -1;
    bool begun = connect(fd, (struct sockaddr *)&to, sizeof to) == 0 || errno == EINPROGRESS;
    if (begun && is_ready(fd, POLLOUT, end_s) &&
        getsockopt(fd, SOL_SOCKET, SO_ERROR, &error, &len) == 0 && error == 0)
        return fd;
    close(fd);
    return -1;
}

/* All that comes until the server closes the connection. */
static void read_answer(int fd, char *buf, size_t len, double end_s)
{
    size_t used = 0;
    while (used + 1 < len && is_ready(fd, POLLIN, end_s)) {
        ssize_t n = recv(fd, buf + used, len - 1 - used, 0);
        if (n < 0 && (errno == EAGAIN || errno == EINTR))
            continue;
        if (n <= 0)
            break;
        used += (size_t)n;
    }
    buf[used] = '\0';
}

/* One question: HTTP status, 0 for no answer. Version 1.0, so that the answer comes in one
 * piece and ends with the connection. */
static int ask(const struct nh_imds *imds, const char *request, char *body, size_t len)
{
    char answer[4096] = "";
    double end_s = nh_monotonic_s() + limit_s;
    int fd = connect_to(imds, end_s);
    if (fd < 0)
        return 0;
    size_t n = strlen(request);
    if (send(fd, request, n, MSG_NOSIGNAL) == (ssize_t)n)
        read_answer(fd, answer, sizeof answer, end_s);
    close(fd);
    const char *content = strstr(answer, "\r\n\r\n");
    if (strncmp(answer, "HTTP/1.", strlen("HTTP/1.")) != 0 || !content)
        return 0;
    snprintf(body, len, "%s", content + strlen("\r\n\r\n"));
    for (size_t end = strlen(body); end && strchr("\r\n", body[end - 1]); end--)
        body[end - 1] = '\0';
    return (int)strtol(answer + strcspn(answer, " "), NULL, 10);
}

bool nh_imds_open(struct nh_imds *imds)
{
    static const char request[] = "PUT /latest/api/token HTTP/1.0\r\nHost: 169.254.169.254\r\n"
                                  "X-aws-ec2-metadata-token-ttl-seconds: 60\r\n"
                                  "Content-Length: 0\r\n\r\n";
    const char *at = endpoint();
    *imds = (struct nh_imds){0};
    return !is_disabled() && parse_endpoint(at ? at : standard, imds) &&
           ask(imds, request, imds->token, sizeof imds->token) == 200 && *imds->token &&
           !strpbrk(imds->token, "\r\n");
}

int nh_imds_get(const struct nh_imds *imds, const char *path, char *buf, size_t len)
{
    char request[512];
    buf[0] = '\0';
    snprintf(request, sizeof request,
             "GET /latest/meta-data/%s HTTP/1.0\r\nHost: 169.254.169.254\r\n"
             "X-aws-ec2-metadata-token: %s\r\n\r\n",
             path, imds->token);
    return ask(imds, request, buf, len);
}
