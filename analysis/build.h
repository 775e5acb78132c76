/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef NH_BUILD_H
#define NH_BUILD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

#include "analysis/cost/options.h"
#include "analysis/report/report.h"

/* From files to the answer: read, complete with the catalog, scale, price. */
struct nh_report_options {
    const char *machine;      /* overrides the machine of every application; NULL: as measured */
    const char *price_models; /* "on-demand", "on-demand,reserved", "all"; NULL: on-demand */
    const char *license_per_hour; /* USD for each hour of the whole run, "22"; NULL: none */
    struct nh_cost_options cost;  /* what else a run is charged by, as typed */
    const char *region;           /* of prices; NULL: see nh_catalog_keep_region */
    const char *prices;           /* file of the user's own prices; NULL: nh_catalog_own_path */
    const struct nh_goal_options *goal; /* NULL: nothing asked */
    const struct nh_mesh_options *mesh; /* another mesh asked for; NULL: none */
    const struct nh_given *given;     /* what the user says of logs; NULL: as carried, or nothing */
    const char *title;                /* NULL: made from what was read */
    bool carry;                       /* keep what a page needs to be made again */
    const struct nh_carried *carried; /* inputs and catalog from a page, not from files; NULL */
    bool skip_damaged;                /* skip damaged record lines instead of refusing the file */
    char **command;                   /* argv, NULL-terminated, not copied; shown in the report */
};

/**
 * Reads `n` files (records or CSV) and works out the whole report. `opt` may be NULL
 * (all defaults). On error nothing is left to free.
 */
int nh_report_build(char *const *files, size_t n, const struct nh_report_options *opt,
                    struct nh_report *r, struct nh_error *err);
void nh_report_clear(struct nh_report *r);

/** Writes the page to `path`, whole or not at all. */
int nh_report_save_page(const struct nh_report *r, const char *path, struct nh_error *err);

/**
 * One call for a run folder: builds the report from `files`, writes the page to
 * `page_path`, then the text summary to `summary` (NULL: none). Nothing is written
 * when anything is wrong with the input.
 */
int nh_report_make(char *const *files, size_t n, const struct nh_report_options *opt,
                   const char *page_path, FILE *summary, bool colour, struct nh_error *err);

#endif
