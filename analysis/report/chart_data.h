/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef NH_CHART_DATA_H
#define NH_CHART_DATA_H

#include <stdio.h>

#include "analysis/report/chart.h"
#include "analysis/report/table.h"

/** What a chart shows, below it: a folded table, and the same as a CSV file to save, which
 *  lies in the page. */
void nh_chart_data(FILE *out, const struct nh_chart *chart);

/** The same for any table; the first row are headers. `id` names the file. Frees the table. */
void nh_data_write(FILE *out, const char *id, const char *title, struct nh_table *t);

#endif
