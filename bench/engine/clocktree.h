/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef NH_CLOCKTREE_H
#define NH_CLOCKTREE_H

#include <stdbool.h>

/*
 * Who learns the time from whom, and in which round. A star has member 0 serve each of
 * the others in turn (Jones and Koenig). The other tree is that of HCA3 (Hunold and
 * Carpen-Amarie, CLUSTER 2018): binomial and top-down, pairs of a round at the same
 * time; who has learnt serves in the rounds to come. Both are for any size >= 1.
 */
struct nh_clock_tree {
    int size;
    bool star;
};

enum nh_clock_role { NH_CLOCK_IDLE, NH_CLOCK_SERVES, NH_CLOCK_LEARNS };

/** size - 1 for a star, else floor(log2 size), and one more unless it is a power of two. */
int nh_clock_tree_rounds(const struct nh_clock_tree *tree);

/** What member `self` does in `round`, and with whom. */
enum nh_clock_role nh_clock_tree_step(const struct nh_clock_tree *tree, int self, int round,
                                      int *partner);

#endif
