/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef NH_MESH_H
#define NH_MESH_H

#include <popt.h>

#include "analysis/transfer.h"
#include "common/catalog.h"

/* The answer to "and a mesh of N cells?": what it needs and how long it may take. */
enum { NH_MESH_OPTIONS = 2, NH_MESH_ROWS = 24 };

/** As typed; NULL where not given. */
struct nh_mesh_options {
    char *value[NH_MESH_OPTIONS]; /* --mesh, --bytes-per-cell */
};

/** Fills a table of NH_MESH_OPTIONS + 1 entries that point into `o`. */
void nh_mesh_option_table(struct nh_mesh_options *o, struct poptOption *table);
const char *nh_mesh_option_name(size_t i);

struct nh_mesh_question {
    double cells;          /* NaN: not asked */
    double bytes_per_cell; /* NaN: not known */
};

/** NH_EINPUT names the option. */
int nh_mesh_options_parse(const struct nh_mesh_options *o, struct nh_mesh_question *q,
                          struct nh_error *err);

struct nh_mesh_row {
    long nodes, cores; /* nodes 0 when unknown */
    struct nh_prediction time;
    double efficiency; /* against the first row */
};

struct nh_mesh_answer {
    char name[160]; /* the applications that it rests on */
    double cells;
    struct nh_least_nodes least;
    size_t meshes;                         /* measured ones */
    double mesh_miss;                      /* as in nh_transfer */
    const char *refusal;                   /* NULL when rows say something */
    struct nh_mesh_row rows[NH_MESH_ROWS]; /* measured sizes that hold the mesh, and twice the
                                              largest; ascending */
    size_t row_count;
};

/** Answers for the applications that belong to scaling `first` (see nh_transfer_fit). `machine`
 *  NULL when unknown. */
int nh_mesh_answer_make(const struct nh_scaling *const *scalings, size_t count, size_t first,
                        const struct nh_mesh_question *q, const struct nh_machine *machine,
                        struct nh_mesh_answer *out, struct nh_error *err);

#endif
