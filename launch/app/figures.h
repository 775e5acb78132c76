/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef NH_APP_FIGURES_H
#define NH_APP_FIGURES_H

#include "launch/app/app.h"

/** What an application's launch gave. NaN: not asked for. */
struct nh_figures {
    double figure;   /* as printed, times its scale */
    double solver_s; /* of the whole launch, or of the work of a rate */
    double iterations, cells;
    double *step_s; /* time of each step, warm-up left out; malloc'ed or NULL */
    size_t step_count;
};

/**
 * Judges the output of a launch that ended with the right status and reads its figures.
 * `directory` is its working directory, `out_path` what it wrote to stdout. Code NH_EINPUT:
 * the reason why it is a failed launch; NH_EFAIL: memory is short.
 */
int nh_figures_read(const struct nh_application *app, const char *directory, const char *out_path,
                    struct nh_figures *figures, struct nh_error *err);
void nh_figures_clear(struct nh_figures *figures);

#endif
