/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef NH_BLOCK_H
#define NH_BLOCK_H

#include <stddef.h>

#include "bench/app/exact.h"
#include "common/error.h"

/*
 * One rank's block of the Poisson problem -lap u = f on a box, u = 0 on its walls: the
 * vectors of conjugate gradients with one layer of ghost cells, and the sweeps over them.
 * Cells are cubes with side h; the operator is the 7-point stencil 6 p - (six neighbours),
 * h^2 being taken into the right-hand side. No communication here.
 *
 * The solution is a product of one parabola per axis that is zero on the walls and 1 at
 * its top. A second difference is exact on a parabola, so the discrete solution is this
 * product itself: verification needs no discretisation error.
 */
struct nh_block_vectors {
    double *p, *r, *x, *ap; /* search direction (with ghosts), residual, solution, A p */
};

struct nh_block_grid {
    size_t n[3];         /* own cells */
    size_t pitch, plane; /* doubles from row to row and from plane to plane */
    size_t origin;       /* index of cell (0,0,0) in every vector */
    double *profile[3];  /* the parabola over own cells of an axis, n[axis] values */
    double curvature[3]; /* minus its second difference */
    struct nh_block_vectors v;
    void *memory;
    int baseline_only; /* set it to keep to the baseline instruction set (tests do) */
};

/** Bytes that a block of n cells takes. */
size_t nh_block_bytes(const size_t n[3]);

/**
 * Allocates a block of n cells at `start` of a box of `cells`, touches it (first touch by
 * the calling rank) and sets it to the start: x = 0, r = p = b. NH_EFAIL without memory.
 */
int nh_block_open(struct nh_block_grid *b, const size_t cells[3], const size_t start[3],
                  const size_t n[3], struct nh_error *err);
void nh_block_close(struct nh_block_grid *b);

/** A bound of |b_i| over the whole box, the same on every rank. */
double nh_block_rhs_bound(const struct nh_block_grid *b);

/* The sweeps. Bytes that each must move per cell, without write-allocation, are given. */

/** x = 0, r = p = b (24). */
void nh_block_restart(struct nh_block_grid *b);
/** r.r. */
struct nh_exact_sum nh_block_rr(const struct nh_block_grid *b, struct nh_exact c);
/** ap = A p; returns p.ap (16). Needs the ghost cells of p. */
struct nh_exact_sum nh_block_apply(struct nh_block_grid *b, struct nh_exact c);
/** r -= alpha ap; returns r.r (24). */
struct nh_exact_sum nh_block_update_r(struct nh_block_grid *b, double alpha, struct nh_exact c);
/** x += alpha p; p = r + beta p (40). */
void nh_block_update_xp(struct nh_block_grid *b, double alpha, double beta);

/** The instruction set of the sweeps: "baseline" or "avx2". */
const char *nh_block_instructions(const struct nh_block_grid *b);

enum { NH_BLOCK_BYTES_PER_CELL = 16 + 24 + 40 };

/** Largest |x - analytic solution| over own cells (the solution's own maximum is near 1). */
double nh_block_error(const struct nh_block_grid *b);
/** p = x, to take its ghost cells before nh_block_true_residual. Loses the search direction. */
void nh_block_p_from_x(struct nh_block_grid *b);
/** r = b - A p; returns r.r. */
struct nh_exact_sum nh_block_true_residual(struct nh_block_grid *b, struct nh_exact c);

/* Faces of p. Side 0 is the lower one. Buffers hold nh_block_face doubles. */
size_t nh_block_face(const struct nh_block_grid *b, int axis);
void nh_block_pack(const struct nh_block_grid *b, int axis, int side, double *face);
void nh_block_unpack(struct nh_block_grid *b, int axis, int side, const double *face);

#endif
