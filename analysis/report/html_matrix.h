/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef NH_HTML_MATRIX_H
#define NH_HTML_MATRIX_H

#include <stdio.h>

#include "common/error.h"
#include "common/record.h"

/* The launches of one matrix, pooled: the same measure, message, ranks and machine. */
struct nh_matrix {
    const struct nh_record *first; /* whose placement stands for all */
    size_t launches;
    size_t ranks;
    bool rate;              /* bytes/s, else ns */
    double *links;          /* ranks x ranks, medians over launches; NaN for none. NULL: no links
                               are recorded beyond 64 ranks */
    double inside, between; /* medians of the links of one kind; NaN for none */
};

/** Records of a matrix that count; others are no business of these functions. */
bool nh_matrix_counts(const struct nh_record *record);
/** True when `record` is a further launch of what `first` measured. */
bool nh_matrix_same(const struct nh_record *first, const struct nh_record *record);
/** Pools all launches of `first` among `records`. */
int nh_matrix_pool(const struct nh_records *records, const struct nh_record *first,
                   struct nh_matrix *matrix, struct nh_error *err);
void nh_matrix_clear(struct nh_matrix *matrix);

/** How many times worse than the links of its kind a link is; NaN where there is none. */
double nh_matrix_times(const struct nh_matrix *matrix, size_t from, size_t to);
const char *nh_matrix_host(const struct nh_matrix *matrix, size_t rank);

/** What stands out, over the launches, the worst first. */
struct nh_matrix_suspect {
    char name[96];
    double value;    /* in the first launch that lists it */
    double score;    /* mean over all launches; one that does not list it counts as 0 */
    size_t launches; /* that list it among the worst */
};
enum { NH_MATRIX_SUSPECTS = 64 };
/** `key` is worst_hosts, worst_ranks or worst_links of a record's detail. */
size_t nh_matrix_suspects(const struct nh_records *records, const struct nh_matrix *matrix,
                          const char *key, struct nh_matrix_suspect *suspects);

#endif
