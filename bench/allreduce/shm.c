/* SPDX-License-Identifier: BSD-3-Clause */
#include "bench/allreduce/shm.h"

#include <math.h>
#include <sched.h>
#include <stdatomic.h>
#include <string.h>
#include <time.h>

#include "bench/shm/cma.h"

enum {
    DEPTH = 4,                                     /* buffers that take turns */
    PAYLOAD = NH_SHM_LINE - (int)sizeof(uint64_t), /* data beside the flag of a line */
    LINES = 8,                                     /* longest message that goes by lines */
    CHUNK = 32 * 1024,
    /* Chunks in a ring, a power of two. Four would do for correctness; but a line that a peer has
     * read a moment ago is slow to write again, and one that has left both cores' caches since is
     * not. */
    RING_PAIR = 128,
    RING_MANY = 16,           /* there are more parts to hold */
    DIRECT_FROM = 16 * 1024,  /* shortest message that may be read from the peer's buffer */
    DIRECT_CHUNK = 64 * 1024, /* read at once: it is reduced while it is in the cache */
    TRIALS = 3,               /* of each way, at the beginning of each period of calls */
    PERIOD = 200,
};

/* Small messages: data and the flag that says "here" travel in one cache line. */
struct line {
    _Atomic uint64_t turn; /* number of the operation that it belongs to, from 1 */
    char data[PAYLOAD];
};

struct counter {
    _Alignas(NH_SHM_LINE) _Atomic uint64_t value;
};

/* What a rank says of its buffer: turn 2 k + 1 "may be read", 2 k + 2 "I have read yours". */
struct offer {
    _Alignas(NH_SHM_LINE) _Atomic uint64_t turn;
    uint64_t address;
    int failed, way; /* with the second turn: the read; the way to take from now on */
};

struct nh_shm_part {
    struct offer offer;
    struct counter written; /* chunks of input that are here */
    struct counter reduced; /* slices of the result that are here; broadcast: chunks taken */
    _Alignas(NH_SHM_LINE) struct line lines[DEPTH][LINES];
    _Alignas(NH_SHM_LINE) char ring[]; /* chunks of input; behind them those of the result */
};

static size_t ring_chunks(int size)
{
    return size == 2 ? RING_PAIR : RING_MANY;
}

size_t nh_shm_part_bytes(int size)
{
    return sizeof(struct nh_shm_part) + ring_chunks(size) * CHUNK * (size == 2 ? 1 : 2);
}

static char *input_chunk(const struct nh_shm *s, int rank, uint64_t number)
{
    return s->parts[rank]->ring + (number & (s->ring - 1)) * CHUNK;
}

static char *result_chunk(const struct nh_shm *s, int rank, uint64_t number)
{
    return input_chunk(s, rank, number) + s->ring * CHUNK;
}

void nh_shm_attach(struct nh_shm *shm, int rank, int size, struct nh_shm_part **parts, bool crowded)
{
    *shm = (struct nh_shm){
        .rank = rank, .size = size, .crowded = crowded, .parts = parts, .ring = ring_chunks(size)};
}

/* ---- waiting ---- */

static void relax(void)
{
#if defined(__x86_64__) || defined(__i386__)
    __builtin_ia32_pause();
#elif defined(__aarch64__)
    __asm__ volatile("yield");
#endif
}

/* Looks without a pause at first, since a hand-over takes less than a pause costs. */
static void wait_for(const struct nh_shm *s, _Atomic uint64_t *flag, uint64_t value)
{
    const unsigned quick = 64, patient = s->crowded ? 64 : 20000;
    for (unsigned i = 0; atomic_load_explicit(flag, memory_order_acquire) < value; i++) {
        if (i > patient)
            sched_yield();
        else if (i > quick)
            relax();
    }
}

static void publish(_Atomic uint64_t *flag, uint64_t value)
{
    atomic_store_explicit(flag, value, memory_order_release);
}

/* ---- small: by lines ---- */

/* Storing what is there already brings the line, which others have read, back into this
 * core's cache while it waits for them: next time the data can leave at once. */
static void fetch_lines(struct line *lines, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        uint64_t turn = atomic_load_explicit(&lines[i].turn, memory_order_relaxed);
        atomic_store_explicit(&lines[i].turn, turn, memory_order_relaxed);
    }
}

static void write_lines(struct line *lines, uint64_t turn, const char *in, size_t bytes)
{
    for (size_t at = 0; at < bytes; at += PAYLOAD, lines++) {
        memcpy(lines->data, in + at, bytes - at < PAYLOAD ? bytes - at : PAYLOAD);
        publish(&lines->turn, turn);
    }
}

/* The data of rank `r` in line `i`; of this rank from its own buffer. */
static const void *line_data(const struct nh_shm *s, int r, size_t i, const char *in)
{
    struct line *line = &s->parts[r]->lines[s->lines % DEPTH][i];
    if (r == s->rank)
        return in + i * PAYLOAD;
    wait_for(s, &line->turn, s->lines);
    return line->data;
}

static void reduce_line(const struct nh_shm *s, struct nh_arith arith, size_t i, const char *in,
                        char *out, size_t bytes)
{
    _Alignas(NH_SHM_LINE) char sum[NH_SHM_LINE];
    size_t at = i * PAYLOAD, n = (bytes - at < PAYLOAD ? bytes - at : PAYLOAD) / arith.size;
    const void *so_far = line_data(s, 0, i, in);
    for (int r = 1; r < s->size; r++) {
        void *to = r == s->size - 1 ? (void *)(out + at) : sum;
        arith.reduce(to, so_far, line_data(s, r, i, in), n);
        so_far = sum;
    }
}

static void by_lines(struct nh_shm *s, struct nh_arith arith, const char *in, char *out,
                     size_t bytes)
{
    struct nh_shm_part *own = s->parts[s->rank];
    size_t used = (bytes + PAYLOAD - 1) / PAYLOAD;
    uint64_t turn = ++s->lines;
    write_lines(own->lines[turn % DEPTH], turn, in, bytes);
    fetch_lines(own->lines[(turn + 1) % DEPTH], used);
    for (size_t i = 0; i < used; i++)
        reduce_line(s, arith, i, in, out, bytes);
}

/* ---- chunks ---- */

/* One message cut into chunks. Chunk c of it has the number s->chunks + c since the
 * beginning, which names its buffer and is what the counters count. */
struct message {
    struct nh_shm *s;
    struct nh_arith arith;
    const char *in;
    char *out;
    size_t bytes, chunk; /* bytes of a chunk, the last one may be shorter */
    size_t chunks;
};

static size_t chunk_bytes(const struct message *m, size_t c)
{
    size_t left = m->bytes - c * m->chunk;
    return left < m->chunk ? left : m->chunk;
}

static void write_chunk(const struct message *m, size_t c)
{
    struct nh_shm_part *own = m->s->parts[m->s->rank];
    uint64_t number = m->s->chunks + c;
    memcpy(input_chunk(m->s, m->s->rank, number), m->in + c * m->chunk, chunk_bytes(m, c));
    publish(&own->written.value, number + 1);
}

/* Two ranks: each reduces all of it, which moves as little between the cores as halves do, and
 * needs one hand-over in place of two. */
static void reduce_with_peer(const struct message *m, size_t c)
{
    struct nh_shm_part *peer = m->s->parts[1 - m->s->rank];
    uint64_t number = m->s->chunks + c;
    const char *mine = m->in + c * m->chunk, *theirs = input_chunk(m->s, 1 - m->s->rank, number);
    bool first = m->s->rank == 0;
    wait_for(m->s, &peer->written.value, number + 1);
    m->arith.reduce(m->out + c * m->chunk, first ? mine : theirs, first ? theirs : mine,
                    chunk_bytes(m, c) / m->arith.size);
}

static void between_two(const struct message *m)
{
    for (size_t step = 0; step <= m->chunks; step++) {
        if (step < m->chunks)
            write_chunk(m, step);
        if (step >= 1)
            reduce_with_peer(m, step - 1);
    }
}

/* ---- more than two ranks: each reduces its slice of every chunk ---- */

/* Bytes in front of the slice of rank `r`: whole elements. */
static size_t slice_start(const struct message *m, size_t c, int r)
{
    size_t elements = chunk_bytes(m, c) / m->arith.size;
    return elements * (size_t)r / (size_t)m->s->size * m->arith.size;
}

static void reduce_slice(const struct message *m, size_t c)
{
    struct nh_shm *s = m->s;
    uint64_t number = s->chunks + c;
    size_t from = slice_start(m, c, s->rank);
    size_t n = (slice_start(m, c, s->rank + 1) - from) / m->arith.size;
    char *sum = result_chunk(s, s->rank, number);
    for (int r = 0; r < s->size; r++)
        wait_for(s, &s->parts[r]->written.value, number + 1);
    const char *so_far = input_chunk(s, 0, number) + from;
    for (int r = 1; r < s->size; r++) {
        m->arith.reduce(sum, so_far, input_chunk(s, r, number) + from, n);
        so_far = sum;
    }
    publish(&s->parts[s->rank]->reduced.value, number + 1);
}

static void collect_slices(const struct message *m, size_t c)
{
    struct nh_shm *s = m->s;
    uint64_t number = s->chunks + c;
    for (int k = 0; k < s->size; k++) {
        int r = (s->rank + k) % s->size; /* not all at one rank at once */
        size_t from = slice_start(m, c, r);
        wait_for(s, &s->parts[r]->reduced.value, number + 1);
        memcpy(m->out + c * m->chunk + from, result_chunk(s, r, number),
               slice_start(m, c, r + 1) - from);
    }
}

static void between_many(const struct message *m)
{
    for (size_t step = 0; step < m->chunks + 2; step++) {
        if (step < m->chunks)
            write_chunk(m, step);
        if (step >= 1 && step <= m->chunks)
            reduce_slice(m, step - 1);
        if (step >= 2)
            collect_slices(m, step - 2);
    }
}

static struct message cut(struct nh_shm *s, struct nh_arith arith, const void *in, void *out,
                          size_t bytes)
{
    size_t chunk = CHUNK;
    return (struct message){.s = s,
                            .arith = arith,
                            .in = in,
                            .out = out,
                            .bytes = bytes,
                            .chunk = chunk,
                            .chunks = (bytes + chunk - 1) / chunk};
}

/* ---- two ranks: straight out of the peer's buffer ---- */

enum way { WINDOW, DIRECT };

void nh_shm_allow_direct(struct nh_shm *s, pid_t peer)
{
    s->peer = s->size == 2 ? peer : 0;
}

static int read_and_reduce(const struct message *m, uint64_t address)
{
    bool first = m->s->rank == 0;
    for (size_t at = 0; at < m->bytes; at += DIRECT_CHUNK) {
        size_t n = m->bytes - at < DIRECT_CHUNK ? m->bytes - at : DIRECT_CHUNK;
        const char *mine = m->in + at;
        char *to = m->out + at;
        int code = nh_cma_read(m->s->peer, address + at, to, n, NULL);
        if (code)
            return code;
        m->arith.reduce(to, first ? mine : to, first ? to : mine, n / m->arith.size);
    }
    return 0;
}

/* Both read, and both stay until the other has read. False on both when one could not.
 * `way` is what this rank would do from now on; it gets what rank 0 would. */
static bool directly(const struct message *m, int *way)
{
    struct nh_shm *s = m->s;
    struct offer *own = &s->parts[s->rank]->offer, *peer = &s->parts[1 - s->rank]->offer;
    uint64_t turn = 2 * s->direct++ + 1;
    own->address = (uint64_t)(uintptr_t)m->in;
    publish(&own->turn, turn);
    wait_for(s, &peer->turn, turn);
    own->failed = read_and_reduce(m, peer->address);
    own->way = *way;
    publish(&own->turn, turn + 1);
    wait_for(s, &peer->turn, turn + 1);
    *way = s->rank == 0 ? own->way : peer->way;
    return !own->failed && !peer->failed;
}

static double now_ns(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC_RAW, &t);
    return (double)t.tv_sec * 1e9 + (double)t.tv_nsec;
}
static void by_chunks(const struct message *m, void (*move)(const struct message *))
{
    move(m);
    m->s->chunks += m->chunks;
}

static void directly_or_not(const struct message *m, int *way)
{
    if (directly(m, way))
        return;
    m->s->peer = 0; /* the peer has seen the same */
    by_chunks(m, between_two);
}

/* Trials of the window, then of the direct way. The last of these carries what rank 0 has found
 * so far to its peer. */
static void try_both(const struct message *m, struct nh_shm_choice *c, unsigned turn)
{
    int way = turn < TRIALS ? WINDOW : DIRECT;
    bool last = turn == 2 * TRIALS - 1;
    int said = c->best_ns[DIRECT] < c->best_ns[WINDOW] ? DIRECT : WINDOW;
    if (turn % TRIALS == 0)
        c->best_ns[way] = INFINITY;
    double start = now_ns();
    if (way == WINDOW)
        by_chunks(m, between_two);
    else
        directly_or_not(m, &said);
    double ns = now_ns() - start;
    c->best_ns[way] = ns < c->best_ns[way] ? ns : c->best_ns[way];
    c->way = last ? said : c->way;
}

static size_t class_of(size_t bytes)
{
    size_t k = 0;
    while (bytes >>= 1)
        k++;
    return k;
}

static void between_two_by_choice(const struct message *m)
{
    struct nh_shm_choice *c = &m->s->choices[class_of(m->bytes)];
    if (!m->s->peer || m->in == m->out || m->bytes < DIRECT_FROM) {
        by_chunks(m, between_two);
        return;
    }
    unsigned turn = c->calls++ % PERIOD;
    int way = c->way;
    if (turn < 2 * TRIALS)
        try_both(m, c, turn);
    else if (way == WINDOW)
        by_chunks(m, between_two);
    else
        directly_or_not(m, &way);
}

void nh_shm_allreduce(struct nh_shm *s, struct nh_arith arith, const void *in, void *out,
                      size_t count)
{
    size_t bytes = count * arith.size;
    if (s->size == 1) {
        if (in != out && bytes)
            memcpy(out, in, bytes);
        return;
    }
    if (bytes <= (size_t)LINES * PAYLOAD) {
        by_lines(s, arith, in, out, bytes);
        return;
    }
    const struct message m = cut(s, arith, in, out, bytes);
    if (s->size == 2)
        between_two_by_choice(&m);
    else
        by_chunks(&m, between_many);
}

/* ---- broadcast ---- */

static void give_chunk(const struct message *m, size_t c)
{
    struct nh_shm *s = m->s;
    uint64_t number = s->chunks + c, taken = number + 1 - s->ring;
    for (int r = 1; r < s->size; r++)
        wait_for(s, &s->parts[r]->reduced.value, c < s->ring ? s->chunks : taken);
    write_chunk(m, c);
}

static void take_chunk(const struct message *m, size_t c)
{
    struct nh_shm *s = m->s;
    uint64_t number = s->chunks + c;
    wait_for(s, &s->parts[0]->written.value, number + 1);
    memcpy(m->out + c * m->chunk, input_chunk(s, 0, number), chunk_bytes(m, c));
    publish(&s->parts[s->rank]->reduced.value, number + 1);
}

/* The others say first that they have left the operation before, and rank 0 stays until all
 * have taken everything; so the rules of the all-reduce hold for the chunks after it. */
void nh_shm_broadcast(struct nh_shm *s, void *data, size_t bytes)
{
    const struct message m = cut(s, (struct nh_arith){.size = 1}, data, data, bytes);
    if (s->rank != 0)
        publish(&s->parts[s->rank]->reduced.value, s->chunks);
    for (size_t c = 0; c < m.chunks; c++)
        if (s->rank == 0)
            give_chunk(&m, c);
        else
            take_chunk(&m, c);
    s->chunks += m.chunks;
    for (int r = 1; s->rank == 0 && r < s->size; r++)
        wait_for(s, &s->parts[r]->reduced.value, s->chunks);
}
