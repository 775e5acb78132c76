/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef NH_LEFTOVER_H
#define NH_LEFTOVER_H

#include <sys/types.h>

/** A process other than ours that has `word` among its arguments, or 0. A run's identity
 *  is unique, so this finds what a killed launcher has left behind and nothing else. */
pid_t nh_leftover(const char *word);

#endif
