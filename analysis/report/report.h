/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef NH_REPORT_H
#define NH_REPORT_H

#include <stdio.h>

#include "analysis/advice.h"
#include "analysis/bottleneck.h"
#include "analysis/decide/across.h"
#include "analysis/decide/decide.h"
#include "analysis/doubts.h"
#include "analysis/mesh.h"
#include "analysis/model/model.h"
#include "analysis/network.h"
#include "analysis/references.h"
#include "analysis/report/carried.h"

/* One answer in three forms. All of them are pure functions of the same struct:
 * equal input gives byte-identical output. */
struct nh_app_answer {
    struct nh_scaling scaling;
    struct nh_models models;  /* of its time over size */
    struct nh_advice *advice; /* one per price model asked for; at least one */
    size_t advice_count;
    struct nh_bottleneck bottleneck;
    struct nh_network_answer network; /* from micro-benchmarks; see `asked` */
    struct nh_decision *decisions;    /* one for each advice */
    struct nh_across across;          /* the answer under every price of the machine */
};

struct nh_report {
    struct nh_dataset data;
    struct nh_doubts doubts;         /* of the physics guard */
    struct nh_references references; /* that the studies of the runs name */
    struct nh_carried carried;       /* for the page; empty when it is not asked for */
    size_t own_warnings;             /* of data.warnings; those behind were added by the caller */
    struct nh_app_answer *apps;
    size_t app_count;
    struct nh_goal goal;           /* what was asked for */
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
