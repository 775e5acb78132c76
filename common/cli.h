/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef NH_CLI_H
#define NH_CLI_H

#include <popt.h>
#include <stdbool.h>

#include "common/error.h"

/*
 * A program is a table of verbs; a verb is an option table (popt), a help text with
 * examples, and a function. Help, unknown options, and shell completion come from
 * these tables, so a verb never parses or prints help itself.
 *
 * Options are read as strings or flags only: each verb parses its values with
 * units.h, so that an error names the option and the remedy.
 */
struct nh_verb {
    const char *name;
    const char *summary;                              /* one line */
    const char *arguments;                            /* "FILE... [OPTION...]" */
    const char *examples;                             /* lines of complete commands */
    const struct poptOption *(*options)(void *state); /* table pointing into state */
    size_t state_size;                                /* memory given to options() and run() */
    const void
        *initial; /* what it holds at first: what sets apart verbs of one file; NULL: zeros */
    int (*run)(void *state, int argc, char **argv, struct nh_error *err); /* argv: positionals */
};

struct nh_program {
    const char *name;
    const char *pitch;                  /* a sentence for --help */
    const struct nh_verb *const *verbs; /* NULL-terminated */
};

/**
 * Runs `program`: --help, --version, `completion bash|zsh`, or the verb. Returns the
 * exit code; an error is printed to stderr as one line "NAME VERB: text" when `report`
 * is true (one rank of a parallel program).
 */
int nh_program_main(const struct nh_program *program, int argc, char **argv, bool report);

/** The value of a string option that must be one of a NULL-terminated list. */
int nh_choice(const char *option, const char *text, const char *const *choices, int *index,
              struct nh_error *err);

#define NH_VERSION "0.1.0"

#endif
