/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef NH_SHM_H
#define NH_SHM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "bench/allreduce/arith.h"

/*
 * All-reduce between ranks that share memory. Each rank owns one part of it, which only
 * that rank writes; user buffers stay private. There is no barrier: what a rank may
 * overwrite follows from what it has seen of the others (docs/method.md has the argument).
 *
 * All ranks get the same bits: an element is reduced in the order of ranks, by one of them or
 * by all in the same way.
 */
struct nh_shm_part;

enum { NH_SHM_LINE = 64, NH_SHM_RINGS = 2, NH_SHM_WAYS = 3, NH_SHM_CLASSES = 64 };

/* Large messages go one of several ways (shm.c). Which one is quickest depends on where the
 * cores are, which changes on virtual machines; so all are tried again and again, for each power
 * of two of the size. */
struct nh_shm_choice {
    unsigned calls;
    double best_ns[NH_SHM_WAYS]; /* quickest trial of each; counts on rank 0 only */
    int way;
};

struct nh_shm {
    int rank, size;
    bool crowded;                           /* more ranks than cores: give the core away soon */
    struct nh_shm_part **parts;             /* of every rank, as mapped here; the caller's array */
    uint64_t letters, chunks[NH_SHM_RINGS]; /* short operations, and chunks, that lie behind */
    pid_t peer;      /* whose memory may be read: two ranks only; 0 for none */
    uint64_t direct; /* operations that have done so */
    struct nh_shm_choice choices[2][NH_SHM_CLASSES]; /* [in place][log2 of the size] */
};

/** Bytes of a part among `size` ranks; each must be aligned to NH_SHM_LINE and zeroed before any
 * rank begins. */
size_t nh_shm_part_bytes(int size);

/** `parts` is kept. Every rank must be attached to the same parts in the same order. */
void nh_shm_attach(struct nh_shm *shm, int rank, int size, struct nh_shm_part **parts,
                   bool crowded);

/** For two ranks: allows reading process `peer` by cross-memory attach, which both have tried.
 *  Where that fails later, both go on without. */
void nh_shm_allow_direct(struct nh_shm *shm, pid_t peer);

/** Collective. `out` may be `in`; other overlap is not allowed. */
void nh_shm_allreduce(struct nh_shm *shm, struct nh_arith arith, const void *in, void *out,
                      size_t count);

/** Collective. Copies `bytes` from the buffer of rank 0 into those of the others. */
void nh_shm_broadcast(struct nh_shm *shm, void *data, size_t bytes);

#endif
