/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef NH_TRANSFER_H
#define NH_TRANSFER_H

#include "analysis/model/model.h"

/*
 * From measured (cells, cores) to a mesh that was not measured. The time of a run depends on
 * cells per core x = cells/cores, which is what makes meshes comparable:
 *   T = a x + b x^(1-g) + c log2(cores),   a, b, c >= 0,
 * with g = 1/3 (what crosses the surface of a block) and g = 1 (what each step costs anyway).
 * Forms with fewer terms are fitted too, and all are averaged by Akaike weights, as models.h
 * does. What is compared must do the same work per cell: steps, iterations, output.
 */
enum { NH_TRANSFER_TERMS = 3, NH_TRANSFER_FORMS = 6 };

struct nh_transfer_point {
    double cells, cores, nodes;
    double mean, median, weight; /* weight: repeats/median^2 */
    size_t repeats, mesh;
};

struct nh_transfer_fit {
    size_t form;
    double x[NH_TRANSFER_TERMS];
    double covariance[NH_TRANSFER_TERMS * NH_TRANSFER_TERMS];
    double dof, variance, aicc, weight;
};

struct nh_transfer {
    struct nh_transfer_point *points;
    size_t count, repeats, meshes;
    double within; /* weighted squares of repeats about their means */
    struct nh_transfer_fit fits[NH_TRANSFER_FORMS]; /* best first */
    size_t fit_count;
    double mesh_miss;    /* root mean square ln(predicted/median) with whole meshes left out; NaN
                            when there is one mesh */
    const char *refusal; /* NULL when it can predict */
};

/**
 * Fits the applications of a set that share machine and unit of work with scaling `first` and
 * are strong scaling with known cells and cores. NH_OK also when they allow no prediction: see
 * refusal. NH_EFAIL when memory is short.
 */
int nh_transfer_fit(const struct nh_scaling *const *scalings, size_t count, size_t first,
                    struct nh_transfer *out, struct nh_error *err);
void nh_transfer_clear(struct nh_transfer *t);

/**
 * Time of `cells` on `cores`. Grades: A within measured cells, cores and cells per core; B up to
 * twice beyond; C up to four times, or when only one mesh was measured, or whole meshes that
 * were left out are missed by more than 10 %. Refused beyond, and when they are missed by more
 * than 30 %: then the meshes do not follow one curve.
 */
int nh_transfer_predict(const struct nh_transfer *t, double cells, double cores,
                        struct nh_prediction *out);

/** Least number of nodes that hold a mesh. */
struct nh_least_nodes {
    long nodes;    /* 0: nothing is known */
    bool measured; /* by the most cells that one node has run, not by its memory */
};
/** `bytes_per_cell` and `node_bytes` NaN or 0 when unknown; nine tenths of a node's memory are
 *  counted on. */
struct nh_least_nodes nh_transfer_least_nodes(const struct nh_transfer *t, double cells,
                                              double bytes_per_cell, double node_bytes);

#endif
