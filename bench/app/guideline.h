/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef NH_GUIDELINE_H
#define NH_GUIDELINE_H

#include <stddef.h>

#include "bench/app/collective.h"

/*
 * Self-consistent performance guidelines (Traeff, Gropp, Thakur: IEEE TPDS 21(5), 2010):
 * an operation of an MPI library should not be slower than doing the same by other
 * operations of that library. Sizes are those of the whole vector on a rank, n.
 */
struct nh_guideline_term {
    enum nh_coll_id operation;
    int scale; /* of a vector of `scale` n */
    int times; /* one after the other; 0: there is no such term */
};

enum { NH_GUIDELINE_TERMS = 2, NH_GUIDELINE_TEXT = 80 };

struct nh_guideline {
    struct nh_guideline_term left, right[NH_GUIDELINE_TERMS];
};

extern const struct nh_guideline nh_guidelines[];
extern const size_t nh_guideline_count;
enum { NH_GUIDELINE_MAX_SCALE = 2 };

/** "allreduce(n) <= reduce(n) + bcast(n)" into buf[NH_GUIDELINE_TEXT]; returns buf. */
const char *nh_guideline_text(const struct nh_guideline *guideline, char *buf);

enum nh_guideline_verdict { NH_HOLDS, NH_VIOLATED, NH_CANNOT_TELL };

struct nh_guideline_result {
    double ratio, low, high; /* left over right: median of the rounds, its 95 % interval */
    enum nh_guideline_verdict verdict;
};

/**
 * Compares the times of both sides, measured in turn: left[i] and right[i] (ns, positive)
 * are neighbours in time, so their ratio is free of slow drift. Violated when the whole
 * interval of the median ratio lies above 1 + tolerance, holds when none of it does; else,
 * or with too few rounds for an interval (below six), nobody can tell. `rounds` <= 64.
 */
struct nh_guideline_result nh_guideline_judge(const double *left, const double *right,
                                              size_t rounds, double tolerance);

/** "holds", "violated", "cannot tell". */
const char *nh_guideline_verdict_text(enum nh_guideline_verdict verdict);

#endif
