/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef NH_IMPORT_FIO_H
#define NH_IMPORT_FIO_H

#include "analysis/dataset.h"

/* JSON of fio (--output-format=json or json+, also with --append-terse text around it). */
extern const struct nh_importer nh_importer_fio;

#endif
