/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef NH_RECORD_OUTPUT_H
#define NH_RECORD_OUTPUT_H

#include <jansson.h>
#include <stdarg.h>

#include "bench/record/options.h"
#include "bench/record/table.h"
#include "common/record.h"

/* Table and records of one program run, for the one process that writes. Knows neither
 * MPI nor any other way of passing messages. */
struct nh_output;

/* What a program says of its run. Text must outlive the output. */
struct nh_output_facts {
    const char *program, *verb; /* "nodehour-mpi", "pingpong" */
    const char *library;        /* what carries the messages, one line */
    int ranks;
    long nodes;
    const struct nh_clock *clock;
    const struct nh_limits *limits; /* read when printed: a kernel may change them before */
    json_t *placement;              /* rows, a rank each; the output owns it from now on */
    json_t *system;                 /* likewise */
    /** Optional. Completes a record just before it is written: derived is there. */
    int (*complete)(void *context, struct nh_record *record, struct nh_error *err);
    void *context;
};

/** NULL when memory is short; what facts own is freed then too. */
struct nh_output *nh_output_open(const struct nh_output_facts *facts,
                                 const struct nh_settings *settings);
void nh_output_close(struct nh_output *o);

/** Prints what stands above the table, once; before the first measurement, so that input
 *  that turns out wrong leaves nothing on standard output. */
void nh_output_head(struct nh_output *o);

/** A line of the table, or the record, and the record file. `done` of `total` lines is for
 *  the progress bar; total 0 when unknown. Takes the samples out of `series`. */
int nh_output_write(struct nh_output *o, const struct nh_kernel_ops *ops, void *state,
                    const struct nh_case *row, struct nh_series *series, size_t done, size_t total,
                    struct nh_error *err);

/** "# text" beside the table; nothing with --json or --quiet. */
void nh_output_note(struct nh_output *o, const char *fmt, va_list args);

#endif
