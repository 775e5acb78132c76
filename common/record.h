/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef NH_RECORD_H
#define NH_RECORD_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/error.h"
#include "common/stats.h"

/*
 * The record, format version 1: one JSON line for one (kernel, parameters,
 * launch). docs/records.md documents every field; this struct has the same names.
 * Strings and JSON values are owned by the record and freed by nh_record_clear.
 */
#define NH_RECORD_FORMAT "nodehour-record"
enum { NH_RECORD_VERSION = 1 };

struct nh_record {
    char *time;            /* UTC, ISO 8601, when the measurement ended */
    char *program;         /* "nodehour-mpi 0.1.0" */
    char *run;             /* run identity given by the launcher, or NULL */
    char *job;             /* configuration within the run, or NULL */
    long launch;           /* launch index within the job, from 0; -1 when started by hand */
    char *kernel;          /* "pingpong", "allreduce", ... */
    json_t *params;        /* object: what was asked for; numbers carry their unit in the name */
    char *metric;          /* "one_way_latency", "time_per_iteration", ... */
    char *timing;          /* "root" or "max_over_ranks": whose clock made the samples */
    char *sync;            /* how ranks started together: "none", "barrier" */
    long nodes, ranks;     /* 0: unknown, only where `imported` */
    size_t ops_per_sample; /* a sample is the time of this many operations; 0: unknown */
    int64_t first_op_ns;   /* the very first operation, alone; -1: unknown */
    int64_t *samples_ns;   /* every sample in time order, warm-up included */
    size_t sample_count;
    struct nh_summary stats; /* ns per operation */
    double level;            /* confidence of stats.ci, 0.95 */
    char *stop_rule;         /* "precision", "time", "count" */
    double precision_target;
    double elapsed_s;  /* spent on this measurement */
    char *verify;      /* "passed" or "off"; a failed verification is no record */
    json_t *derived;   /* object: bandwidth_bytes_per_s, cells_per_s, ... */
    json_t *detail;    /* object or NULL: kernel's own, e.g. per-rank shares */
    json_t *times;     /* object or NULL: the same samples by other definitions of time */
    json_t *limits;    /* object or NULL: what the hardware allows, measured in this run */
    json_t *clock;     /* object: source, resolution_ns, cost_ns */
    json_t *placement; /* array, a row a rank: as observed */
    json_t *transport; /* object: verdict and evidence */
    json_t *system;    /* object: cpu, kernel, MPI library, instance type */
    json_t *env;       /* object: allow-listed environment */
    json_t *command;   /* array of strings */
    char *machine;     /* EC2 instance type as observed, or NULL */
    /* Object or NULL. A figure that another suite printed: its format, file, line, and what kind
     * of statistic stats.mean is. There are no samples then, and no median. */
    json_t *imported;
};

void nh_record_init(struct nh_record *r);
void nh_record_clear(struct nh_record *r);

/** The record as a JSON object; new reference. */
json_t *nh_record_json(const struct nh_record *r);

/** The JSON line with its '\n', malloc'ed; NULL when memory is short. */
char *nh_record_line(const struct nh_record *r);

/** Parses one line. Code NH_EINPUT with the field and the remedy in the text. */
int nh_record_parse(const char *line, size_t len, struct nh_record *r, struct nh_error *err);

/** Append one record to a JSON Lines file (see journal.h). */
int nh_record_append(const char *path, const struct nh_record *r, struct nh_error *err);

struct nh_records {
    struct nh_record *items;
    size_t count;
    size_t damaged;    /* lines skipped */
    char damage[1024]; /* "FILE:LINE: ..." of the first one */
};

/**
 * Appends every record of a JSON Lines file to `set`. A damaged line is an error
 * (NH_EINPUT, "FILE:LINE: ...") unless `skip_damaged`, then it is counted.
 */
int nh_records_read(const char *path, bool skip_damaged, struct nh_records *set,
                    struct nh_error *err);
/** The same for lines in memory; `name` is what messages call them. */
int nh_records_parse(const char *name, const char *data, size_t len, bool skip_damaged,
                     struct nh_records *set, struct nh_error *err);
void nh_records_clear(struct nh_records *set);

/** What is left of a record that was folded into another of its configuration. */
struct nh_folded {
    uint32_t record; /* index of that other, which was kept */
    bool bimodal;
    double size_bytes, bandwidth; /* NaN when unknown */
    double median_ns, spread;     /* spread: MAD over median of its samples */
};
struct nh_folded_list {
    struct nh_folded *items;
    size_t count;
};

/**
 * The same for millions of records: of each configuration (all but size, launch, time and
 * measured values) the first is kept whole, and the first thousands of a file whatever they
 * are; of the others the numbers that pooling needs are appended to `folded`.
 */
int nh_records_fold(const char *path, bool skip_damaged, struct nh_records *set,
                    struct nh_folded_list *folded, struct nh_error *err);

/** The figure that stands for a record, ns per operation: the median, or the mean that another
 *  suite printed; NaN when it printed none. */
double nh_record_central(const struct nh_record *r);

/** Numbers from params or derived; `fallback` when absent. */
double nh_json_number(const json_t *object, const char *key, double fallback);
const char *nh_json_text(const json_t *object, const char *key, const char *fallback);

#endif
