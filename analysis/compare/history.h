/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef NH_HISTORY_H
#define NH_HISTORY_H

#include "analysis/compare/cases.h"
#include "analysis/compare/change_points.h"

/* Cases over time: files in the order given, each a value of a case (the median of its launches).
 * Of a single file every launch is a value. */
struct nh_series {
    char name[256];
    double *seconds;
    size_t *file; /* index of the file of each value */
    size_t count;
    struct nh_change_points changes;
};

struct nh_history {
    struct nh_series *items; /* ascending by name */
    size_t count;
    double alpha; /* of the options: so many of all series change by chance */
};

/** Reads the files and looks for changes; NH_EINPUT as in nh_cases_read. */
int nh_history_read(char *const *files, size_t n, bool skip_damaged,
                    const struct nh_change_options *options, struct nh_history *out,
                    struct nh_error *err);
void nh_history_clear(struct nh_history *h);

/** Is the latest change of a series one to longer times? */
bool nh_series_regressed(const struct nh_series *s);

#endif
