/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef NH_REFERENCES_H
#define NH_REFERENCES_H

#include "analysis/doubts.h"
#include "analysis/report/table.h"

/*
 * What was measured against published figures: those that the study of a run names. The same
 * operation, message size and number of nodes are compared; what the physics guard refuses among
 * the published ones is not.
 */
struct nh_reference_row {
    const struct nh_curve *measured; /* borrowed */
    double size_bytes, measured_ns;
    struct nh_interval ci;               /* of measured_ns */
    double least_ns, median_ns, most_ns; /* published, over the sets */
    size_t sets;
    double ratio; /* measured over the published median */
};

struct nh_references {
    struct nh_dataset data; /* the published figures */
    struct nh_doubts doubts;
    struct nh_reference_row *rows;
    size_t count;
    char note[256]; /* why nothing, or not all, could be compared; "" */
};

/** Loads the references that the run folders of these files name in run.json. Empty when there
 *  are none. */
int nh_references_load(char *const *files, size_t n, struct nh_references *out,
                       struct nh_error *err);
/** Judges and groups what was loaded, and compares the curves of `set` with it. */
int nh_references_compare(const struct nh_dataset *set, const struct nh_catalog *catalog,
                          struct nh_references *r, struct nh_error *err);
void nh_references_clear(struct nh_references *r);

/** The comparison as a table, head first; at most `most` rows. */
void nh_references_table(struct nh_table *t, const struct nh_references *r, size_t most);

#endif
