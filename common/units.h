/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef NH_UNITS_H
#define NH_UNITS_H

#include <stddef.h>
#include <stdint.h>

#include "common/error.h"

/* Conversion between text and numbers. Time is int64 nanoseconds and sizes are
 * bytes everywhere else; only this file knows prefixes. */

/** "64", "4K", "1M", "2G" (binary prefixes, optional trailing B or iB) to bytes. */
int nh_parse_size(const char *text, size_t *bytes, struct nh_error *err);

/**
 * A list of sizes: comma-separated items, each a size or a range "A-B" that
 * doubles from A to at most B. `*sizes` is malloc'ed, the caller frees it.
 * At most 4096 entries; order is kept.
 */
int nh_parse_size_list(const char *text, size_t **sizes, size_t *count, struct nh_error *err);

/** A finite decimal number, nothing after it. `what` names it in the error text. */
int nh_parse_double(const char *what, const char *text, double *value, struct nh_error *err);

/** As nh_parse_double, and greater than zero. */
int nh_parse_positive(const char *what, const char *text, double *value, struct nh_error *err);

/** A whole number within [min, max]. */
int nh_parse_long(const char *what, const char *text, long min, long max, long *value,
                  struct nh_error *err);

/** "90s", "10min", "2h", "1h30min", "1d" to seconds, above zero. */
int nh_parse_duration(const char *text, double *seconds, struct nh_error *err);

/* Text for people: three significant digits and the unit, "2.00 us", "12.5 GB/s"
 * (decimal prefixes for rates, as on network data sheets), "4 MiB" for sizes.
 * `buf` holds at least NH_UNIT_TEXT bytes and is returned. */
enum { NH_UNIT_TEXT = 32 };
const char *nh_format_ns(double ns, char *buf);
const char *nh_format_bytes(size_t bytes, char *buf);
const char *nh_format_rate(double bytes_per_s, char *buf);
/** "1 h 05 min", "2 min 10 s", "7 s": for progress and turn-around times. */
const char *nh_format_duration(double seconds, char *buf);
/** A time of any length: "5.43 ms" below a second, else as a duration. */
const char *nh_format_time(double seconds, char *buf);

#endif
