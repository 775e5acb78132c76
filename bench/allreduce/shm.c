/* SPDX-License-Identifier: BSD-3-Clause */
#include "bench/allreduce/shm.h"

#include <math.h>
#include <sched.h>
#include <stdatomic.h>
#include <string.h>
#include <time.h>

#include "bench/shm/cma.h"

enum {
    DEPTH = 4,            /* letters that take turns */
    LETTER_TO = 632,      /* longest message that goes as a letter: ten lines with the flag */
    WHOLE_TO = 16 * 1024, /* longest message that two ranks do not share out; fits a chunk */
    NEAR_FROM =
        32 * 1024, /* shortest message for the near ring, of which shorter ones use little */
    DIRECT_FROM = 16 * 1024,  /* shortest message that may be read from the peer's buffer */
    DIRECT_CHUNK = 64 * 1024, /* read at once: it is reduced while it is in the cache */
    TRIALS = 6,               /* of each way, at the beginning of each period of calls */
    PERIOD = 400,
};

/*
 * Large messages go one of three ways. Two of them cut messages into chunks that pass through a
 * ring. The near one stays in the cache of the core that writes it. The far one is so long that
 * lines have left that cache when their turn comes again: where cores share no cache, writing a
 * line that a peer has read is slow. The third way is that each of two ranks reads the peer's
 * buffer.
 */
enum way { NEAR, FAR, DIRECT };
_Static_assert(DIRECT == NH_SHM_WAYS - 1 && FAR == NH_SHM_RINGS - 1, "all of them");

struct ring {
    size_t chunk, chunks; /* bytes of a chunk; chunks, a power of two, three at least */
    size_t stride;        /* between the slices of a chunk, however long it is */
};

/* Room for a slice, whole elements, in lines of its own. */
static size_t stride_of(size_t chunk, int size)
{
    return (chunk / (size_t)size / NH_SHM_LINE + 2) * NH_SHM_LINE;
}

static struct ring ring_of(int way, int size)
{
    size_t far = size == 2 ? 128 : 16; /* of many ranks, more must be held */
    if (way == NEAR)
        return (struct ring){256 * 1024, 4, stride_of(256 * 1024, size)};
    return (struct ring){32 * 1024, far, stride_of(32 * 1024, size)};
}

/* Short messages: the flag that says "here" travels in the first cache line of the data. */
struct letter {
    _Alignas(NH_SHM_LINE) _Atomic uint64_t turn; /* the operation that it belongs to, from 1 */
    char data[LETTER_TO];
};

struct counter {
    _Alignas(NH_SHM_LINE) _Atomic uint64_t value;
};

/* What a rank says of its buffer: turn 2 k + 1 "may be read", 2 k + 2 "I have read yours". */
struct offer {
    _Alignas(NH_SHM_LINE) _Atomic uint64_t turn;
    uint64_t address;
    int failed; /* the read; with the second turn */
};

struct nh_shm_part {
    struct offer offer;
    struct counter written[NH_SHM_RINGS]; /* chunks that are here */
    struct counter reduced[NH_SHM_RINGS]; /* slices of the result that are here; broadcast:
                                             chunks taken */
    int ways[2][NH_SHM_CLASSES]; /* rank 0: the quickest one; valid when it next shows up */
    struct letter letters[DEPTH];
    _Alignas(NH_SHM_LINE) char rings[];
};

static size_t ring_bytes(int way, int size)
{
    struct ring r = ring_of(way, size);
    return r.stride * (size_t)size * r.chunks;
}

size_t nh_shm_part_bytes(int size)
{
    return sizeof(struct nh_shm_part) + ring_bytes(NEAR, size) + ring_bytes(FAR, size);
}

void nh_shm_attach(struct nh_shm *shm, int rank, int size, struct nh_shm_part **parts, bool crowded)
{
    *shm = (struct nh_shm){.rank = rank, .size = size, .crowded = crowded, .parts = parts};
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

/* ---- short: data and flag together ---- */

static size_t lines_of(size_t bytes)
{
    return (sizeof(uint64_t) + bytes + NH_SHM_LINE - 1) / NH_SHM_LINE;
}

/* Storing what is there already brings lines, which others have read, back into this
 * core's cache while it waits for them: next time the data can leave at once. */
static void take_back(struct letter *letter, size_t bytes)
{
    for (size_t i = 0; i < lines_of(bytes); i++) {
        volatile char *line = (volatile char *)letter + i * NH_SHM_LINE;
        *line = *line;
    }
}

/* The flag is written last and looked at first; then the other lines are there as well and
 * travel at once. A line that is looked at too early must travel twice. */
static const char *open_letter(const struct nh_shm *s, struct letter *letter, size_t bytes)
{
    wait_for(s, &letter->turn, s->letters);
    for (size_t i = 1; i < lines_of(bytes); i++)
        __builtin_prefetch((const char *)letter + i * NH_SHM_LINE);
    return letter->data;
}

static void by_letter(struct nh_shm *s, struct nh_arith arith, const char *in, char *out,
                      size_t bytes)
{
    _Alignas(NH_SHM_LINE) char sum[LETTER_TO];
    uint64_t turn = ++s->letters;
    struct letter *own = s->parts[s->rank]->letters;
    memcpy(own[turn % DEPTH].data, in, bytes);
    publish(&own[turn % DEPTH].turn, turn);
    take_back(&own[(turn + 1) % DEPTH], bytes);
    const char *so_far = NULL;
    for (int r = 0; r < s->size; r++) {
        const char *data =
            r == s->rank ? in : open_letter(s, &s->parts[r]->letters[turn % DEPTH], bytes);
        char *to = r == s->size - 1 ? out : sum;
        if (r > 0)
            arith.reduce(to, so_far, data, bytes / arith.size);
        so_far = r > 0 ? to : data;
    }
}

/* ---- large: by chunks, of which each rank reduces its slice ---- */

/* One message cut into chunks. Chunk c of it has the number first + c since the beginning,
 * which names its buffer and is what the counters count. */
struct message {
    struct nh_shm *s;
    struct nh_arith arith;
    const char *in;
    char *out;
    int way;
    struct ring ring;
    size_t bytes, chunks;
    uint64_t first;
};

static struct message cut(struct nh_shm *s, struct nh_arith arith, const void *in, void *out,
                          size_t bytes, int way)
{
    struct ring ring = ring_of(way, s->size);
    return (struct message){.s = s,
                            .arith = arith,
                            .in = in,
                            .out = out,
                            .way = way,
                            .ring = ring,
                            .bytes = bytes,
                            .chunks = (bytes + ring.chunk - 1) / ring.chunk,
                            .first = s->chunks[way]};
}

static char *ring_chunk(const struct message *m, int rank, size_t c)
{
    size_t size = (size_t)m->s->size, turn = (m->first + c) & (m->ring.chunks - 1);
    char *ring = m->s->parts[rank]->rings + (m->way == FAR ? ring_bytes(NEAR, m->s->size) : 0);
    return ring + turn * m->ring.stride * size;
}

/* Slices have fixed places, so that a chunk that is given never touches the result that slow
 * ranks still take from its place, whatever the sizes of the two. */
static char *ring_slice(const struct message *m, int rank, size_t c, int slice)
{
    return ring_chunk(m, rank, c) + (size_t)slice * m->ring.stride;
}

static _Atomic uint64_t *written(const struct message *m, int rank)
{
    return &m->s->parts[rank]->written[m->way].value;
}

static _Atomic uint64_t *reduced(const struct message *m, int rank)
{
    return &m->s->parts[rank]->reduced[m->way].value;
}

static size_t chunk_bytes(const struct message *m, size_t c)
{
    size_t left = m->bytes - c * m->ring.chunk;
    return left < m->ring.chunk ? left : m->ring.chunk;
}

/* Bytes of chunk c in front of the slice of rank `r`: whole elements. */
static size_t slice_start(const struct message *m, size_t c, int r)
{
    size_t elements = chunk_bytes(m, c) / m->arith.size;
    return elements * (size_t)r / (size_t)m->s->size * m->arith.size;
}

static size_t slice_bytes(const struct message *m, size_t c, int r)
{
    return slice_start(m, c, r + 1) - slice_start(m, c, r);
}

/* All but the own slice, which no other rank needs before it is reduced. */
static void give_others(const struct message *m, size_t c)
{
    const struct nh_shm *s = m->s;
    const char *in = m->in + c * m->ring.chunk;
    for (int r = 0; r < s->size; r++)
        if (r != s->rank)
            memcpy(ring_slice(m, s->rank, c, r), in + slice_start(m, c, r), slice_bytes(m, c, r));
    publish(written(m, s->rank), m->first + c + 1);
}

/* Data of rank `r` for the own slice; the own data are still in the user's buffer. */
static const char *given(const struct message *m, size_t c, int r)
{
    int rank = m->s->rank;
    if (r == rank)
        return m->in + c * m->ring.chunk + slice_start(m, c, rank);
    return ring_slice(m, r, c, rank);
}

/* The result takes the place in the own chunk that give_others left free. On the way to the
 * last rank sums stay there, since `out` may be `in`. */
static void reduce_slice(const struct message *m, size_t c)
{
    struct nh_shm *s = m->s;
    size_t bytes = slice_bytes(m, c, s->rank);
    char *out = m->out + c * m->ring.chunk + slice_start(m, c, s->rank);
    char *sum = ring_slice(m, s->rank, c, s->rank);
    for (int r = 0; r < s->size; r++)
        wait_for(s, written(m, r), m->first + c + 1);
    const char *so_far = given(m, c, 0);
    for (int r = 1; r < s->size; r++) {
        m->arith.reduce(r == s->size - 1 ? out : sum, so_far, given(m, c, r),
                        bytes / m->arith.size);
        so_far = sum;
    }
    memcpy(sum, out, bytes);
    publish(reduced(m, s->rank), m->first + c + 1);
}

static void take_slices(const struct message *m, size_t c)
{
    struct nh_shm *s = m->s;
    for (int k = 1; k < s->size; k++) {
        int r = (s->rank + k) % s->size; /* not all at one rank at once */
        char *out = m->out + c * m->ring.chunk + slice_start(m, c, r);
        wait_for(s, reduced(m, r), m->first + c + 1);
        memcpy(out, ring_slice(m, r, c, r), slice_bytes(m, c, r));
    }
}

/* While a chunk is given, the one before it is reduced and the one before that taken. */
static void by_slices(const struct message *m)
{
    for (size_t step = 0; step < m->chunks + 2; step++) {
        if (step < m->chunks)
            give_others(m, step);
        if (step >= 1 && step <= m->chunks)
            reduce_slice(m, step - 1);
        if (step >= 2)
            take_slices(m, step - 2);
    }
}

/* Short messages between two ranks: each gives and reduces all of it, which is more work but
 * one hand-over in place of two. */
static void by_whole(const struct message *m)
{
    struct nh_shm *s = m->s;
    int peer = 1 - s->rank;
    const char *theirs = ring_chunk(m, peer, 0);
    bool first = s->rank == 0;
    memcpy(ring_chunk(m, s->rank, 0), m->in, m->bytes);
    publish(written(m, s->rank), m->first + 1);
    wait_for(s, written(m, peer), m->first + 1);
    m->arith.reduce(m->out, first ? m->in : theirs, first ? theirs : m->in,
                    m->bytes / m->arith.size);
}

static void by_ring(const struct message *m)
{
    if (m->s->size == 2 && m->bytes <= WHOLE_TO)
        by_whole(m);
    else
        by_slices(m);
    m->s->chunks[m->way] += m->chunks;
}

/* ---- two ranks: straight out of the peer's buffer ---- */

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

/* Both read, and both stay until the other has read. False on both when one could not. */
static bool directly(const struct message *m)
{
    struct nh_shm *s = m->s;
    struct offer *own = &s->parts[s->rank]->offer, *peer = &s->parts[1 - s->rank]->offer;
    uint64_t turn = 2 * s->direct++ + 1;
    own->address = (uint64_t)(uintptr_t)m->in;
    publish(&own->turn, turn);
    wait_for(s, &peer->turn, turn);
    own->failed = read_and_reduce(m, peer->address);
    publish(&own->turn, turn + 1);
    wait_for(s, &peer->turn, turn + 1);
    return !own->failed && !peer->failed;
}

/* ---- which way ---- */

static double now_ns(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC_RAW, &t);
    return (double)t.tv_sec * 1e9 + (double)t.tv_nsec;
}

static size_t class_of(size_t bytes)
{
    size_t k = 0;
    while (bytes >>= 1)
        k++;
    return k;
}

struct call {
    struct nh_shm *s;
    struct nh_arith arith;
    const void *in;
    void *out;
    size_t bytes;
};

static void go(const struct call *c, int way)
{
    const struct message m =
        cut(c->s, c->arith, c->in, c->out, c->bytes, way == DIRECT ? FAR : way);
    if (way == DIRECT && directly(&m))
        return;
    if (way == DIRECT)
        c->s->peer = 0; /* the peer has seen the same */
    by_ring(&m);
}

/* What is tried in the trials of `way`. */
static int possible(const struct call *call, int way)
{
    bool direct = call->s->peer && call->in != call->out && call->bytes >= DIRECT_FROM;
    return (way == NEAR && call->bytes < NEAR_FROM) || (way == DIRECT && !direct) ? FAR : way;
}

static int quickest(const struct nh_shm_choice *c)
{
    int best = FAR;
    for (int way = 0; way < NH_SHM_WAYS; way++)
        if (c->best_ns[way] < c->best_ns[best])
            best = way;
    return best;
}

static void forget(struct nh_shm_choice *c)
{
    for (int way = 0; way < NH_SHM_WAYS; way++)
        c->best_ns[way] = INFINITY;
}

static void try_way(const struct call *call, struct nh_shm_choice *c, int way)
{
    double start = now_ns();
    go(call, way);
    double ns = now_ns() - start;
    c->best_ns[way] = ns < c->best_ns[way] ? ns : c->best_ns[way];
}

/* The first calls of a period try every way. In the call behind them rank 0 tells the others
 * what it has found: they know it by the end, since each has waited for rank 0 in it. */
static void by_quickest_way(const struct call *call)
{
    struct nh_shm *s = call->s;
    bool in_place = call->in == call->out;
    size_t class = class_of(call->bytes);
    struct nh_shm_choice *c = &s->choices[in_place][class];
    int *told = &s->parts[0]->ways[in_place][class];
    unsigned turn = c->calls++ % PERIOD;
    if (turn == 0)
        forget(c);
    if (turn < TRIALS * NH_SHM_WAYS) {
        try_way(call, c, possible(call, (int)(turn / TRIALS)));
    } else if (turn == TRIALS * NH_SHM_WAYS) {
        if (s->rank == 0)
            *told = quickest(c);
        go(call, FAR);
        c->way = *told;
    } else {
        go(call, possible(call, c->way));
    }
}

void nh_shm_allreduce(struct nh_shm *s, struct nh_arith arith, const void *in, void *out,
                      size_t count)
{
    size_t bytes = count * arith.size;
    if (s->size == 1) {
        if (in != out && bytes)
            memcpy(out, in, bytes);
    } else if (bytes <= LETTER_TO) {
        by_letter(s, arith, in, out, bytes);
    } else {
        by_quickest_way(&(struct call){s, arith, in, out, bytes});
    }
}

/* ---- broadcast ---- */

static void give_chunk(const struct message *m, size_t c)
{
    struct nh_shm *s = m->s;
    uint64_t taken = m->first + c + 1 - m->ring.chunks;
    for (int r = 1; r < s->size; r++)
        wait_for(s, reduced(m, r), c < m->ring.chunks ? m->first : taken);
    memcpy(ring_chunk(m, s->rank, c), m->in + c * m->ring.chunk, chunk_bytes(m, c));
    publish(written(m, s->rank), m->first + c + 1);
}

static void take_chunk(const struct message *m, size_t c)
{
    struct nh_shm *s = m->s;
    wait_for(s, written(m, 0), m->first + c + 1);
    memcpy(m->out + c * m->ring.chunk, ring_chunk(m, 0, c), chunk_bytes(m, c));
    publish(reduced(m, s->rank), m->first + c + 1);
}

/* The others say first that they have left the operation before, and rank 0 stays until all
 * have taken everything; so the rules of the all-reduce hold for the chunks after it. */
void nh_shm_broadcast(struct nh_shm *s, void *data, size_t bytes)
{
    const struct message m = cut(s, (struct nh_arith){.size = 1}, data, data, bytes, FAR);
    if (s->rank != 0)
        publish(reduced(&m, s->rank), m.first);
    for (size_t c = 0; c < m.chunks; c++)
        if (s->rank == 0)
            give_chunk(&m, c);
        else
            take_chunk(&m, c);
    s->chunks[m.way] += m.chunks;
    for (int r = 1; s->rank == 0 && r < s->size; r++)
        wait_for(s, reduced(&m, r), s->chunks[m.way]);
}
