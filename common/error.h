/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef NH_ERROR_H
#define NH_ERROR_H

/*
 * Errors travel as a status with a context chain and are shown once, at the
 * top of the program. Leaf code never prints and never exits.
 *
 * Every function that can fail returns 0 or one of these codes, which are also
 * the exit codes of the programs.
 */
enum nh_code {
    NH_OK = 0,
    NH_EFAIL = 1,       /* the work itself failed: a system call, a wrong result */
    NH_EINPUT = 2,      /* the user's input is wrong: option, file, value */
    NH_EPREFLIGHT = 72, /* a node is not fit for it: not reachable, another program, ... */
    NH_ETRANSPORT = 73, /* another transport than the required one carried the bytes */
    NH_EPARTIAL = 74,   /* a launch or a rank was lost; what was measured is kept */
    NH_ESTOPPED = 75    /* ended early, all of it kept: the same command goes on later */
};

struct nh_error {
    int code;
    char text[1024];
};

#if defined(__GNUC__)
#define NH_PRINTF(fmt, args) __attribute__((format(printf, fmt, args)))
#else
#define NH_PRINTF(fmt, args)
#endif

/**
 * Sets the error and returns `code`, so that callers write
 * `return nh_fail(err, NH_EINPUT, "...")`. `err` may be NULL.
 * The text is one line: what is wrong; then, after a semicolon, the remedy.
 */
int nh_fail(struct nh_error *err, int code, const char *fmt, ...) NH_PRINTF(3, 4);

/** Like nh_fail, with ": " and the text of errno appended. Code NH_EFAIL. */
int nh_fail_errno(struct nh_error *err, const char *fmt, ...) NH_PRINTF(2, 3);

/**
 * Puts "context: " before the text that is there and returns err->code, so that
 * a caller adds where the failure happened without losing what it was.
 */
int nh_context(struct nh_error *err, const char *fmt, ...) NH_PRINTF(2, 3);

#endif
