/* SPDX-License-Identifier: BSD-3-Clause */
#include "bench/pt2pt/heat.h"

#include <stddef.h>

char nh_heat_char(double times)
{
    static const struct {
        double at_most;
        char shown;
    } steps[] = {{0, ' '}, {1.1, '.'}, {1.25, '-'}, {1.5, '+'}, {2, 'x'}, {4, 'X'}};
    for (size_t i = 0; i < sizeof steps / sizeof *steps; i++)
        if (times <= steps[i].at_most)
            return steps[i].shown;
    return '#';
}
