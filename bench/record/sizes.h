/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef NH_SIZES_H
#define NH_SIZES_H

#include <stddef.h>

#include "common/error.h"

struct nh_sizes {
    size_t *items; /* bytes, ascending, each once; free() */
    size_t count;
};

/**
 * Reads --sizes. Each size must be a multiple of `unit` (bytes of an element) and at least
 * `least`, and its element count must fit an int, as MPI-3 counts. `unit_name` names the
 * element in the error: "float".
 */
int nh_sizes_parse(const char *text, size_t unit, const char *unit_name, size_t least,
                   struct nh_sizes *out, struct nh_error *err);

/** The same with at most `most` elements, for operations that count beyond an int. */
int nh_sizes_parse_up_to(const char *text, size_t unit, const char *unit_name, size_t least,
                         size_t most, struct nh_sizes *out, struct nh_error *err);

/** The largest, 0 for none. */
size_t nh_sizes_largest(const struct nh_sizes *sizes);

/** Rounds each up to a multiple of `unit`; those that become equal are one. */
void nh_sizes_round_up(struct nh_sizes *sizes, size_t unit);

/** One line for the table of options, storing into the string `where`. */
#define NH_SIZES_OPTION(where, text)                                                               \
    {                                                                                              \
        "sizes", 's', POPT_ARG_STRING, where, 0, text, "LIST"                                      \
    }

#endif
