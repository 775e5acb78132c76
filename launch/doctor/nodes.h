/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef NH_DOCTOR_NODES_H
#define NH_DOCTOR_NODES_H

#include "launch/doctor/doctor.h"

/** Runs this program's doctor on every host of `doctor` at once and appends what each said to
 *  the array `nodes`, in the order of the hosts. A host that cannot be asked gets
 *  {"host", "error"} with the text of ssh or srun. */
int nh_nodes_ask(const struct nh_doctor *doctor, json_t *nodes, struct nh_error *err);

/** Values that should be the same on all nodes and are not, hosts that are one machine, and
 *  clocks that disagree: array of {"subject", "key", "level", "majority", "nodes", "what"}. */
json_t *nh_nodes_compare(const json_t *nodes);

#endif
