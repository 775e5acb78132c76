/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef NH_IMPORT_IMB_H
#define NH_IMPORT_IMB_H

#include "analysis/dataset.h"

/* Text of the Intel MPI Benchmarks: all suites with the common tables of IMB-MPI1. */
extern const struct nh_importer nh_importer_imb;

#endif
