/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef NH_COST_OPTIONS_H
#define NH_COST_OPTIONS_H

#include <popt.h>

#include "analysis/cost/cost.h"

/* The options of `report` and `advise` that say what else a run is charged by: a table, so
 * that help, the command that a report shows, and parsing have the same list. */
enum nh_cost_option {
    NH_COST_LICENSE,
    NH_COST_BOOT_TIME,
    NH_COST_IDLE_TIME,
    NH_COST_STORAGE_PER_HOUR,
    NH_COST_TRANSFER,
    NH_COST_BILLING,
    NH_COST_SPOT_INTERRUPTION_RATE,
    NH_COST_CHECKPOINT_INTERVAL,
    NH_COST_CHECKPOINT_COST,
    NH_COST_RESTART_TIME,
    NH_COST_OPTIONS
};

struct nh_cost_options {
    char *value[NH_COST_OPTIONS]; /* as typed; NULL: not given */
};

/** What the options say. `terms` has no price and no spot yet: these differ by price model;
 *  `spot` has no prices yet. */
struct nh_cost_settings {
    struct nh_cost_terms terms;
    struct nh_spot spot;
};

/** Fills a popt table of NH_COST_OPTIONS entries and its end. */
void nh_cost_option_table(struct nh_cost_options *o, struct poptOption table[NH_COST_OPTIONS + 1]);

/** Option `i` as it is typed, "--license": for the command shown. */
const char *nh_cost_option_name(size_t i);

/** Is `text` a value of option `i`? NH_EINPUT says what to write, but does not name the option. */
int nh_cost_option_check(size_t i, const char *text, struct nh_error *err);

/** NH_EINPUT names the option and what to write. Without --billing, nodes that boot or
 *  idle for a run are billed by the second, at least a minute; else times as they are.
 * `license_per_hour`: of --license-per-hour, or NULL. */
int nh_cost_options_parse(const struct nh_cost_options *o, const char *license_per_hour,
                          struct nh_cost_settings *out, struct nh_error *err);

/** "licence 22 USD per hour", "licence 0.05 USD per core-hour of at most 512 cores"; "" for
 *  none. `buf` holds NH_LICENCE_TEXT bytes and is returned. */
enum { NH_LICENCE_TEXT = 96 };
const char *nh_licence_text(const struct nh_licence *l, char *buf);

#endif
