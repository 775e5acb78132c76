/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef NH_FETCH_H
#define NH_FETCH_H

#include <stdio.h>

#include "analysis/cost/source.h"

/** Current prices through the AWS CLI. */
struct nh_fetch {
    const char *machines;        /* comma-separated */
    const char *models;          /* beginnings of names; NULL: all but capacity blocks */
    const char *program;         /* the CLI; NULL: aws on PATH */
    struct nh_price_query query; /* machine, today and page are filled here */
    struct nh_price_set set;     /* the answer, also what came before an error */
};

/**
 * Asks every source that has one of the models, for every machine. A model that AWS does not
 * sell for a machine is told on `notes`; on-demand without a price is an error, and so is any
 * failure of the CLI.
 */
int nh_fetch_prices(struct nh_fetch *f, FILE *notes, struct nh_error *err);

#endif
