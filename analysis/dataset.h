/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef NH_DATASET_H
#define NH_DATASET_H

#include <stdbool.h>
#include <stddef.h>

#include "analysis/import/log.h"
#include "analysis/import/runs.h"
#include "analysis/shares.h"
#include "common/error.h"
#include "common/record.h"
#include "common/sha256.h"
#include "common/stats.h"

/*
 * What the analysis works on, whatever file it came from. Importers (a table) read
 * files into it; nothing behind this header knows file formats.
 *
 * An application is a set of timings of one case on one machine at several sizes.
 * Two clocks are kept apart: solver time (scaling) and job time (billed). NaN = absent.
 */
struct nh_timing_row {
    double solver_s, job_s;
    long launch; /* unit of replication */
};

struct nh_app_point {
    long nodes;   /* 0 when unknown and not derivable */
    long cores;   /* 0 when unknown and not derivable */
    double cells; /* NaN when not given */
    struct nh_timing_row *rows;
    size_t row_count;
    char note[128]; /* from the file, shown beside the point */
};

enum nh_scaling_kind { NH_STRONG, NH_WEAK };

struct nh_app {
    char name[96];               /* case, or "halo 256 x 256 x 256" */
    char machine[32];            /* "" when unknown */
    char work[32];               /* what a time is of: "run", "iteration" */
    enum nh_scaling_kind kind;   /* declared, never guessed from times */
    struct nh_app_point *points; /* ascending in cores, then nodes */
    size_t point_count;
    char origin[256]; /* "FILE:LINE" that named the machine, "" when it was observed */
};

/** Message-size curves: one per (kernel, what distinguishes it, ranks). */
struct nh_curve_point {
    double size_bytes;
    double median_ns;      /* median over launches of the launch medians */
    struct nh_interval ci; /* over launches; NaN below six launches */
    size_t launches;
    double within_spread, between_spread; /* MAD / median of samples, and of launch medians */
    double bandwidth_Bps;                 /* NaN when it means nothing for the kernel */
    bool bimodal;                         /* in any launch */
};

struct nh_curve {
    char kernel[32], label[96]; /* "allreduce", "float sum, 2 ranks" */
    char metric[48];
    char statistic[64]; /* "" for ours; what another suite printed: "mean over iterations" */
    char over[32];      /* "" for MPI; "libfabric" when measured without it */
    char path[16];      /* what carried the bytes: the verdict of its records; "" unknown */
    long ranks, nodes;
    struct nh_curve_point *points; /* ascending size */
    size_t point_count;
};

/** The bytes of a source. They are kept: a page carries them, so that it can be made again. */
struct nh_input {
    char *data;
    size_t len;
    const struct nh_importer *importer;
    size_t size;                 /* of the file; len, unless the bytes came out of a page */
    char digest[NH_SHA256_TEXT]; /* of the file; "" when nobody asked */
    size_t records_end; /* records of this source and those before, before any was refused */
};

/* Record files beyond it are read by nh_records_fold. */
enum { NH_FOLD_BYTES = 64 << 20 };

struct nh_dataset {
    struct nh_app *apps;
    size_t app_count;
    struct nh_curve *curves;
    size_t curve_count;
    size_t matrices;         /* records of every pair of ranks, which the page draws as they are */
    struct nh_shares shares; /* what each rank did with its time, where records say it */
    struct nh_records records;    /* for environment, commands and the appendix */
    struct nh_folded_list folded; /* numbers of those not kept whole, until they are grouped */
    size_t folded_count;          /* how many were folded */
    struct nh_records refused;    /* that cannot be true: in no curve, no matrix, no application */
    char (*sources)[512];         /* files read */
    struct nh_input *inputs;      /* what was read, for each source */
    size_t source_count;
    char (*warnings)[512];
    size_t warning_count;
    struct nh_given given;   /* what the user says of logs */
    bool not_carried;        /* something read is too large for a page, or named by a table only */
    struct nh_app_runs runs; /* of applications' logs, until they are grouped */
};

/** Reads a file into a set; a format whose rows are figures of other suites parses them into a
 *  log instead, which also `nodehour check` and `nodehour import` use; one whose rows are timings
 *  of an application parses them into runs. One of the three is set. */
struct nh_importer {
    const char *name;
    /** True when the first bytes of the file look like this format. */
    bool (*recognise)(const char *head, size_t len);
    /** Reads what stands in the file called `name`; the data end in a zero byte. */
    int (*read)(const char *name, const char *data, size_t len, bool skip_damaged,
                struct nh_dataset *set, struct nh_error *err);
    nh_log_parse_fn parse;
    nh_runs_parse_fn runs;
};

/** Importers known: logs of benchmarks (OSU, IMB, nccl-tests, fio), of applications (GROMACS,
 *  LAMMPS, OpenFOAM, STAR-CCM+) and of tools that time them (ReFrame, hyperfine, Extra-P),
 *  published figures, records (JSON Lines), CSV of application timings. NULL-terminated. */
extern const struct nh_importer *const nh_importers[];

/** The first importer that recognises a file, or the beginning of one in memory. */
int nh_importer_find(const char *path, const struct nh_importer **importer, struct nh_error *err);
const struct nh_importer *nh_importer_of(const char *data, size_t len);

/** Reads a whole file; NH_EINPUT when it cannot be read. `data` is malloc'ed. */
int nh_input_read(const char *path, char **data, size_t *len, struct nh_error *err);

/**
 * Reads files by the first importer that recognises them and groups records into
 * applications and curves. `skip_damaged` as in nh_records_read (counted as warning).
 */
int nh_dataset_read(char *const *paths, size_t count, bool skip_damaged, struct nh_dataset *set,
                    struct nh_error *err);
/** An empty set. `given` is copied, its texts are borrowed; NULL: nothing. */
void nh_dataset_start(struct nh_dataset *set, const struct nh_given *given);
/** Adds one source: takes over `data` (malloc'ed, ended by a zero byte), also on error. */
int nh_dataset_add_input(struct nh_dataset *set, const char *name, char *data, size_t len,
                         bool skip_damaged, struct nh_error *err);

/** Its two steps: files to records and timings; records to applications and curves. What does
 *  not belong into the second is taken out of `records` in between. Clears `set` on error. */
int nh_dataset_load(char *const *paths, size_t count, bool skip_damaged,
                    const struct nh_given *given, struct nh_dataset *set, struct nh_error *err);
int nh_dataset_group(struct nh_dataset *set, struct nh_error *err);
void nh_dataset_clear(struct nh_dataset *set);

/** What says which point of which application a timing belongs to. */
struct nh_timing_key {
    const char *name, *machine, *work, *origin, *note; /* "" when unknown */
    enum nh_scaling_kind kind;
    long nodes, cores;
    double cells;
};

/** Adds one timing: finds or makes its application and point. NH_EINPUT ("field ...") when
 *  the cells of a strong-scaling case differ. */
int nh_dataset_add(struct nh_dataset *set, const struct nh_timing_key *key,
                   const struct nh_timing_row *row, struct nh_error *err);

/** Index of the application that a timing belongs to; SIZE_MAX when there is none. */
size_t nh_dataset_app(struct nh_dataset *set, const struct nh_timing_key *key);

/** Orders points by cores, then nodes, and joins equal ones (after sizes were completed). */
int nh_app_tidy(struct nh_app *app, struct nh_error *err);

/** Room for one more item in an array that grows by doubling; NULL when memory is short. */
void *nh_grow(void *items, size_t count, size_t item_size);

/** printf into the list of warnings. */
void nh_dataset_warn(struct nh_dataset *set, const char *fmt, ...) NH_PRINTF(2, 3);

#endif
