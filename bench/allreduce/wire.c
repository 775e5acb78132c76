/* SPDX-License-Identifier: BSD-3-Clause */
#include "bench/allreduce/wire.h"

/* One all-reduce under way on one rank. */
struct job {
    const struct nh_wire *wire;
    struct nh_arith arith;
    char *data, *scratch;
    size_t count;
};

static char *at(const struct job *j, char *base, size_t element)
{
    return base + element * j->arith.size;
}

static void send(const struct job *j, size_t n, int to)
{
    j->wire->exchange(j->wire->context, j->data, n, to, NULL, 0, -1);
}

static void receive(const struct job *j, void *in, size_t n, int from)
{
    j->wire->exchange(j->wire->context, NULL, 0, -1, in, n, from);
}

/* ---- from any number of ranks to a power of two, and back ---- */

/* The core is the largest power of two; each rank beyond it lends its data to a neighbour:
 * of the first 2 * extra ranks the even ones hand over to the odd ones. */
struct core {
    int size, extra;
    int rank; /* within the core, -1: has handed over */
};

static struct core find_core(const struct nh_wire *w)
{
    struct core c = {.size = 1};
    while (c.size * 2 <= w->size)
        c.size *= 2;
    c.extra = w->size - c.size;
    if (w->rank >= 2 * c.extra)
        c.rank = w->rank - c.extra;
    else
        c.rank = w->rank % 2 ? w->rank / 2 : -1;
    return c;
}

static int rank_of(const struct core *c, int core_rank)
{
    return core_rank < c->extra ? 2 * core_rank + 1 : core_rank + c->extra;
}

static void enter_core(const struct job *j, const struct core *c)
{
    if (c->rank < 0)
        send(j, j->count, j->wire->rank + 1);
    else if (c->rank < c->extra) {
        receive(j, j->scratch, j->count, j->wire->rank - 1);
        j->arith.reduce(j->data, j->scratch, j->data, j->count);
    }
}

static void leave_core(const struct job *j, const struct core *c)
{
    if (c->rank < 0)
        receive(j, j->data, j->count, j->wire->rank + 1);
    else if (c->rank < c->extra)
        send(j, j->count, j->wire->rank - 1);
}

/* ---- recursive doubling ---- */

void nh_wire_recursive_doubling(const struct nh_wire *wire, struct nh_arith arith, void *data,
                                void *scratch, size_t count)
{
    const struct job j = {wire, arith, data, scratch, count};
    struct core c = find_core(wire);
    enter_core(&j, &c);
    for (int mask = 1; c.rank >= 0 && mask < c.size; mask *= 2) {
        int peer = rank_of(&c, c.rank ^ mask);
        wire->exchange(wire->context, data, count, peer, scratch, count, peer);
        arith.reduce(data, data, scratch, count);
    }
    leave_core(&j, &c);
}

/* ---- blocks ---- */

/* First element of block `i` of `blocks` that differ by one element at most. */
static size_t block_start(size_t count, int blocks, int i)
{
    size_t n = (size_t)blocks, k = (size_t)i, rest = count % n;
    return count / n * k + (k < rest ? k : rest);
}

/* Sends elements [out, out_end) and takes [in, in_end) into `into` at the same place. */
static void swap_parts(const struct job *j, size_t out, size_t out_end, int to, char *into,
                       size_t in, size_t in_end, int from)
{
    j->wire->exchange(j->wire->context, at(j, j->data, out), out_end - out, to, at(j, into, in),
                      in_end - in, from);
}

static void reduce_part(const struct job *j, size_t first, size_t end)
{
    char *to = at(j, j->data, first);
    j->arith.reduce(to, to, at(j, j->scratch, first), end - first);
}

/* ---- ring ---- */

static void ring_step(const struct job *j, int out, int in, char *into)
{
    int p = j->wire->size, r = j->wire->rank;
    swap_parts(j, block_start(j->count, p, out), block_start(j->count, p, out + 1), (r + 1) % p,
               into, block_start(j->count, p, in), block_start(j->count, p, in + 1),
               (r + p - 1) % p);
}

void nh_wire_ring(const struct nh_wire *wire, struct nh_arith arith, void *data, void *scratch,
                  size_t count)
{
    const struct job j = {wire, arith, data, scratch, count};
    int p = wire->size, r = wire->rank;
    for (int step = 0; step < p - 1; step++) {
        int in = (r - step - 1 + p) % p;
        ring_step(&j, (in + 1) % p, in, j.scratch);
        reduce_part(&j, block_start(count, p, in), block_start(count, p, in + 1));
    }
    for (int step = 0; step < p - 1; step++) /* block r + 1 is complete here */
        ring_step(&j, (r + 1 - step + p) % p, (r - step + p) % p, j.data);
}

/* ---- Rabenseifner ---- */

/* With mask, the range of blocks [rank & ~(2 mask - 1), + 2 mask) is shared with the peer:
 * `mine` and `other` are the halves that the two keep. */
struct halves {
    int peer;
    size_t mine, mine_end, other, other_end; /* elements */
};

static struct halves split(const struct job *j, const struct core *c, int mask)
{
    int mine = c->rank & ~(mask - 1), other = mine ^ mask;
    return (struct halves){.peer = rank_of(c, c->rank ^ mask),
                           .mine = block_start(j->count, c->size, mine),
                           .mine_end = block_start(j->count, c->size, mine + mask),
                           .other = block_start(j->count, c->size, other),
                           .other_end = block_start(j->count, c->size, other + mask)};
}

void nh_wire_rabenseifner(const struct nh_wire *wire, struct nh_arith arith, void *data,
                          void *scratch, size_t count)
{
    const struct job j = {wire, arith, data, scratch, count};
    struct core c = find_core(wire);
    enter_core(&j, &c);
    for (int mask = c.size / 2; c.rank >= 0 && mask > 0; mask /= 2) {
        struct halves h = split(&j, &c, mask);
        swap_parts(&j, h.other, h.other_end, h.peer, j.scratch, h.mine, h.mine_end, h.peer);
        reduce_part(&j, h.mine, h.mine_end);
    }
    for (int mask = 1; c.rank >= 0 && mask < c.size; mask *= 2) {
        struct halves h = split(&j, &c, mask);
        swap_parts(&j, h.mine, h.mine_end, h.peer, j.data, h.other, h.other_end, h.peer);
    }
    leave_core(&j, &c);
}
