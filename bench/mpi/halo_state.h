/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef NH_MPI_HALO_STATE_H
#define NH_MPI_HALO_STATE_H

#include "bench/app/copybw.h"
#include "bench/mpi/halo_comm.h"
#include "bench/mpi/session.h"

/* One halo measurement. Opened, measured and closed by halo.c; halo_report.c turns it
 * into the record and into lines for people. */
enum { NH_HALO_RECENT = 4096 };

/* What one rank saw; gathered on rank 0. */
struct nh_halo_rank {
    double compute_ns, halo_ns, allreduce_ns; /* sums over all timed iterations */
    double compute_median_ns;                 /* of an iteration, over the most recent ones */
    double copy_Bps[NH_COPY_WAYS];
    double cells;
    long iterations;
};

/* The check on a small box, and of the big one after the timing. */
struct nh_halo_check {
    int done;
    size_t cells[3];
    long iterations;
    double residual, max_error;               /* of the small box, relative; absolute */
    double recursive_residual, true_residual; /* of the measured box, relative */
};

struct nh_halo {
    struct nh_mpi_session *session;
    struct nh_grid grid;
    int weak;
    size_t per_rank[3];    /* weak: as asked for */
    size_t start[3], n[3]; /* own block */
    struct nh_halo_comm comm;
    struct nh_cg cg;
    struct nh_copy copy;
    struct nh_halo_rank mine;
    double recent[NH_HALO_RECENT]; /* compute time of iterations, a ring */
    struct nh_halo_check check;
    struct nh_halo_rank *ranks; /* rank 0 only */
};

/** Passes of the copy measurement on all ranks at once; called before and after. Nothing when
 *  copy.count is 0. */
int nh_halo_measure_copy(struct nh_halo *h, struct nh_error *err);

/** Collective: fills h->mine and gathers it into h->ranks. */
int nh_halo_gather(struct nh_halo *h, struct nh_error *err);

/** struct nh_kernel_ops.describe. */
int nh_halo_describe(void *state, double median_ns, json_t *params, json_t *derived, json_t *detail,
                     struct nh_error *err);

/** Lines below the table (rank 0). */
void nh_halo_print(const struct nh_halo *h, double median_ns);

#endif
