/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef NH_LOGTAIL_H
#define NH_LOGTAIL_H

#include <stddef.h>
#include <stdio.h>

/** The line of a launch's log that tells most: the last one by nodehour-mpi, else mpirun's
 *  own verdict, else the last one with letters. Empty when there is none. Returns buf. */
const char *nh_log_reason(const char *path, char *buf, size_t len);

/** Prints the last `count` lines, at most 20, indented; nothing where there is no file. */
void nh_log_tail(const char *path, int count, FILE *out);

#endif
