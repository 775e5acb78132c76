/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef NH_DOUBTS_H
#define NH_DOUBTS_H

#include "analysis/dataset.h"
#include "analysis/guard.h"

/*
 * What the physics guard says of the records of a report: each record that cannot be true, or
 * may be but must not be quoted as it stands, with the reason.
 */
struct nh_doubt {
    char where[320];     /* "records.jsonl, record 12"; "osu.txt:7" */
    char figure[288];    /* "osu_latency, c5n.18xlarge, 8 B" */
    enum nh_level level; /* NH_SUSPICIOUS or NH_IMPOSSIBLE */
    const struct nh_rule *rule;
    struct nh_judgement why;
    long number;   /* of the record in its file, or of the line */
    size_t series; /* doubts of one series have the same number */
};

struct nh_doubts {
    struct nh_doubt *items; /* in the order of the files */
    size_t count;
    size_t levels[NH_IMPOSSIBLE + 1]; /* figures of each level */
};

/**
 * Judges all records of `set`, which is loaded and not yet grouped, and moves the impossible ones
 * to set->refused. `machine` is taken where a log names none; NULL for none. A machine that is
 * not in the catalog sets no bound.
 */
int nh_doubts_make(struct nh_dataset *set, const struct nh_catalog *catalog, const char *machine,
                   struct nh_doubts *out, struct nh_error *err);
void nh_doubts_clear(struct nh_doubts *f);

/** End of the doubts from `first` on that say the same of one series. */
size_t nh_doubts_alike(const struct nh_doubts *f, size_t first);

/** "3 of 120 figures are impossible and 1 is suspicious"; "" when neither. */
enum { NH_DOUBTS_TEXT = 256 };
const char *nh_doubts_summary(const struct nh_doubts *f, char *buf);

/** "osu_latency, alinux2, c5n.18xlarge": how a series is called. */
void nh_series_name(const struct nh_log_series *s, char *buf, size_t size);

#endif
