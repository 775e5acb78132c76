/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef NH_RECORD_SCAN_H
#define NH_RECORD_SCAN_H

#include <stdbool.h>
#include <stddef.h>

/*
 * The few numbers of a record that statistics over many launches need, read from its line
 * without a tree. Only lines exactly as nh_record_line writes them are taken, and of those
 * only what is plain: everything else, damaged lines too, is left to nh_record_parse, which
 * also says what is wrong. A line that is taken would be parsed without an error.
 */
enum { NH_SCAN_KEY = 8192, NH_SCAN_SLICES = 8 };

struct nh_slice {
    const char *at;
    size_t len;
};

struct nh_record_scan {
    double size_bytes; /* of params; NaN without */
    double median, mad;
    double bandwidth; /* bytes/s; NaN when unknown */
    bool bimodal, matrix;
    /* What two records of one configuration share: kernel, params but the size, nodes, ranks,
     * metric, machine, transport's verdict, system, ... */
    char key[NH_SCAN_KEY];
    size_t key_len;
    /* Values of the line before that come again in the next, most often: compared as a whole.
     * They point into that line. */
    struct nh_slice seen[NH_SCAN_SLICES];
};

/** False: parse the line instead. `line[len]` can be read and is no part of a number. The line
 *  scanned before with the same `s` must still be in memory, or s->seen be cleared. */
bool nh_record_scan(const char *line, size_t len, struct nh_record_scan *s);

#endif
