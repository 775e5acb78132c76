/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef NH_LINT_H
#define NH_LINT_H

#include <jansson.h>
#include <stdbool.h>
#include <stdio.h>

#include "common/catalog.h"

/*
 * `nodehour lint FILE...`: faults that keep a multi-node job with EFA from running, or make its
 * numbers wrong, in job definitions, templates, cluster files and batch scripts. The rules are
 * tables, rules_*.c, which --list prints.
 */
struct nh_fault {
    const char *file; /* the caller's */
    size_t line;
    const char *rule, *why; /* of the table of rules */
    char what[240], fix[240];
};

struct nh_faults { /* zeroed is empty */
    struct nh_fault *items;
    size_t count;
    bool failed; /* memory was short */
};

/** Looks at one file in memory and adds what it finds, by lines. `machine` may be NULL: then it is
 *  taken from the file where that says it. Code NH_EINPUT for a file that cannot be read or is of
 *  no known kind, "NAME:LINE: what". */
int nh_lint_text(const char *name, const char *text, size_t len, const struct nh_catalog *catalog,
                 const struct nh_machine *machine, struct nh_faults *faults, struct nh_error *err);
void nh_faults_clear(struct nh_faults *faults);

/** New reference: a list of objects. */
json_t *nh_faults_json(const struct nh_faults *faults);
void nh_faults_print(const struct nh_faults *faults, FILE *out);
/** The rules, a line each. */
void nh_lint_list(FILE *out);

#endif
