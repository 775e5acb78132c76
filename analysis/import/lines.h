/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef NH_LINES_H
#define NH_LINES_H

#include <stdbool.h>
#include <stddef.h>

/* Text of a benchmark's output, line by line. */
enum { NH_LINE_BYTES = 2048, NH_LINE_WORDS = 64 };

struct nh_lines {
    const char *at, *end;
    long number;              /* of the line in `text`, from 1 */
    char text[NH_LINE_BYTES]; /* control characters are blanks; what is longer is cut off */
};

void nh_lines_start(struct nh_lines *lines, const char *data, size_t len);
/** The next line; false at the end. */
bool nh_lines_next(struct nh_lines *lines);

/** Splits at runs of `gap` blanks or more, in place. Returns the number of words, at most
 *  NH_LINE_WORDS. */
int nh_line_split(char *text, int gap, char **words);

/** A finite number that is not negative, with half a unit of its last printed digit. */
bool nh_line_number(const char *word, double *value, double *step);

/** The first byte that is no blank and no line end; '\0' when there is none. */
char nh_lines_first(const char *data, size_t len);

/** Is there a line that begins with `start` (after blanks)? */
bool nh_lines_contain(const char *data, size_t len, const char *start);

#endif
