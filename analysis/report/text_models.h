/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef NH_TEXT_MODELS_H
#define NH_TEXT_MODELS_H

#include "analysis/report/report.h"

/** What keeps an application from scaling, and what its models say of larger sizes. */
void nh_text_bottleneck(FILE *out, const struct nh_app_answer *answer);
void nh_text_models(FILE *out, const struct nh_app_answer *answer);

/** What micro-benchmarks predict for the halo application, and the check where it ran. */
int nh_text_network(FILE *out, const struct nh_app_answer *answer, struct nh_error *err);

/** Another mesh: the nodes that it needs, predicted times. */
int nh_text_mesh(FILE *out, const struct nh_mesh_answer *answer, struct nh_error *err);

#endif
