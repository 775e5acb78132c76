/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef NH_REPORT_H
#define NH_REPORT_H

#include <stdio.h>

#include "analysis/advice.h"
#include "analysis/bottleneck.h"
#include "analysis/decide/across.h"
#include "analysis/decide/decide.h"
#include "analysis/mesh.h"
#include "analysis/network.h"

/* One answer in three forms. All of them are pure functions of the same struct:
 * equal input gives byte-identical output. */
struct nh_app_answer {
    struct nh_scaling scaling;
    struct nh_advice *advice; /* one per price model asked for; at least one */
    size_t advice_count;
    struct nh_models models;
    struct nh_bottleneck bottleneck;
    struct nh_network_answer network; /* from micro-benchmarks; see `asked` */
    struct nh_decision *decisions;    /* one for each advice */
    struct nh_across across;          /* the answer under every price of the machine */
};

struct nh_report {
    struct nh_dataset data;
    struct nh_app_answer *apps;
    size_t app_count;
    struct nh_mesh_answer *meshes; /* of --mesh: one for each machine and unit of work */
    size_t mesh_count;
    struct nh_catalog catalog;
    char title[128];
    char **command; /* argv that made the report, NULL-terminated, or NULL */
};

int nh_report_html(FILE *out, const struct nh_report *r, struct nh_error *err);
int nh_report_text(FILE *out, const struct nh_report *r, bool colour, struct nh_error *err);
int nh_report_json(FILE *out, const struct nh_report *r, struct nh_error *err);

#endif
