/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef NH_GRID_H
#define NH_GRID_H

#include <stddef.h>

#include "common/error.h"

/*
 * Block decomposition of a box of cells over ranks. Axes are x, y, z (0, 1, 2); x is
 * contiguous in memory and ranks are numbered with x fastest.
 */
struct nh_grid {
    size_t cells[3]; /* of the whole box */
    int dims[3];     /* ranks along each axis */
};

/** "64" (a cube) or "64x32x16"; each side 1 to 65536. `option` names it in the error. */
int nh_cells_parse(const char *option, const char *text, size_t cells[3], struct nh_error *err);

/** "2x1x3": a rank grid. `option` names it in the error. */
int nh_dims_parse(const char *option, const char *text, int dims[3], struct nh_error *err);

/** Block `index` of `parts`: sizes differ by at most one, the larger ones come first. */
void nh_block(size_t cells, int parts, int index, size_t *start, size_t *count);

/** Place of a rank in the grid. */
void nh_grid_place(const struct nh_grid *grid, int rank, int place[3]);

/** The rank one step along `axis` (side 0: lower, 1: upper), -1 at the wall. */
int nh_grid_neighbour(const struct nh_grid *grid, int rank, int axis, int side);

/** Cell faces between ranks, in the whole box: what one halo exchange sends, halved. */
size_t nh_grid_surface(const struct nh_grid *grid);

/**
 * Fills grid->dims for `ranks`: the least surface; of equals the one that cuts z most, then
 * y, since those faces lie in contiguous rows. With `per_rank` (weak scaling) each rank has
 * that many cells and grid->cells is filled too, else grid->cells is given. NH_EINPUT when
 * no factorisation leaves every rank a cell.
 */
int nh_grid_choose(struct nh_grid *grid, int ranks, const size_t *per_rank, struct nh_error *err);

/** grid->cells for weak scaling: `per_rank` cells on each rank of grid->dims. */
void nh_grid_scale(struct nh_grid *grid, const size_t per_rank[3]);

/** Checks a rank grid that the user gave (`option`): its product is `ranks`, cells suffice. */
int nh_grid_check(const struct nh_grid *grid, int ranks, const char *option, struct nh_error *err);

#endif
