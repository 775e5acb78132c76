/* SPDX-License-Identifier: BSD-3-Clause */
#include "bench/app/grid.h"

#include <stdbool.h>
#include <stdint.h>
#include <string.h>

#include "common/units.h"

enum { SIDE_MAX = 65536, PART_MAX = 24 };

/* Splits "AxBxC" at the x; returns the number of parts, 0 when it is not of that shape. */
static int split(const char *text, char part[3][PART_MAX])
{
    int n = 0;
    for (const char *at = text;; at++) {
        size_t len = strcspn(at, "xX");
        if (n == 3 || len == 0 || len >= PART_MAX)
            return 0;
        memcpy(part[n], at, len);
        part[n++][len] = '\0';
        at += len;
        if (*at == '\0')
            return n;
    }
}

int nh_cells_parse(const char *option, const char *text, size_t cells[3], struct nh_error *err)
{
    char part[3][PART_MAX];
    int n = split(text, part);
    if (n != 1 && n != 3)
        return nh_fail(err, NH_EINPUT,
                       "%s: '%s' is not a number of cells; write N for a cube or NXxNYxNZ", option,
                       text);
    for (int a = 0; a < 3; a++) {
        long side;
        if (nh_parse_long(option, part[n == 1 ? 0 : a], 1, SIDE_MAX, &side, err))
            return NH_EINPUT;
        cells[a] = (size_t)side;
    }
    return NH_OK;
}

int nh_dims_parse(const char *option, const char *text, int dims[3], struct nh_error *err)
{
    char part[3][PART_MAX];
    if (split(text, part) != 3)
        return nh_fail(err, NH_EINPUT, "%s: '%s' is not a grid of ranks; write PXxPYxPZ", option,
                       text);
    for (int a = 0; a < 3; a++) {
        long side;
        if (nh_parse_long(option, part[a], 1, SIDE_MAX, &side, err))
            return NH_EINPUT;
        dims[a] = (int)side;
    }
    return NH_OK;
}

void nh_block(size_t cells, int parts, int index, size_t *start, size_t *count)
{
    size_t each = cells / (size_t)parts, more = cells % (size_t)parts, i = (size_t)index;
    *count = each + (i < more);
    *start = each * i + (i < more ? i : more);
}

void nh_grid_place(const struct nh_grid *grid, int rank, int place[3])
{
    place[0] = rank % grid->dims[0];
    place[1] = rank / grid->dims[0] % grid->dims[1];
    place[2] = rank / grid->dims[0] / grid->dims[1];
}

int nh_grid_neighbour(const struct nh_grid *grid, int rank, int axis, int side)
{
    int place[3];
    nh_grid_place(grid, rank, place);
    int to = place[axis] + (side ? 1 : -1);
    if (to < 0 || to >= grid->dims[axis])
        return -1;
    int stride = axis == 0 ? 1 : axis == 1 ? grid->dims[0] : grid->dims[0] * grid->dims[1];
    return rank + (side ? stride : -stride);
}

size_t nh_grid_surface(const struct nh_grid *g)
{
    return (size_t)(g->dims[0] - 1) * g->cells[1] * g->cells[2] +
           (size_t)(g->dims[1] - 1) * g->cells[0] * g->cells[2] +
           (size_t)(g->dims[2] - 1) * g->cells[0] * g->cells[1];
}

static bool fits(const struct nh_grid *g)
{
    for (int a = 0; a < 3; a++)
        if ((size_t)g->dims[a] > g->cells[a])
            return false;
    return true;
}

void nh_grid_scale(struct nh_grid *g, const size_t per_rank[3])
{
    for (int a = 0; a < 3; a++)
        g->cells[a] = per_rank[a] * (size_t)g->dims[a];
}

/* Candidates come with few cuts of x first, then of y: the first of equals is preferred. */
int nh_grid_choose(struct nh_grid *grid, int ranks, const size_t *per_rank, struct nh_error *err)
{
    struct nh_grid trial = *grid;
    size_t least = SIZE_MAX;
    for (int px = 1; px <= ranks; px++) {
        for (int py = 1; ranks % px == 0 && py <= ranks / px; py++) {
            if (ranks / px % py != 0)
                continue;
            trial.dims[0] = px;
            trial.dims[1] = py;
            trial.dims[2] = ranks / px / py;
            if (per_rank)
                nh_grid_scale(&trial, per_rank);
            if (!fits(&trial) || nh_grid_surface(&trial) >= least)
                continue;
            least = nh_grid_surface(&trial);
            *grid = trial;
        }
    }
    if (least == SIZE_MAX)
        return nh_fail(err, NH_EINPUT,
                       "the rank count does not fit the grid: %d ranks cannot share %zux%zux%zu "
                       "cells with a cell each along every axis; use fewer ranks or more cells",
                       ranks, grid->cells[0], grid->cells[1], grid->cells[2]);
    return NH_OK;
}

int nh_grid_check(const struct nh_grid *g, int ranks, const char *option, struct nh_error *err)
{
    int64_t product = (int64_t)g->dims[0] * g->dims[1];
    if (product > ranks || product * g->dims[2] != ranks)
        return nh_fail(err, NH_EINPUT,
                       "%s %dx%dx%d does not fit %d ranks; start a number of ranks that is the "
                       "product of the three, or leave %s out to have it chosen",
                       option, g->dims[0], g->dims[1], g->dims[2], ranks, option);
    if (!fits(g))
        return nh_fail(err, NH_EINPUT,
                       "the rank count does not fit the grid: %s %dx%dx%d leaves ranks without a "
                       "cell of %zux%zux%zu; use fewer ranks or more cells",
                       option, g->dims[0], g->dims[1], g->dims[2], g->cells[0], g->cells[1],
                       g->cells[2]);
    return NH_OK;
}
