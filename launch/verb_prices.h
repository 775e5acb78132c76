/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef NH_VERB_PRICES_H
#define NH_VERB_PRICES_H

#include "common/cli.h"

/** `nodehour prices list` and `prices update`: what is known, and how it is kept current. */
extern const struct nh_verb nh_verb_prices;

#endif
