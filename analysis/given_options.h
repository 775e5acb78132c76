/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef NH_GIVEN_OPTIONS_H
#define NH_GIVEN_OPTIONS_H

#include <popt.h>

#include "analysis/import/runs.h"

/* Options of the verbs that read applications' logs: what the logs do not say. */
enum { NH_GIVEN_OPTIONS = 10, NH_GIVEN_WORDS = 2 * NH_GIVEN_OPTIONS };

struct nh_given_options {
    char *nodes, *cores, *cells, *name, *map, *skip_steps, *which, *work;
    int strong, weak;
    struct poptOption table[NH_GIVEN_OPTIONS + 1];
};

/** The option table, which lives in `o`. */
struct poptOption *nh_given_option_table(struct nh_given_options *o);

/** The options as values, which borrow the texts of `o`. NH_EINPUT names the option. */
int nh_given_settings(const struct nh_given_options *o, struct nh_given *out, struct nh_error *err);

/** Puts the options that were given into a list of words, at most NH_GIVEN_WORDS; returns how
 *  many. The words are borrowed. */
size_t nh_given_command(const struct nh_given_options *o, char **words);

#endif
