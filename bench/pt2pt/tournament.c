/* SPDX-License-Identifier: BSD-3-Clause */
#include "bench/pt2pt/tournament.h"

static int seats(int players)
{
    return players + players % 2;
}

int nh_tournament_rounds(int players)
{
    return players < 2 ? 0 : seats(players) - 1;
}

/* In round r the players of the circle (all but the last seat) whose numbers sum to 2r modulo
 * its length meet; the one that would meet itself, r, meets the last seat. */
static int opponent(int players, int round, int player)
{
    int circle = seats(players) - 1;
    if (player == circle)
        return round;
    if (player == round)
        return circle;
    return ((2 * round - player) % circle + circle) % circle;
}

int nh_tournament_peer(int players, int round, int player)
{
    if (players < 2)
        return -1;
    int peer = opponent(players, round, player);
    return peer < players ? peer : -1;
}

int nh_tournament_table(int players, int round, int player)
{
    int circle = seats(players) - 1, peer = nh_tournament_peer(players, round, player);
    if (peer < 0)
        return -1;
    if (player == round || peer == round)
        return 0;
    /* Distance from the seat of the round, 1 to (circle - 1) / 2: of both the same. With an
     * odd number of players nobody has table 0. */
    int ahead = (player - round + circle) % circle;
    int distance = ahead <= circle / 2 ? ahead : circle - ahead;
    return players % 2 ? distance - 1 : distance;
}
