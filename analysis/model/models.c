/* SPDX-License-Identifier: BSD-3-Clause */
/* The table of models. */
#include <math.h>

#include "analysis/model/table.h"
#include "analysis/model/work.h"

#define LINEAR .fit = nh_linear_fit, .time = nh_linear_time, .describe = nh_linear_describe

static double constant(const struct nh_model_fit *fit, double k)
{
    (void)fit;
    (void)k;
    return 1;
}

static double inverse(const struct nh_model_fit *fit, double k)
{
    (void)fit;
    return 1 / k;
}

/* Below the base there is no negative time to be had from a logarithm. */
static double logarithm(const struct nh_model_fit *fit, double k)
{
    (void)fit;
    return k > 1 ? log2(k) : 0;
}

static double proportional(const struct nh_model_fit *fit, double k)
{
    (void)fit;
    return k;
}

static double surface(const struct nh_model_fit *fit, double k)
{
    (void)fit;
    return 1 / cbrt(k * k);
}

static const struct nh_model_term one = {constant, ""}, over_k = {inverse, "/k"},
                                  log_k = {logarithm, " log2 k"}, times_k = {proportional, " k"},
                                  surface_k = {surface, " k^(-2/3)"};

static const struct nh_model ideal = {
    .name = "ideal", .strong = true, .params = {"b"}, .terms = {&over_k}, LINEAR};
static const struct nh_model amdahl = {
    .name = "Amdahl", .strong = true, .params = {"a", "b"}, .terms = {&one, &over_k}, LINEAR};
static const struct nh_model tree = {.name = "Amdahl + logarithm",
                                     .strong = true,
                                     .params = {"a", "b", "c"},
                                     .terms = {&one, &over_k, &log_k},
                                     LINEAR};
static const struct nh_model chain = {.name = "Amdahl + linear",
                                      .strong = true,
                                      .params = {"a", "b", "c"},
                                      .terms = {&one, &over_k, &times_k},
                                      LINEAR};
static const struct nh_model halo = {.name = "surface to volume",
                                     .strong = true,
                                     .params = {"b", "c"},
                                     .terms = {&over_k, &surface_k},
                                     LINEAR};
static const struct nh_model halo_serial = {.name = "Amdahl + surface",
                                            .strong = true,
                                            .params = {"a", "b", "c"},
                                            .terms = {&one, &over_k, &surface_k},
                                            LINEAR};
static const struct nh_model level = {
    .name = "constant", .weak = true, .params = {"a"}, .terms = {&one}, LINEAR};
static const struct nh_model level_tree = {
    .name = "logarithm", .weak = true, .params = {"a", "c"}, .terms = {&one, &log_k}, LINEAR};
static const struct nh_model level_chain = {
    .name = "linear", .weak = true, .params = {"a", "c"}, .terms = {&one, &times_k}, LINEAR};

const struct nh_model *const nh_model_table[] = {
    &ideal, &amdahl,     &tree,        &chain,        &halo,          &halo_serial,
    &level, &level_tree, &level_chain, &nh_model_usl, &nh_model_work, NULL};
