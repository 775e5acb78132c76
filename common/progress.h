/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef NH_PROGRESS_H
#define NH_PROGRESS_H

#include <stdbool.h>
#include <stdio.h>

/* One line that says what runs, how far it is and how long it will take. On a
 * terminal it is redrawn in place; elsewhere a plain line every ten seconds. */
struct nh_progress {
    FILE *out;
    bool terminal, enabled;
    double started, last_shown; /* monotonic seconds */
    bool line_open;
};

void nh_progress_start(struct nh_progress *p, FILE *out, bool enabled);
/** `left_s` < 0: not known yet. `done` and `total` count steps. */
void nh_progress_show(struct nh_progress *p, const char *what, size_t done, size_t total,
                      double left_s);
void nh_progress_end(struct nh_progress *p);

/** Monotonic seconds, for pacing and time left; never for measurements. */
double nh_monotonic_s(void);

/** True when colours are wanted: a terminal, NO_COLOR unset, TERM not dumb. */
bool nh_colour(FILE *out);

#endif
