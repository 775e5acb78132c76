/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef NH_SCREEN_JUDGE_H
#define NH_SCREEN_JUDGE_H

#include <stdbool.h>
#include <stddef.h>

#include "common/error.h"

/*
 * Which hosts of a tournament are worse than the others. Values in, verdicts out: nothing
 * here starts or prints anything.
 *
 * A host is as good as the median of its links to hosts that are good, of two middle ones the
 * better: with three hosts one slow partner must not drag the two others down. Three aspects
 * are looked at, since an interface may be slow in one direction only; a round trip shows
 * latency both ways. The hosts' values are compared by
 *
 *     z = (value - median) / max(1.4826 MAD, 2 % of the median, noise),
 *     noise = 1.2533 s / sqrt(links of the host)
 *
 * where s is the spread (1.4826 MAD) of links about the worse of their two hosts, and 1.2533
 * the standard error of a median against that of a mean. A host is bad when z reaches
 * NH_SCREEN_Z (Iglewicz and Hoaglin 1993) and it is NH_SCREEN_TIMES times worse than the
 * median: what differs by a few percent only is not worth a node. Neither alone accuses.
 */
#define NH_SCREEN_Z 3.5
#define NH_SCREEN_TIMES 1.1
/* Of a link between two good hosts; there are many more of them. */
#define NH_SCREEN_LINK_Z 5.0
#define NH_SCREEN_LINK_TIMES 1.25

enum nh_screen_aspect { NH_SCREEN_LATENCY, NH_SCREEN_SENDS, NH_SCREEN_RECEIVES, NH_SCREEN_ASPECTS };

/* Every ordered pair of hosts, [from * hosts + to]; NaN: not measured. Bandwidth is kept as time:
 * a rate cannot be further below the median than the median, so that it would have no z where
 * rates spread by a third. */
struct nh_screen_cells {
    size_t hosts;
    double *latency_ns, *ns_per_byte;
};

/** Memory for `hosts` x `hosts`, all NaN. */
int nh_screen_cells_new(size_t hosts, struct nh_screen_cells *cells, struct nh_error *err);
void nh_screen_cells_free(struct nh_screen_cells *cells);

struct nh_screen_score {
    double value;  /* ns, or ns per byte; NaN: no link to a good host was measured */
    double median; /* of the good hosts */
    double times;  /* how many times worse than that */
    double z;
    bool bad;
};
struct nh_screen_scores {
    struct nh_screen_score of[NH_SCREEN_ASPECTS];
};

/** Scores of every host against those that are `good`, a row each. Code NH_EFAIL. */
int nh_screen_score(const struct nh_screen_cells *cells, const bool *good,
                    struct nh_screen_scores *scores, struct nh_error *err);

/**
 * Takes the worst host out of `good` as long as there is a bad one among those that were
 * measured; they stay the majority. `*divided` tells that more are bad than that: then there is
 * no yardstick. With two hosts nothing is taken out: either could be the slow one. The scores
 * are against those that are left.
 */
int nh_screen_select(const struct nh_screen_cells *cells, bool *good,
                     struct nh_screen_scores *scores, bool *divided, struct nh_error *err);

/** True when some aspect is bad. */
bool nh_screen_is_bad(const struct nh_screen_scores *scores);

/** True when those not `good`, two or more, are as quick among themselves as the good ones are in
 *  every aspect that is bad: then they are far away (another rack) rather than broken. */
int nh_screen_apart(const struct nh_screen_cells *cells, const bool *good,
                    const struct nh_screen_scores *scores, bool *apart, struct nh_error *err);

struct nh_screen_link {
    size_t from, to; /* latency is of both ways, and from < to */
    enum nh_screen_aspect aspect;
    double value, times, z; /* as of hosts */
};

/** Links between good hosts that stand out, the worst first; at most `room`, how many were
 *  found is in `*count`. `scores` are those of the hosts. */
int nh_screen_links(const struct nh_screen_cells *cells, const bool *good,
                    const struct nh_screen_scores *scores, struct nh_screen_link *links,
                    size_t room, size_t *count, struct nh_error *err);

/** How many times worse a link is than the worse of its two hosts; NaN: not known. */
double nh_screen_link_times(const struct nh_screen_cells *cells,
                            const struct nh_screen_scores *scores, enum nh_screen_aspect aspect,
                            size_t from, size_t to);

/** The value of a link in an aspect (latency: mean of both ways); NaN: not measured. */
double nh_screen_link_value(const struct nh_screen_cells *cells, enum nh_screen_aspect aspect,
                            size_t from, size_t to);

#endif
