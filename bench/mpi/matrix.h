/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef NH_MPI_MATRIX_H
#define NH_MPI_MATRIX_H

#include "bench/mpi/session.h"
#include "bench/pt2pt/ranking.h"

/*
 * Every rank with every other one, by a round-robin tournament. The operation that the engine
 * times is one pass: all rounds. Within a pass each rank times its exchange with each peer, and
 * a cell of the matrix is the median over passes. A rank keeps its own row only; rank 0 sees
 * one row at a time.
 */
enum { NH_MATRIX_SHOWN = 64, NH_MATRIX_WORST = 10, NH_MATRIX_HOST = 64 };

/* What rank 0 says in the end. Kinds of links: 0 within a host, 1 between hosts. */
struct nh_mpi_matrix_report {
    struct nh_yardstick links[2];
    double worst; /* of all links, by its own value */
    struct nh_worst worst_links, worst_ranks, worst_hosts;
    struct nh_suspect link_items[NH_MATRIX_WORST], rank_items[NH_MATRIX_WORST],
        host_items[NH_MATRIX_WORST];
    double *sends, *receives; /* medians of each rank, of links between hosts where it has some */
    char (*names)[NH_MATRIX_HOST]; /* of each rank's host */
    json_t *rows;                  /* NULL above NH_MATRIX_SHOWN ranks */
    double *heat;                  /* how many times worse than its kind, worst of a block */
    int blocks, ranks_per_block;   /* heat is blocks x blocks */
};

struct nh_mpi_matrix {
    struct nh_mpi_session *session;
    bool bandwidth, serial;
    int bytes, window;
    char *out, *in;
    MPI_Request *requests; /* window */
    MPI_Status *no_status; /* MPI_STATUSES_IGNORE, which MPICH's header and gcc warn of */
    int *host;             /* of every rank: lowest rank of its host */
    double *passes_of;     /* values of the last passes by peer, KEPT each */
    double *trip_ns;       /* shortest exchange so far with each peer, 0: none */
    double *row, *column;  /* median over passes: to and from each peer; NaN for itself */
    double *scratch;       /* 5 x ranks */
    size_t passes;         /* the first one only finds out how long exchanges take */
    double sent;           /* bytes of the exchanges that this rank led */
    struct nh_mpi_matrix_report *report;
};

/** Collective: medians, and on rank 0 the report. */
int nh_mpi_matrix_gather(struct nh_mpi_matrix *m, struct nh_error *err);
void nh_mpi_matrix_report_free(struct nh_mpi_matrix *m);

/** Rank 0: into the record. */
void nh_mpi_matrix_describe(const struct nh_mpi_matrix *m, json_t *derived, json_t *detail);

/** Rank 0: heat map and worst ranks and links, as notes beside the table. */
void nh_mpi_matrix_print(const struct nh_mpi_matrix *m);

/** Values of a peer that are kept, and how many there are now. */
enum { NH_MATRIX_KEPT = 51 };
size_t nh_mpi_matrix_kept(const struct nh_mpi_matrix *m);

#endif
