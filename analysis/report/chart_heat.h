/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef NH_CHART_HEAT_H
#define NH_CHART_HEAT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

/*
 * A square of cells as inline SVG, coloured in steps by how many times worse than ordinary
 * each is. Follows the page's theme; a cell's <title> is its text on hover.
 */
enum { NH_HEAT_STEPS = 6 };
/** A cell is of step i when it is at most this many times worse; the last step has no end.
 *  The same steps as in the terminal (bench/pt2pt/heat.c). */
extern const double nh_heat_ends[NH_HEAT_STEPS - 1];

struct nh_heat_cell {
    double times;      /* how many times worse than ordinary, 1 for as good; NaN: no cell */
    const char *hover; /* with unit */
};

struct nh_heat {
    const char *id;                  /* unique in the page */
    const char *title, *description; /* of the figure, for screen readers */
    const char *note;                /* a line under the title */
    const char *row_label, *column_label;
    const struct nh_heat_cell *cells; /* count x count, row after row */
    size_t count;
    const char *const *names; /* of rows and columns; those that fit are written */
    const bool *begins;       /* a group of rows begins here: a line is drawn before it */
    const char *const *steps; /* legend: what each of the NH_HEAT_STEPS means, with unit */
};

/** The step of `times`, 0 to NH_HEAT_STEPS - 1. */
size_t nh_heat_step(double times);

/** Writes one <figure>. */
void nh_heat_write(FILE *out, const struct nh_heat *heat);

#endif
