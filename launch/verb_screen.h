/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef NH_VERB_SCREEN_H
#define NH_VERB_SCREEN_H

#include "common/cli.h"

/** `nodehour screen`: which hosts are bad, and the list to leave them out by. */
extern const struct nh_verb nh_verb_screen;

#endif
