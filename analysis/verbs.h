/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef NH_ANALYSIS_VERBS_H
#define NH_ANALYSIS_VERBS_H

#include "common/cli.h"

/* Verbs of `nodehour` that need no measuring. */
extern const struct nh_verb nh_verb_report;   /* page, text summary, JSON */
extern const struct nh_verb nh_verb_advise;   /* the answer without the page */
extern const struct nh_verb nh_verb_machines; /* the catalog */
extern const struct nh_verb nh_verb_check;    /* physics guard over records and logs */
extern const struct nh_verb nh_verb_compare;  /* two sets of records, or a history */
extern const struct nh_verb nh_verb_import;   /* logs of other suites to records */

#endif
