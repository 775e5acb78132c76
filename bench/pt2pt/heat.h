/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef NH_HEAT_H
#define NH_HEAT_H

/** A character for how many times worse than usual something is; ' ' for 0 (nothing there). */
char nh_heat_char(double times);

#define NH_HEAT_LEGEND ". to 1.1 times worse, - 1.25, + 1.5, x 2, X 4, # more"

#endif
