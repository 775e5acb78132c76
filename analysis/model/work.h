/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef NH_MODEL_WORK_H
#define NH_MODEL_WORK_H

#include "analysis/model/table.h"

/** Gunther's universal scalability law (usl_model.c) and Extra-P's normal form for the work
 *  k T(k) (work_model.c), as models of time. */
extern const struct nh_model nh_model_usl, nh_model_work;

#endif
