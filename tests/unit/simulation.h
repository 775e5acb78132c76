/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef NH_TEST_SIMULATION_H
#define NH_TEST_SIMULATION_H

/*
 * Ranks in simulated time: each is a thread with its own true time, in which nothing
 * passes but what is added here, and a clock that is off and drifts. A message carries the
 * time of its arrival; every receive names its sender, so results do not depend on how
 * the threads are scheduled. Include support.h before.
 */
#include <math.h>
#include <pthread.h>
#include <stdbool.h>

#include "bench/engine/clock.h"
#include "bench/engine/group.h"
#include "common/rng.h"

enum { SIM_MOST = 40 };
#define SIM_HOUR INT64_C(3600000000000)
#define SIM_EPOCH INT64_C(1000000000000000000) /* 1e9 s in ns */

struct sim_message {
    struct sim_message *next;
    int64_t arrival;
    char data[NH_CONTROL_MAX];
};

struct sim_rank {
    struct sim *sim;
    int64_t now;    /* true time, ns */
    int64_t offset; /* of the clock at true time 0 */
    double drift;
    int64_t jump_ns; /* the clock steps by this much ... */
    size_t jump_at;  /* ... at this reading, 0 for never */
    size_t readings, sent, broadcasts;
    struct nh_rng rng;
    struct nh_group group;
    struct nh_clock clock;
    pthread_mutex_t lock;
    pthread_cond_t arrived;
    struct sim_message *first[SIM_MOST], *last[SIM_MOST]; /* by sender */
    int code;
    struct nh_error err;
};

struct sim {
    int size;
    int64_t up_ns, down_ns; /* way of a message to a higher, a lower rank */
    int64_t jitter_ns;      /* mean of what comes on top, exponential */
    int64_t skew_ns;        /* ranks leave a barrier within so much, uniformly ... */
    bool root_first;        /* ... but rank 0 at once */
    int late_rank;          /* hears of broadcasts late, -1: none */
    size_t late_after;      /* from this broadcast on */
    double late_share;      /* of them */
    int64_t late_ns;
    pthread_barrier_t meeting;
    void *data[SIM_MOST];
    int64_t times[SIM_MOST];
    int codes[SIM_MOST];
    char texts[SIM_MOST][1024];
    struct sim_rank ranks[SIM_MOST];
    void (*body)(struct sim_rank *);
};

/* ---- the clock ---- */

static inline int64_t sim_clock_at(const struct sim_rank *r, int64_t now)
{
    return r->offset + now + (int64_t)(r->drift * (double)now);
}

static inline int64_t sim_now(void *context)
{
    struct sim_rank *r = context;
    r->now += 25;
    if (++r->readings == r->jump_at)
        r->offset += r->jump_ns;
    return sim_clock_at(r, r->now);
}

static inline void sim_sleep(void *context, int64_t ns)
{
    ((struct sim_rank *)context)->now += ns;
}

static inline int sim_index(const struct sim_rank *r)
{
    return r->group.rank;
}

/* ---- messages ---- */

static inline int64_t sim_way(struct sim_rank *r, int to)
{
    int64_t way = to > sim_index(r) ? r->sim->up_ns : r->sim->down_ns;
    return way + (int64_t)(-(double)r->sim->jitter_ns * log(nh_rng_unit(&r->rng)));
}

static inline int sim_send(void *context, int to, const void *data, size_t len,
                           struct nh_error *err)
{
    struct sim_rank *r = context, *there = &r->sim->ranks[to];
    struct sim_message *m = calloc(1, sizeof *m);
    (void)err;
    if (!m || len > sizeof m->data)
        abort();
    memcpy(m->data, data, len);
    m->arrival = r->now + sim_way(r, to);
    r->sent++;
    pthread_mutex_lock(&there->lock);
    if (there->last[sim_index(r)])
        there->last[sim_index(r)]->next = m;
    else
        there->first[sim_index(r)] = m;
    there->last[sim_index(r)] = m;
    pthread_cond_signal(&there->arrived);
    pthread_mutex_unlock(&there->lock);
    return NH_OK;
}

static inline int sim_receive(void *context, int from, void *data, size_t len, struct nh_error *err)
{
    struct sim_rank *r = context;
    (void)err;
    pthread_mutex_lock(&r->lock);
    while (!r->first[from])
        pthread_cond_wait(&r->arrived, &r->lock);
    struct sim_message *m = r->first[from];
    r->first[from] = m->next;
    if (!m->next)
        r->last[from] = NULL;
    pthread_mutex_unlock(&r->lock);
    memcpy(data, m->data, len);
    r->now = m->arrival > r->now ? m->arrival : r->now;
    free(m);
    return NH_OK;
}

static inline int sim_exchange(void *context, int to, const void *out, int from, void *in,
                               size_t len, struct nh_error *err)
{
    int code = sim_send(context, to, out, len, err);
    return code ? code : sim_receive(context, from, in, len, err);
}

/* ---- collective operations: all meet, nobody leaves before the last has come ---- */

static inline void sim_meet(struct sim_rank *r)
{
    pthread_barrier_wait(&r->sim->meeting);
}

/* Everybody's data lie in sim->data until the next meeting. */
static inline void sim_gather(struct sim_rank *r, void *data)
{
    int64_t last = 0;
    r->sim->data[sim_index(r)] = data;
    r->sim->times[sim_index(r)] = r->now;
    sim_meet(r);
    for (int i = 0; i < r->sim->size; i++)
        last = r->sim->times[i] > last ? r->sim->times[i] : last;
    r->now = last + r->sim->up_ns;
}

static inline int sim_barrier(void *context, struct nh_error *err)
{
    struct sim_rank *r = context;
    (void)err;
    sim_gather(r, NULL);
    sim_meet(r);
    if (sim_index(r) > 0 || !r->sim->root_first)
        r->now += (int64_t)((double)r->sim->skew_ns * nh_rng_unit(&r->rng));
    return NH_OK;
}

static inline int sim_broadcast(void *context, void *data, size_t len, struct nh_error *err)
{
    struct sim_rank *r = context;
    struct sim *s = r->sim;
    (void)err;
    sim_gather(r, data);
    if (sim_index(r) != 0)
        memcpy(data, s->data[0], len);
    sim_meet(r);
    if (sim_index(r) == s->late_rank && ++r->broadcasts > s->late_after &&
        nh_rng_unit(&r->rng) < s->late_share)
        r->now += s->late_ns;
    return NH_OK;
}

static inline int sim_reduce(void *context, enum nh_reduction how, int64_t *values, size_t n,
                             struct nh_error *err)
{
    struct sim_rank *r = context;
    int64_t *sum = malloc((n + 1) * sizeof *sum);
    (void)err;
    if (!sum)
        abort();
    sim_gather(r, values);
    for (size_t i = 0; i < n; i++) {
        sum[i] = ((int64_t *)r->sim->data[0])[i];
        for (int k = 1; k < r->sim->size; k++) {
            int64_t x = ((int64_t *)r->sim->data[k])[i];
            if (how == NH_SUM)
                sum[i] += x;
            else if ((how == NH_MIN) == (x < sum[i]))
                sum[i] = x;
        }
    }
    sim_meet(r);
    memcpy(values, sum, n * sizeof *sum);
    free(sum);
    return NH_OK;
}

static inline int sim_agree(void *context, int code, struct nh_error *err)
{
    struct sim_rank *r = context;
    struct sim *s = r->sim;
    s->codes[sim_index(r)] = code;
    if (err)
        memcpy(s->texts[sim_index(r)], err->text, sizeof err->text);
    sim_gather(r, NULL);
    int lowest = -1;
    for (int i = s->size - 1; i >= 0; i--)
        if (s->codes[i])
            lowest = i;
    if (lowest >= 0 && err)
        memcpy(err->text, s->texts[lowest], sizeof err->text);
    int agreed = lowest < 0 ? NH_OK : s->codes[lowest];
    sim_meet(r);
    return agreed;
}

/* ---- set-up ---- */

static inline void sim_init_rank(struct sim *s, int i)
{
    struct sim_rank *r = &s->ranks[i];
    r->sim = s;
    r->rng.state = 1000 + (uint64_t)i;
    r->group = (struct nh_group){.rank = i,
                                 .size = s->size,
                                 .leader = i,
                                 .context = r,
                                 .broadcast = sim_broadcast,
                                 .reduce = sim_reduce,
                                 .barrier = sim_barrier,
                                 .agree = sim_agree,
                                 .send = sim_send,
                                 .receive = sim_receive,
                                 .exchange = sim_exchange};
    r->clock = (struct nh_clock){.source = "simulated",
                                 .now = sim_now,
                                 .sleep = sim_sleep,
                                 .context = r,
                                 .resolution_ns = 25,
                                 .cost_ns = 25};
    pthread_mutex_init(&r->lock, NULL);
    pthread_cond_init(&r->arrived, NULL);
}

/** `size` hosts with one rank each, an hour after their start; 12 us up, 20 us down; clocks
 *  of an epoch, up to 20 ppm fast or slow, rank 0's included. */
static inline struct sim *sim_new(int size)
{
    struct sim *s = calloc(1, sizeof *s);
    if (!s || size > SIM_MOST)
        fail_msg("no simulation of %d ranks", size);
    s->size = size;
    s->up_ns = 12000;
    s->down_ns = 20000;
    s->late_rank = -1;
    pthread_barrier_init(&s->meeting, NULL, (unsigned)size);
    for (int i = 0; i < size; i++) {
        sim_init_rank(s, i);
        s->ranks[i].now = SIM_HOUR;
        s->ranks[i].offset = SIM_EPOCH + (int64_t)i * 987654321;
        s->ranks[i].drift = (i % 5 - 2) * 10e-6;
    }
    return s;
}

static inline void sim_free(struct sim *s)
{
    for (int i = 0; i < s->size; i++) {
        pthread_mutex_destroy(&s->ranks[i].lock);
        pthread_cond_destroy(&s->ranks[i].arrived);
    }
    pthread_barrier_destroy(&s->meeting);
    free(s);
}

static inline void *sim_thread(void *rank)
{
    struct sim_rank *r = rank;
    r->sim->body(r);
    return NULL;
}

/** Runs `body` on all ranks at once. It must not assert: that is for the caller. */
static inline void sim_run(struct sim *s, void (*body)(struct sim_rank *))
{
    pthread_t threads[SIM_MOST];
    s->body = body;
    for (int i = 0; i < s->size; i++)
        if (pthread_create(&threads[i], NULL, sim_thread, &s->ranks[i]))
            fail_msg("no thread");
    for (int i = 0; i < s->size; i++)
        pthread_join(threads[i], NULL);
}

/** True time at which the clock of `r` shows `t` (for a clock that has not stepped). */
static inline int64_t sim_when(const struct sim_rank *r, int64_t t)
{
    long double elapsed = (long double)(t - r->offset);
    return (int64_t)(elapsed / (1 + (long double)r->drift));
}

#endif
