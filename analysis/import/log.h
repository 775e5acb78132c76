/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef NH_LOG_H
#define NH_LOG_H

#include <stdbool.h>
#include <stddef.h>

#include "analysis/import/operations.h"
#include "common/error.h"

/*
 * What other suites print, after parsing and before judging: series of rows with the line
 * each came from. Nothing is derived here but units; NaN and 0 mean "not in the file".
 */
enum nh_log_value {
    NH_LOG_TIME, /* ns, the central figure: a mean in every suite read here */
    NH_LOG_MIN,  /* ns, least over ranks (OSU, IMB) or over operations (fio) */
    NH_LOG_MAX,
    NH_LOG_P50, /* ns, percentiles as the suite computed them */
    NH_LOG_P90,
    NH_LOG_P95,
    NH_LOG_P99,
    NH_LOG_P999,
    NH_LOG_RATE,      /* bytes/s of payload; nccl-tests: algbw */
    NH_LOG_BUS_RATE,  /* bytes/s, nccl-tests: busbw */
    NH_LOG_MESSAGES,  /* 1/s */
    NH_LOG_REPEATS,   /* operations that the central figure is a mean of */
    NH_LOG_WRONG,     /* elements that were wrong; a failed validation is 1 */
    NH_LOG_HANDOVER,  /* ns, limit measured beside it: a cache line from core to core */
    NH_LOG_COPY_RATE, /* bytes/s, limit measured beside it: one core copying as many bytes */
    NH_LOG_VALUES,
    NH_LOG_BYTES = NH_LOG_VALUES, /* columns of tables only: nh_log_row.bytes */
    NH_LOG_SKIP                   /* a column that nobody reads */
};

struct nh_log_row {
    long line;    /* from 1 */
    long item;    /* index in a JSON list, -1 in text */
    double bytes; /* message or block; NaN where there is none (barrier) */
    double value[NH_LOG_VALUES];
    double step[NH_LOG_VALUES]; /* half a unit of the last digit printed; 0 when exact */
};

struct nh_log_series {
    long line;        /* of its header */
    char program[48]; /* "osu_latency", "IMB-MPI1 PingPong", "all_reduce_perf", "fio" */
    char version[24];
    const struct nh_operation *op;
    char variant[64];      /* sets apart series of one program: "float, sum, in place" */
    char origin[64];       /* what was measured: series of one origin belong together; "" */
    const char *statistic; /* how the central figure was made, for labels */
    char epoch[16];        /* one-sided: how it ended, "flush", "fence", "lock", ...; "" unknown */
    char transport[8];     /* verdict of byte counters, "shm", "efa", "tcp", ...; "" not proven */
    char missed[8];        /* the transport that was required and did not carry the bytes; "" */
    char machine[32];
    long nodes, ranks, pairs; /* 0 when the file does not say */
    long drives;              /* storage: block devices named, 0 when unknown */
    bool total_size;          /* bytes is the sum over ranks where op->per_rank */
    bool over_ranks;          /* the central figure is a mean over ranks, too */
    bool pipelined;           /* operations follow each other without waiting: a period */
    bool buffered;            /* storage: the page cache was in use */
    struct nh_log_row *rows;
    size_t row_count;
};

struct nh_log {
    char path[256];
    const char *format; /* "osu", "imb", "nccl-tests", "fio", "figures", "records" */
    struct nh_log_series *series;
    size_t series_count;
    long average_line; /* of "Avg bus bandwidth", 0 when there is none */
    double average_Bps;
    size_t damaged;   /* lines left out */
    char damage[512]; /* the first one: "line N: ..." */
};

/** Parses a whole file. NH_EINPUT ("NAME:LINE: problem; remedy") at the first damaged line,
 *  unless `skip_damaged`: then it is left out and counted. */
typedef int (*nh_log_parse_fn)(const char *name, const char *data, size_t len, bool skip_damaged,
                               struct nh_log *log, struct nh_error *err);

void nh_log_init(struct nh_log *log, const char *path, const char *format);
void nh_log_clear(struct nh_log *log);

/** A series without rows; NULL (NH_EFAIL) when memory is short. */
struct nh_log_series *nh_log_add_series(struct nh_log *log, long line, struct nh_error *err);
/** A row whose values are all absent. */
void nh_log_row_init(struct nh_log_row *row, long line);
/** Adds one; NULL (NH_EFAIL) when memory is short. */
struct nh_log_row *nh_log_add_row(struct nh_log_series *series, long line, struct nh_error *err);
/** Drops series without rows; NH_EINPUT when none is left. */
int nh_log_tidy(struct nh_log *log, struct nh_error *err);
/** A damaged line: an error, or counted when `skip_damaged`. */
int nh_log_damage(struct nh_log *log, long line, bool skip_damaged, struct nh_error *err,
                  const char *fmt, ...) NH_PRINTF(5, 6);

#endif
