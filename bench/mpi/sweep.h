/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef NH_MPI_SWEEP_H
#define NH_MPI_SWEEP_H

#include <popt.h>
#include <stdint.h>

#include "bench/mpi/session.h"
#include "bench/record/sizes.h"

/* The sizes of a verb, one measurement each: in which order, and which ones are added where
 * the time bends. */
struct nh_mpi_sweep_options {
    char *refine, *order, *seed; /* as typed */
    struct poptOption table[4];
};

struct nh_mpi_sweep {
    struct nh_sizes sizes; /* asked for; ascending */
    size_t unit;           /* bytes of an element */
    long refine;           /* sizes to add at most */
    bool random;
    uint64_t seed;
    size_t position; /* of the size being measured, from 0 */
    bool added;      /* by refinement */
};

/** Fills and returns o->table; `o` must not move afterwards. */
struct poptOption *nh_mpi_sweep_table(struct nh_mpi_sweep_options *o);

/** One line of a verb's option table that brings in --refine, --order and --seed. */
#define NH_MPI_SWEEP_OPTIONS(o)                                                                    \
    {                                                                                              \
        NULL, '\0', POPT_ARG_INCLUDE_TABLE, nh_mpi_sweep_table(o), 0, "Choice of sizes:", NULL     \
    }

/**
 * Reads the sizes (as nh_sizes_parse does) and the options above; needs no MPI.
 * nh_mpi_sweep_clear frees what it took, also after an error.
 */
int nh_mpi_sweep_parse(const struct nh_mpi_sweep_options *o, const char *sizes, size_t unit,
                       const char *unit_name, size_t least, struct nh_mpi_sweep *sweep,
                       struct nh_error *err);
void nh_mpi_sweep_clear(struct nh_mpi_sweep *sweep);

/** Measures one size and gives the median time of an operation, the same on every rank. */
typedef int nh_mpi_sweep_size(struct nh_mpi_session *session, void *state, size_t size,
                              double *median_ns, struct nh_error *err);

/** Collective: `measure` for every size, then for those that refinement adds. */
int nh_mpi_sweep_run(struct nh_mpi_session *session, struct nh_mpi_sweep *sweep,
                     nh_mpi_sweep_size *measure, void *state, struct nh_error *err);

/** Puts "sweep" into the detail of a record, unless it is the plain ascending one. */
void nh_mpi_sweep_describe(const struct nh_mpi_sweep *sweep, json_t *detail);

/** nh_mpi_measure with a line for a message size and `rate_key` ("bandwidth_bytes_per_s")
 *  in GB/s. */
int nh_mpi_measure_size(struct nh_mpi_session *session, const struct nh_kernel_ops *ops,
                        void *state, size_t size, const char *rate_key, double *median_ns,
                        struct nh_error *err);

#endif
