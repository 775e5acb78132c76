/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef NH_PROGRESS_H
#define NH_PROGRESS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

/* One line that says what runs, how far it is and how long it will take, and on a terminal a
 * table above it if there is one. There it is redrawn in place; elsewhere a plain line every ten
 * seconds. */
enum { NH_PROGRESS_ROWS = 40, NH_PROGRESS_TEXT = 256 };

struct nh_progress {
    FILE *out;
    bool terminal, enabled;
    double started, last_shown; /* monotonic seconds */
    size_t drawn; /* lines on the terminal now, the cursor is at the end of the last */
    size_t widths[NH_PROGRESS_ROWS + 1]; /* of these: one that became too wide takes more */
};

struct nh_progress_row {
    char text[NH_PROGRESS_TEXT]; /* what does not fit the terminal is cut off */
};

void nh_progress_start(struct nh_progress *p, FILE *out, bool enabled);
/** Rows that fit above the line now, and their width; 0 where no table is shown. */
size_t nh_progress_room(const struct nh_progress *p, size_t *columns);
/** `left_s` < 0: not known yet. `done` and `total` count steps. */
void nh_progress_show(struct nh_progress *p, const char *what, size_t done, size_t total,
                      double left_s);
/** The same with rows above it, at most as many as there is room for. */
void nh_progress_show_rows(struct nh_progress *p, const struct nh_progress_row *rows, size_t count,
                           const char *what, size_t done, size_t total, double left_s);
/** Takes everything away, so that something else can be printed; the next one is drawn anew. */
void nh_progress_end(struct nh_progress *p);

/** Monotonic seconds, for pacing and time left; never for measurements. */
double nh_monotonic_s(void);

/** True when colours are wanted: a terminal, NO_COLOR unset, TERM not dumb. */
bool nh_colour(FILE *out);

#endif
