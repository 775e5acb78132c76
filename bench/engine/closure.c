/* SPDX-License-Identifier: BSD-3-Clause */
#include "bench/engine/closure.h"

#include <stdlib.h>

#include "bench/engine/offset.h"
#include "common/rng.h"

enum { TRIPLES = 8, SEED = 54 };

static const struct nh_clock_model as_it_is = {0};

struct side {
    int64_t middle, half; /* offset, and how far it may be off */
};

/* Three different members. The same on every rank, since the seed is. */
static void draw(struct nh_rng *rng, int n, const int *member, int triple[3])
{
    int index[3];
    index[0] = (int)nh_rng_below(rng, (uint64_t)n);
    index[1] = (index[0] + 1 + (int)nh_rng_below(rng, (uint64_t)n - 1)) % n;
    do
        index[2] = (int)nh_rng_below(rng, (uint64_t)n);
    while (index[2] == index[0] || index[2] == index[1]);
    for (int i = 0; i < 3; i++)
        triple[i] = member[index[i]];
}

/* Both ends of a side know it afterwards. */
static struct side measure(const struct nh_group *g, const struct nh_clock *clock, int from, int to)
{
    struct nh_offset o = {0};
    /* Contradicting bounds are what is looked for here: a half-width below zero. */
    if (g->rank == from)
        nh_offset_serve(g, clock, &as_it_is, 0, to, &o, NULL);
    else if (g->rank == to)
        nh_offset_learn(g, clock, from, &o, NULL);
    return (struct side){nh_offset_mid(&o), (o.hi - o.lo + 1) / 2};
}

/* The first of the triple judges, for it takes part in two sides and is told the third. */
static bool closes(const struct nh_group *g, const struct nh_clock *clock, const int triple[3])
{
    int64_t begin = clock->now(clock->context);
    struct side ab = measure(g, clock, triple[0], triple[1]);
    struct side bc = measure(g, clock, triple[1], triple[2]);
    struct side ca = measure(g, clock, triple[2], triple[0]);
    if (g->rank == triple[1])
        g->send(g->context, triple[0], &bc, sizeof bc, NULL);
    if (g->rank != triple[0])
        return true;
    g->receive(g->context, triple[1], &bc, sizeof bc, NULL);
    /* The sides are measured one after the other, and clocks drift meanwhile. */
    double drift = 3 * NH_DRIFT_MAX * (double)(clock->now(clock->context) - begin);
    int64_t around = llabs(ab.middle + bc.middle + ca.middle);
    return (double)around <= (double)(ab.half + bc.half + ca.half) + drift + 3;
}

int nh_closure_check(const struct nh_group *g, const struct nh_clock *clock, const int *member,
                     int n, bool *consistent, struct nh_error *err)
{
    struct nh_rng rng = {SEED};
    int64_t open = 0;
    int triple[3];
    for (int i = 0; n >= 3 && i < TRIPLES; i++) {
        draw(&rng, n, member, triple);
        open += !closes(g, clock, triple);
    }
    int code = g->reduce(g->context, NH_SUM, &open, 1, err);
    *consistent = open == 0;
    return code;
}
