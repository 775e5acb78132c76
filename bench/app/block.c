/* SPDX-License-Identifier: BSD-3-Clause */
#include "bench/app/block.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "bench/app/pages.h"

/*
 * Layout. A row starts on a cache line and is followed by at least one line that is
 * padding; the ghost cell after a row and the one before the next row lie in the padding.
 * So the vectors without ghost values never touch a line in vain, and p one per row. An
 * odd number of lines per row keeps rows and planes from meeting in the same cache sets.
 */
enum { LINE = 8, VECTORS = 4 };

static size_t pitch_of(size_t nx)
{
    size_t lines = (nx + LINE - 1) / LINE + 1;
    return (lines | 1) * LINE;
}

static size_t vector_length(const size_t n[3])
{
    size_t pitch = pitch_of(n[0]);
    /* one line before the first row; vectors are shifted against each other by a line */
    size_t len = LINE + pitch * (n[1] + 2) * (n[2] + 2) + LINE;
    size_t page = 4096 / sizeof(double);
    return (len + page - 1) / page * page + LINE;
}

size_t nh_block_bytes(const size_t n[3])
{
    return VECTORS * vector_length(n) * sizeof(double) + (n[0] + n[1] + n[2]) * sizeof(double);
}

static void set_profile(struct nh_block_grid *b, int axis, size_t cells, size_t start)
{
    double scale = 4.0 / ((double)(cells + 1) * (double)(cells + 1));
    for (size_t i = 0; i < b->n[axis]; i++) {
        double at = (double)(start + i + 1);
        b->profile[axis][i] = at * ((double)(cells + 1) - at) * scale;
    }
    b->curvature[axis] = 2 * scale;
}

int nh_block_open(struct nh_block_grid *b, const size_t cells[3], const size_t start[3],
                  const size_t n[3], struct nh_error *err)
{
    size_t length = vector_length(n);
    double *memory = nh_pages(nh_block_bytes(n));
    if (!memory)
        return nh_fail(err, NH_EFAIL, "no memory for a block of %zux%zux%zu cells; use fewer", n[0],
                       n[1], n[2]);
    *b = (struct nh_block_grid){.n = {n[0], n[1], n[2]}, .pitch = pitch_of(n[0]), .memory = memory};
    b->plane = b->pitch * (n[1] + 2);
    b->origin = LINE + b->plane + b->pitch;
    b->v = (struct nh_block_vectors){memory, memory + length, memory + 2 * length,
                                     memory + 3 * length};
    double *profile = memory + VECTORS * length;
    for (int a = 0; a < 3; profile += n[a++]) {
        b->profile[a] = profile;
        set_profile(b, a, cells[a], start[a]);
    }
    nh_block_restart(b);
    return NH_OK;
}

void nh_block_close(struct nh_block_grid *b)
{
    free(b->memory);
    *b = (struct nh_block_grid){0};
}

double nh_block_rhs_bound(const struct nh_block_grid *b)
{
    return b->curvature[0] + b->curvature[1] + b->curvature[2];
}

size_t nh_block_face(const struct nh_block_grid *b, int axis)
{
    return b->n[0] * b->n[1] * b->n[2] / b->n[axis];
}

/* First cell of a face, and the numbers of rows, planes and cells of a row in it. */
static size_t face_place(const struct nh_block_grid *b, int axis, int side, int ghost,
                         size_t size[3])
{
    const size_t stride[3] = {1, b->pitch, b->plane};
    memcpy(size, b->n, sizeof b->n);
    size[axis] = 1;
    size_t at = b->origin + (side ? (b->n[axis] - 1) * stride[axis] : 0);
    if (!ghost)
        return at;
    return side ? at + stride[axis] : at - stride[axis];
}

void nh_block_pack(const struct nh_block_grid *b, int axis, int side, double *face)
{
    size_t size[3], at = face_place(b, axis, side, 0, size);
    for (size_t k = 0; k < size[2]; k++)
        for (size_t j = 0; j < size[1]; j++, face += size[0])
            memcpy(face, b->v.p + at + k * b->plane + j * b->pitch, size[0] * sizeof *face);
}

void nh_block_unpack(struct nh_block_grid *b, int axis, int side, const double *face)
{
    size_t size[3], at = face_place(b, axis, side, 1, size);
    for (size_t k = 0; k < size[2]; k++)
        for (size_t j = 0; j < size[1]; j++, face += size[0])
            memcpy(b->v.p + at + k * b->plane + j * b->pitch, face, size[0] * sizeof *face);
}
