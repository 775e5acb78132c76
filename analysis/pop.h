/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef NH_POP_H
#define NH_POP_H

#include <stdbool.h>
#include <stddef.h>

/*
 * Efficiency factors after POP (pop-coe.eu), computed as BSC's basicanalysis does. With the
 * useful (computing) time U of each rank and the elapsed time R:
 *   load balance LB = mean U / max U;  communication CE = max U / R;  parallel PE = LB CE;
 *   with a replay on an ideal network, R_i and max U_i: serialisation SE = max U_i / R_i and
 *   transfer TE = CE / SE;
 *   computation scaling CS = sum U of the base / sum U (weak: times ranks / ranks of the base);
 *   global GE = PE CS;
 *   CS = instructions x IPC x frequency, each against the base.
 */
struct nh_pop_run {
    size_t ranks;
    double elapsed_s, useful_total_s, useful_max_s; /* any unit, the same for all runs */
    double ideal_elapsed_s, ideal_useful_max_s;     /* NaN where there was no replay */
    double instructions, cycles;                    /* of all ranks; NaN when not counted */
};

struct nh_pop_factors {
    double load_balance, communication, parallel;
    double serialisation, transfer;      /* NaN without a replay */
    double computation, global;          /* against the base */
    double instructions, ipc, frequency; /* parts of computation; NaN when not counted */
};

/** Factors of a run against a base (which may be itself), as fractions of 1. */
struct nh_pop_factors nh_pop_factors(const struct nh_pop_run *run, const struct nh_pop_run *base,
                                     bool weak);

#endif
