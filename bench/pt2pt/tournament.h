/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef NH_TOURNAMENT_H
#define NH_TOURNAMENT_H

/*
 * Who meets whom when everyone meets everyone once: the circle method (Lucas, Récréations
 * mathématiques II, 1883). Player n-1 stays, the others move one seat a round. An odd number
 * of players gets a seat nobody sits on: whoever meets it rests.
 */

/** Rounds for `players` (>= 1): players - 1, or `players` when that is odd; 0 for one. */
int nh_tournament_rounds(int players);

/** Whom `player` meets in `round`; -1 when it rests. O(1) time and memory. */
int nh_tournament_peer(int players, int round, int player);

/** Which of the pairs of `round` the one of `player` is, from 0 up to below players / 2;
 *  -1 when it rests. The same for both of a pair. */
int nh_tournament_table(int players, int round, int player);

#endif
