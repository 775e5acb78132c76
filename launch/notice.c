/* SPDX-License-Identifier: BSD-3-Clause */
#include "launch/notice.h"

#include <jansson.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "common/record.h"
#include "launch/doctor/imds.h"

/* Documented by the EC2 user guide, "Spot Instance interruption notices" and "EC2 instance
 * rebalance recommendations": a page that is there only once there is something to say. */
static const char spot_page[] = "spot/instance-action";
static const char rebalance_page[] = "events/recommendations/rebalance";
enum { FIRST_TRIES = 3 };

struct nh_notice {
    pthread_t thread;
    pthread_mutex_t lock;
    pthread_cond_t wake;
    bool stop;
    double interval_s;
    enum nh_notice_kind kind;
    char text[160];
};

/* {"action": "terminate", "time": "2017-09-18T08:22:00Z"} */
static void spot_words(const char *body, char *text, size_t len)
{
    json_t *o = json_loads(body, 0, NULL);
    snprintf(text, len, "EC2 will %s this Spot instance at %s", nh_json_text(o, "action", "stop"),
             nh_json_text(o, "time", "an unknown time"));
    json_decref(o);
}

/* {"noticeTime": "2020-10-27T08:22:00Z"} */
static void rebalance_words(const char *body, char *text, size_t len)
{
    json_t *o = json_loads(body, 0, NULL);
    snprintf(text, len, "EC2 recommends to leave this Spot instance (notice of %s)",
             nh_json_text(o, "noticeTime", "an unknown time"));
    json_decref(o);
}

bool nh_notice_ask(enum nh_notice_kind *kind, char *text, size_t len)
{
    struct nh_imds imds;
    char body[512];
    *kind = NH_NOTICE_NONE;
    if (!nh_imds_open(&imds))
        return false;
    if (nh_imds_get(&imds, spot_page, body, sizeof body) == 200) {
        *kind = NH_NOTICE_SPOT;
        spot_words(body, text, len);
    } else if (nh_imds_get(&imds, rebalance_page, body, sizeof body) == 200) {
        *kind = NH_NOTICE_REBALANCE;
        rebalance_words(body, text, len);
    }
    return true;
}

/* Waits for the interval or the stop; true for the stop. */
static bool rest(struct nh_notice *n)
{
    struct timespec until;
    clock_gettime(CLOCK_MONOTONIC, &until);
    until.tv_sec += (time_t)n->interval_s;
    until.tv_nsec += (long)(1e9 * (n->interval_s - (double)(time_t)n->interval_s));
    until.tv_sec += until.tv_nsec / 1000000000;
    until.tv_nsec %= 1000000000;
    pthread_mutex_lock(&n->lock);
    while (!n->stop && pthread_cond_timedwait(&n->wake, &n->lock, &until) == 0)
        ;
    bool stop = n->stop;
    pthread_mutex_unlock(&n->lock);
    return stop;
}

static void *watch(void *state)
{
    struct nh_notice *n = state;
    bool seen = false;
    int tries = 0;
    do {
        char text[sizeof n->text] = "";
        enum nh_notice_kind kind;
        if (nh_notice_ask(&kind, text, sizeof text)) {
            seen = true;
            pthread_mutex_lock(&n->lock);
            if (kind > n->kind) {
                n->kind = kind;
                memcpy(n->text, text, sizeof text);
            }
            pthread_mutex_unlock(&n->lock);
        } else if (!seen && ++tries == FIRST_TRIES) {
            return NULL; /* not on EC2 */
        }
    } while (!rest(n));
    return NULL;
}

static int prepare(struct nh_notice *n)
{
    pthread_condattr_t attributes;
    if (pthread_mutex_init(&n->lock, NULL) || pthread_condattr_init(&attributes))
        return -1;
    pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC);
    return pthread_cond_init(&n->wake, &attributes);
}

struct nh_notice *nh_notice_start(double interval_s)
{
    sigset_t all, before;
    struct nh_notice *n = calloc(1, sizeof *n);
    if (!n || prepare(n)) {
        free(n);
        return NULL;
    }
    n->interval_s = interval_s;
    sigfillset(&all); /* signals are for the thread that launches */
    pthread_sigmask(SIG_SETMASK, &all, &before);
    int bad = pthread_create(&n->thread, NULL, watch, n);
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    if (bad) {
        free(n);
        return NULL;
    }
    return n;
}

enum nh_notice_kind nh_notice_get(struct nh_notice *n, char *text, size_t len)
{
    if (!n)
        return NH_NOTICE_NONE;
    pthread_mutex_lock(&n->lock);
    enum nh_notice_kind kind = n->kind;
    snprintf(text, len, "%s", n->text);
    pthread_mutex_unlock(&n->lock);
    return kind;
}

void nh_notice_stop(struct nh_notice *n)
{
    if (!n)
        return;
    pthread_mutex_lock(&n->lock);
    n->stop = true;
    pthread_cond_signal(&n->wake);
    pthread_mutex_unlock(&n->lock);
    pthread_join(n->thread, NULL);
    pthread_cond_destroy(&n->wake);
    pthread_mutex_destroy(&n->lock);
    free(n);
}
