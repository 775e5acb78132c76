/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef NH_VERB_NVME_H
#define NH_VERB_NVME_H

#include "common/cli.h"

extern const struct nh_verb nh_verb_nvme;

#endif
