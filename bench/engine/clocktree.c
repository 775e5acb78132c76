/* SPDX-License-Identifier: BSD-3-Clause */
#include "bench/engine/clocktree.h"

static int log2_floor(int n)
{
    int log = 0;
    while (n >> (log + 1))
        log++;
    return log;
}

int nh_clock_tree_rounds(const struct nh_clock_tree *t)
{
    int log = log2_floor(t->size);
    if (t->star)
        return t->size - 1;
    return t->size > 1 << log ? log + 1 : log;
}

static enum nh_clock_role star_step(int self, int round, int *partner)
{
    if (self == 0) {
        *partner = round + 1;
        return NH_CLOCK_SERVES;
    }
    *partner = 0;
    return self == round + 1 ? NH_CLOCK_LEARNS : NH_CLOCK_IDLE;
}

/* The first 2^log members, in rounds of halving distance. */
static enum nh_clock_role binomial_step(int self, int distance, int *partner)
{
    if (self % (2 * distance) == 0) {
        *partner = self + distance;
        return NH_CLOCK_SERVES;
    }
    *partner = self - distance;
    return self % (2 * distance) == distance ? NH_CLOCK_LEARNS : NH_CLOCK_IDLE;
}

enum nh_clock_role nh_clock_tree_step(const struct nh_clock_tree *t, int self, int round,
                                      int *partner)
{
    int log = log2_floor(t->size), whole = 1 << log;
    if (t->star)
        return star_step(self, round, partner);
    if (round < log)
        return self < whole ? binomial_step(self, 1 << (log - round - 1), partner) : NH_CLOCK_IDLE;
    /* The rest learns from those whose turn it has been. */
    *partner = self < whole ? self + whole : self - whole;
    if (self >= whole)
        return NH_CLOCK_LEARNS;
    return *partner < t->size ? NH_CLOCK_SERVES : NH_CLOCK_IDLE;
}
