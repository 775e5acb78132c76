/* SPDX-License-Identifier: BSD-3-Clause */
#include "analysis/pop.h"

#include <math.h>

struct nh_pop_factors nh_pop_factors(const struct nh_pop_run *run, const struct nh_pop_run *base,
                                     bool weak)
{
    struct nh_pop_factors f;
    double work = weak ? (double)run->ranks / (double)base->ranks : 1;
    f.load_balance = run->useful_total_s / (double)run->ranks / run->useful_max_s;
    f.communication = run->useful_max_s / run->elapsed_s;
    f.parallel = f.load_balance * f.communication;
    f.serialisation = run->ideal_useful_max_s / run->ideal_elapsed_s;
    f.transfer = f.communication / f.serialisation;
    f.computation = work * base->useful_total_s / run->useful_total_s;
    f.global = f.parallel * f.computation;
    f.instructions = work * base->instructions / run->instructions;
    f.ipc = run->instructions / run->cycles / (base->instructions / base->cycles);
    f.frequency = run->cycles / run->useful_total_s / (base->cycles / base->useful_total_s);
    return f;
}
