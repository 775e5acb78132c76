/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef NH_CASES_H
#define NH_CASES_H

#include "analysis/dataset.h"

/*
 * What two sets of files have in common: cases, each a name that says what was measured, and the
 * times of its launches. A case is a record's kernel with all its parameters, ranks and nodes (not
 * the machine, which may be what is compared), or a size of an application (solver time, job time
 * where there is none). All values are times: less is better.
 */
struct nh_case {
    char name[256];
    double *seconds; /* in the order of the files */
    size_t count;
};

struct nh_cases {
    struct nh_case *items; /* ascending by name */
    size_t count;
};

/** Reads the files of one set. NH_EINPUT when there is nothing to compare in it. */
int nh_cases_read(char *const *files, size_t n, bool skip_damaged, struct nh_cases *out,
                  struct nh_error *err);
void nh_cases_clear(struct nh_cases *c);

/** The case of a name, or NULL. */
const struct nh_case *nh_cases_find(const struct nh_cases *c, const char *name);

/** Sorted copies of all values, times `factor`. */
int nh_cases_copy(const struct nh_cases *c, double factor, struct nh_cases *out,
                  struct nh_error *err);

#endif
