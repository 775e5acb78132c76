/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef NH_JSON_MODELS_H
#define NH_JSON_MODELS_H

#include <jansson.h>

#include "analysis/report/report.h"

/** Models, predictions and grades of one application; what keeps it from scaling, with the
 *  factors of every size of which records have the time of each rank. */
json_t *nh_json_models(const struct nh_app_answer *answer);
json_t *nh_json_bottleneck(const struct nh_app_answer *answer, const struct nh_dataset *set);
/** Null where it is not asked for. */
json_t *nh_json_network(const struct nh_network_answer *answer);
json_t *nh_json_mesh(const struct nh_mesh_answer *answer);

#endif
