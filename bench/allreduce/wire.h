/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef NH_WIRE_H
#define NH_WIRE_H

#include <stddef.h>

#include "bench/allreduce/arith.h"

/* How ranks exchange elements, so that the algorithms need not know MPI: unit tests run them
 * between threads. */
struct nh_wire {
    int rank, size;
    void *context;
    /** Sends `out_count` elements to rank `to` while it receives `in_count` from rank `from`;
     *  a rank below 0 means nobody. Messages between two ranks keep their order. */
    void (*exchange)(void *context, const void *out, size_t out_count, int to, void *in,
                     size_t in_count, int from);
};

/**
 * All-reduce of `count` elements in `data`, which holds the input and then the result, on all
 * ranks of `wire`, whatever their number. `scratch` has the size of `data`. All ranks get the
 * same bits, since each element is reduced once or in operations that commute.
 *
 * Sources: Thakur, Rabenseifner, Gropp, "Optimization of Collective Communication Operations
 * in MPICH", 2005, section 4.5 (recursive doubling; reduce-scatter by recursive halving and
 * all-gather by recursive doubling, after Rabenseifner); Patarasuk and Yuan 2009 (ring).
 */
typedef void nh_wire_fn(const struct nh_wire *wire, struct nh_arith arith, void *data,
                        void *scratch, size_t count);

nh_wire_fn nh_wire_recursive_doubling; /* log p steps of all data: small messages */
nh_wire_fn nh_wire_ring;               /* 2 (p - 1) steps of count / p: large messages */
nh_wire_fn nh_wire_rabenseifner;       /* 2 log p steps, 2 (p - 1) / p of the data */

#endif
