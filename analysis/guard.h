/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef NH_GUARD_H
#define NH_GUARD_H

#include "analysis/import/log.h"
#include "common/catalog.h"

/*
 * The physics guard: which figures cannot be true. A rule is an entry of a table; each says
 * whether it applies to a figure, what bound it sets, and what a broken bound means. Nothing
 * is compared with "usual" values.
 */
enum nh_level {
    NH_UNCHECKED, /* no rule applies: too little is known */
    NH_FINE,
    NH_SUSPICIOUS, /* may be true, and must not be quoted as it stands */
    NH_IMPOSSIBLE
};

const char *nh_level_name(enum nh_level level);

enum nh_outcome { NH_DOES_NOT_APPLY, NH_HOLDS, NH_BROKEN };

struct nh_judgement {
    char value[48], bound[64]; /* "460 ns", "at least 5.00 us" */
    char formula[192];         /* how the bound comes about, with its numbers */
};

/* What the user says of files that do not say it themselves. */
enum nh_placement { NH_PLACEMENT_UNKNOWN, NH_BETWEEN_NODES, NH_INSIDE_NODE };

struct nh_guard_options {
    const char *machine; /* NULL: as the files say */
    long nodes, ranks;   /* 0: as the files say */
    enum nh_placement placement;
};

/* A series with all that is known of it. */
struct nh_guard_context {
    const struct nh_log *log;
    const struct nh_log_series *series;
    const struct nh_machine *machine; /* NULL when unknown */
    const struct nh_guard_options *options;
    long nodes, ranks; /* 0 when unknown */
    bool between, inside;
    double line_Bps;    /* of one node, one way; NaN when unknown */
    double hop_ns;      /* least one-way time between nodes; NaN when unknown */
    char hop_from[96];  /* where it comes from */
    double handover_ns; /* least of the set, measured by our own programs; NaN when unknown */
    size_t looks;       /* figures of the set beside which it was measured */
};

struct nh_rule {
    const char *name;
    enum nh_level level; /* of a figure that breaks it */
    const char *says;    /* what that means */
    const char *source;
    enum nh_outcome (*check)(const struct nh_guard_context *c, const struct nh_log_row *row,
                             struct nh_judgement *j);
};

/** All rules, NULL-terminated, the ones that say most first. */
extern const struct nh_rule *const nh_rules[];
/** Rules whose findings come from other figures, not from a bound. */
extern const struct nh_rule nh_rule_same_run, nh_rule_same_skew, nh_rule_same_set, nh_rule_average;
/** The rules that the three above look at. */
extern const struct nh_rule nh_rule_latency, nh_rule_skew;

/** EFA between hosts: no one-way latency below this was ever seen, ns. */
extern const double nh_efa_least_hop_ns;

struct nh_guard_line {
    const struct nh_log *log;
    const struct nh_log_series *series; /* NULL for a line that belongs to no series */
    const struct nh_log_row *row;       /* likewise */
    long line;
    enum nh_level level;
    const struct nh_rule *rule; /* the first broken one of the worst level, NULL when fine */
    struct nh_judgement why;
};

struct nh_guard {
    struct nh_guard_line *lines; /* in the order of the files */
    size_t count;
    size_t levels[NH_IMPOSSIBLE + 1]; /* lines of each level */
};

/**
 * Judges every row of `logs`. NH_EINPUT when a machine is not in the catalog. The logs must
 * outlive the result.
 */
int nh_guard_check(const struct nh_log *logs, size_t count, const struct nh_catalog *catalog,
                   const struct nh_guard_options *options, struct nh_guard *guard,
                   struct nh_error *err);
void nh_guard_clear(struct nh_guard *guard);

/** Lines that a rule refused or doubted. */
size_t nh_guard_broken(const struct nh_guard *guard, const struct nh_rule *rule);

#endif
