/* SPDX-License-Identifier: BSD-3-Clause */
#include "tests/unit/support.h"

#include <arpa/inet.h>
#include <pthread.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "common/progress.h"
#include "launch/notice.h"

/* Word from EC2, by a metadata service in a thread of its own. Bodies are those of the EC2 user
 * guide ("Spot Instance interruption notices", "EC2 instance rebalance recommendations"). */
static const char spot[] = "{\"action\": \"terminate\", \"time\": \"2017-09-18T08:22:00Z\"}";
static const char rebalance[] = "{\"noticeTime\": \"2020-10-27T08:22:00Z\"}";

struct service {
    pthread_t thread;
    pthread_mutex_t lock;
    int listener;
    const char *spot, *rebalance; /* bodies, NULL: 404 */
    bool deaf;                    /* answers to nothing */
    int tokens;                   /* asked for so far */
};

static void answer(struct service *s, int fd)
{
    char request[1024], text[1024];
    ssize_t n = recv(fd, request, sizeof request - 1, 0);
    request[n > 0 ? n : 0] = '\0';
    pthread_mutex_lock(&s->lock);
    bool token = strncmp(request, "PUT /latest/api/token ", 22) == 0;
    const char *body = NULL;
    if (token)
        body = "secret";
    else if (!strstr(request, "X-aws-ec2-metadata-token: secret\r\n"))
        body = NULL;
    else if (strstr(request, "GET /latest/meta-data/spot/instance-action "))
        body = s->spot;
    else if (strstr(request, "GET /latest/meta-data/events/recommendations/rebalance "))
        body = s->rebalance;
    s->tokens += token;
    bool deaf = s->deaf;
    pthread_mutex_unlock(&s->lock);
    int len = snprintf(text, sizeof text, "HTTP/1.0 %s\r\n\r\n%s",
                       body ? "200 OK" : "404 Not Found", body ? body : "");
    if (!deaf)
        assert_int_equal(send(fd, text, (size_t)len, MSG_NOSIGNAL), len);
    close(fd);
}

static void *serve(void *state)
{
    struct service *s = state;
    for (int fd; (fd = accept(s->listener, NULL, NULL)) >= 0;)
        answer(s, fd);
    return NULL;
}

static int set_up(void **state)
{
    struct service *s = calloc(1, sizeof *s);
    struct sockaddr_in at = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t len = sizeof at;
    char endpoint[64];
    s->listener = socket(AF_INET, SOCK_STREAM, 0);
    pthread_mutex_init(&s->lock, NULL);
    assert_int_equal(bind(s->listener, (struct sockaddr *)&at, sizeof at), 0);
    assert_int_equal(listen(s->listener, 8), 0);
    assert_int_equal(getsockname(s->listener, (struct sockaddr *)&at, &len), 0);
    snprintf(endpoint, sizeof endpoint, "http://127.0.0.1:%d", ntohs(at.sin_port));
    setenv("AWS_EC2_METADATA_SERVICE_ENDPOINT", endpoint, 1);
    unsetenv("AWS_EC2_METADATA_DISABLED");
    assert_int_equal(pthread_create(&s->thread, NULL, serve, s), 0);
    *state = s;
    return 0;
}

static int tear_down(void **state)
{
    struct service *s = *state;
    shutdown(s->listener, SHUT_RDWR);
    pthread_join(s->thread, NULL);
    close(s->listener);
    pthread_mutex_destroy(&s->lock);
    free(s);
    return 0;
}

static void say(struct service *s, const char *of_spot, const char *of_rebalance, bool deaf)
{
    pthread_mutex_lock(&s->lock);
    s->spot = of_spot;
    s->rebalance = of_rebalance;
    s->deaf = deaf;
    pthread_mutex_unlock(&s->lock);
}

static void assert_asked(enum nh_notice_kind expected, const char *words)
{
    enum nh_notice_kind kind;
    char text[160] = "";
    assert_true(nh_notice_ask(&kind, text, sizeof text));
    assert_int_equal(kind, expected);
    assert_string_equal(text, words);
}

static void notices_are_told_apart(void **state)
{
    struct service *s = *state;
    assert_asked(NH_NOTICE_NONE, "");
    say(s, NULL, rebalance, false);
    assert_asked(NH_NOTICE_REBALANCE,
                 "EC2 recommends to leave this Spot instance (notice of 2020-10-27T08:22:00Z)");
    say(s, spot, rebalance, false); /* the worse one */
    assert_asked(NH_NOTICE_SPOT, "EC2 will terminate this Spot instance at 2017-09-18T08:22:00Z");
}

/* That there is a page is the notice, whatever it says. */
static void a_page_that_reads_otherwise_is_a_notice_all_the_same(void **state)
{
    struct service *s = *state;
    say(s, "soon", NULL, false);
    assert_asked(NH_NOTICE_SPOT, "EC2 will stop this Spot instance at an unknown time");
    say(s, NULL, "{\"noticeTime\": 7}", false);
    assert_asked(NH_NOTICE_REBALANCE,
                 "EC2 recommends to leave this Spot instance (notice of an unknown time)");
}

static void a_service_that_does_not_answer_is_none(void **state)
{
    struct service *s = *state;
    enum nh_notice_kind kind;
    char text[160] = "";
    say(s, spot, NULL, true);
    assert_false(nh_notice_ask(&kind, text, sizeof text));
    say(s, spot, NULL, false);
    setenv("AWS_EC2_METADATA_DISABLED", "true", 1);
    assert_false(nh_notice_ask(&kind, text, sizeof text));
    unsetenv("AWS_EC2_METADATA_DISABLED");
}

/* ---- the watching thread ---- */

static enum nh_notice_kind await(struct nh_notice *n, enum nh_notice_kind wanted, char *text)
{
    static const struct timespec pause = {.tv_nsec = 5000000};
    enum nh_notice_kind kind = NH_NOTICE_NONE;
    for (int i = 0; i < 2000 && kind != wanted; i++) {
        nanosleep(&pause, NULL);
        kind = nh_notice_get(n, text, 160);
    }
    return kind;
}

static int tokens(struct service *s)
{
    pthread_mutex_lock(&s->lock);
    int n = s->tokens;
    pthread_mutex_unlock(&s->lock);
    return n;
}

static void await_tokens(struct service *s, int count)
{
    static const struct timespec pause = {.tv_nsec = 5000000};
    for (int i = 0; i < 2000 && tokens(s) < count; i++)
        nanosleep(&pause, NULL);
    assert_true(tokens(s) >= count);
}

static void it_comes_while_we_measure(void **state)
{
    struct service *s = *state;
    char text[160];
    struct nh_notice *n = nh_notice_start(0.01);
    assert_non_null(n);
    await_tokens(s, 2);
    assert_int_equal(nh_notice_get(n, text, sizeof text), NH_NOTICE_NONE);
    say(s, NULL, rebalance, false);
    assert_int_equal(await(n, NH_NOTICE_REBALANCE, text), NH_NOTICE_REBALANCE);
    say(s, spot, NULL, false);
    assert_int_equal(await(n, NH_NOTICE_SPOT, text), NH_NOTICE_SPOT);
    assert_non_null(strstr(text, "2017-09-18T08:22:00Z"));
    /* taken back, or the service gone: it has been said */
    say(s, NULL, NULL, false);
    await_tokens(s, tokens(s) + 2);
    assert_int_equal(nh_notice_get(n, text, sizeof text), NH_NOTICE_SPOT);
    nh_notice_stop(n);
}

static void a_service_that_was_there_is_asked_again(void **state)
{
    struct service *s = *state;
    char text[160];
    struct nh_notice *n = nh_notice_start(0.01);
    await_tokens(s, 1);
    say(s, NULL, NULL, true);
    await_tokens(s, tokens(s) + 4); /* more often than a service that never was there */
    say(s, spot, NULL, false);
    assert_int_equal(await(n, NH_NOTICE_SPOT, text), NH_NOTICE_SPOT);
    nh_notice_stop(n);
}

/* Elsewhere than on EC2 the thread gives up after three tries. */
static void nobody_there(void **state)
{
    static const struct timespec pause = {.tv_nsec = 100000000};
    struct service *s = *state;
    char text[160];
    say(s, spot, NULL, true);
    struct nh_notice *n = nh_notice_start(0.001);
    await_tokens(s, 3);
    nanosleep(&pause, NULL);
    assert_int_equal(tokens(s), 3);
    assert_int_equal(nh_notice_get(n, text, sizeof text), NH_NOTICE_NONE);
    nh_notice_stop(n);
}

static void stopping_does_not_wait_for_the_interval(void **state)
{
    struct service *s = *state;
    struct nh_notice *n = nh_notice_start(60);
    await_tokens(s, 1);
    double before = nh_monotonic_s();
    nh_notice_stop(n);
    assert_true(nh_monotonic_s() - before < 30);
    char text[160] = "x";
    assert_int_equal(nh_notice_get(NULL, text, sizeof text), NH_NOTICE_NONE);
    nh_notice_stop(NULL);
}

int main(void)
{
#define WITH_SERVICE(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        WITH_SERVICE(notices_are_told_apart),
        WITH_SERVICE(a_page_that_reads_otherwise_is_a_notice_all_the_same),
        WITH_SERVICE(a_service_that_does_not_answer_is_none),
        WITH_SERVICE(it_comes_while_we_measure),
        WITH_SERVICE(a_service_that_was_there_is_asked_again),
        WITH_SERVICE(nobody_there),
        WITH_SERVICE(stopping_does_not_wait_for_the_interval),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
