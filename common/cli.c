/* SPDX-License-Identifier: BSD-3-Clause */
#include "common/cli.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/nearest.h"

enum { MOST_OPTIONS = 128 };

typedef void (*option_visitor)(const struct poptOption *option, void *context);

static void visit_options(const struct poptOption *table, option_visitor visit, void *context)
{
    for (; table && (table->longName || table->shortName || table->arg); table++) {
        if ((table->argInfo & POPT_ARG_MASK) == POPT_ARG_INCLUDE_TABLE)
            visit_options(table->arg, visit, context);
        else if (table->longName)
            visit(table, context);
    }
}

/* ---- help ---- */

static void print_option(const struct poptOption *o, void *context)
{
    FILE *out = context;
    char left[64], letter[8] = "    ";
    if (o->shortName)
        snprintf(letter, sizeof letter, "-%c, ", o->shortName);
    snprintf(left, sizeof left, "%s--%s%s%s", letter, o->longName, o->argDescrip ? " " : "",
             o->argDescrip ? o->argDescrip : "");
    fprintf(out, "  %-30s  %s\n", left, o->descrip ? o->descrip : "");
}

static void print_verb_help(const struct nh_program *program, const struct nh_verb *verb,
                            const struct poptOption *options)
{
    printf("Usage: %s %s %s\n\n%s.\n\nOptions:\n", program->name, verb->name,
           verb->arguments ? verb->arguments : "", verb->summary);
    visit_options(options, print_option, stdout);
    printf("  %-30s  %s\n", "-h, --help", "show this help");
    if (verb->examples)
        printf("\nExamples:\n%s", verb->examples);
}

/* Columns that the longest name takes. */
static int name_width(const struct nh_program *program)
{
    size_t width = strlen("completion") + 2;
    for (const struct nh_verb *const *v = program->verbs; *v; v++)
        if (strlen((*v)->name) > width)
            width = strlen((*v)->name);
    return (int)width;
}

static void print_help(const struct nh_program *program)
{
    int width = name_width(program);
    printf("%s\n\nUsage: %s VERB [OPTION...]\n\nVerbs:\n", program->pitch, program->name);
    for (const struct nh_verb *const *v = program->verbs; *v; v++)
        printf("  %-*s %s\n", width, (*v)->name, (*v)->summary);
    printf("  %-*s %s\n", width, "completion",
           "Print the completion script for a shell (bash, zsh)");
    printf("\n'%s VERB --help' explains a verb with examples. --version prints the version.\n"
           "Exit codes: 0 done, 1 failed, 2 wrong input, 72 an unfit node, 73 wrong transport,\n"
           "74 a rank was lost, 75 ended early: the same command goes on.\n",
           program->name);
}

/* ---- completion ---- */

static void print_word(const struct poptOption *o, void *context)
{
    fprintf(context, " --%s", o->longName);
}

/* NULL when memory is short. */
static void *new_state(const struct nh_verb *verb)
{
    void *state = calloc(1, verb->state_size + 1);
    if (state && verb->initial)
        memcpy(state, verb->initial, verb->state_size);
    return state;
}

static const struct poptOption *options_of(const struct nh_verb *verb, void *state)
{
    return verb->options ? verb->options(state) : NULL;
}

static void print_completion(const struct nh_program *program)
{
    char function[64];
    snprintf(function, sizeof function, "_%s", program->name);
    for (char *p = function; *p; p++)
        if (*p == '-')
            *p = '_';
    printf("%s() {\n  local cur=${COMP_WORDS[COMP_CWORD]} words=\n  case ${COMP_WORDS[1]} in\n",
           function);
    for (const struct nh_verb *const *v = program->verbs; *v; v++) {
        void *state = new_state(*v);
        printf("  %s) words='--help", (*v)->name);
        if (state)
            visit_options(options_of(*v, state), print_word, stdout);
        printf("' ;;\n");
        free(state);
    }
    printf("  esac\n  if [ \"$COMP_CWORD\" -eq 1 ]; then words='");
    for (const struct nh_verb *const *v = program->verbs; *v; v++)
        printf("%s ", (*v)->name);
    printf("completion --help --version'; fi\n"
           "  case $cur in -*) ;; *) [ \"$COMP_CWORD\" -gt 1 ] && words= ;; esac\n"
           "  mapfile -t COMPREPLY < <(compgen -W \"$words\" -- \"$cur\")\n}\n"
           "complete -o default -F %s %s\n",
           function, program->name);
}

static int completion(const struct nh_program *program, const char *shell, struct nh_error *err)
{
    static const char *const shells[] = {"bash", "zsh", NULL};
    int which;
    int rc = nh_choice("completion", shell ? shell : "", shells, &which, err);
    if (rc)
        return rc;
    if (which == 1)
        printf("autoload -U +X bashcompinit && bashcompinit\n");
    print_completion(program);
    return NH_OK;
}

/* ---- options ---- */

struct names {
    const char *items[MOST_OPTIONS];
    size_t count;
};

static void collect_name(const struct poptOption *o, void *context)
{
    struct names *n = context;
    if (n->count < MOST_OPTIONS)
        n->items[n->count++] = o->longName;
}

/* popt gives string values to the caller; what was there before is a verb's own. */
struct strings {
    char **at[MOST_OPTIONS];
    char *before[MOST_OPTIONS];
    size_t count;
};

static void collect_string(const struct poptOption *o, void *context)
{
    struct strings *s = context;
    if ((o->argInfo & POPT_ARG_MASK) != POPT_ARG_STRING || !o->arg || s->count == MOST_OPTIONS)
        return;
    s->at[s->count] = o->arg;
    s->before[s->count++] = *(char **)o->arg;
}

static void free_strings(const struct strings *s)
{
    for (size_t i = 0; i < s->count; i++)
        if (*s->at[i] != s->before[i])
            free(*s->at[i]);
}

static int bad_option(poptContext context, int code, const struct poptOption *options,
                      struct nh_error *err)
{
    const char *given = poptBadOption(context, POPT_BADOPTION_NOALIAS);
    if (code == POPT_ERROR_NOARG)
        return nh_fail(err, NH_EINPUT, "%s: a value is missing; write %s VALUE", given, given);
    if (code != POPT_ERROR_BADOPT)
        return nh_fail(err, NH_EINPUT, "%s: %s; see --help", given, poptStrerror(code));
    struct names names = {.count = 0};
    visit_options(options, collect_name, &names);
    const char *near = nh_nearest(given + strspn(given, "-"), names.items, names.count);
    if (near)
        return nh_fail(err, NH_EINPUT, "unknown option '%.60s'; did you mean '--%s'?", given, near);
    return nh_fail(err, NH_EINPUT, "unknown option '%.60s'; see --help", given);
}

static int parse_and_run(const struct nh_verb *verb, const struct poptOption *options, void *state,
                         int argc, char **argv, struct nh_error *err)
{
    static const struct poptOption none[] = {POPT_TABLEEND};
    poptContext context =
        poptGetContext(verb->name, argc, (const char **)argv, options ? options : none, 0);
    if (!context)
        return nh_fail(err, NH_EFAIL, "out of memory");
    int code = poptGetNextOpt(context), rc;
    if (code < -1) {
        rc = bad_option(context, code, options, err);
    } else {
        const char **rest = poptGetArgs(context);
        int count = 0;
        while (rest && rest[count])
            count++;
        rc = verb->run(state, count, (char **)rest, err);
    }
    poptFreeContext(context);
    return rc;
}

static bool asks_help(int argc, char **argv)
{
    for (int i = 1; i < argc && strcmp(argv[i], "--") != 0; i++)
        if (strcmp(argv[i], "--help") == 0 || strcmp(argv[i], "-h") == 0)
            return true;
    return false;
}

static int run_verb(const struct nh_program *program, const struct nh_verb *verb, int argc,
                    char **argv, bool report, struct nh_error *err)
{
    void *state = new_state(verb);
    if (!state)
        return nh_fail(err, NH_EFAIL, "out of memory");
    const struct poptOption *options = options_of(verb, state);
    struct strings strings = {.count = 0};
    visit_options(options, collect_string, &strings);
    int rc = NH_OK;
    if (!asks_help(argc, argv))
        rc = parse_and_run(verb, options, state, argc, argv, err);
    else if (report)
        print_verb_help(program, verb, options);
    free_strings(&strings);
    free(state);
    return rc;
}

/* ---- program ---- */

static const struct nh_verb *find_verb(const struct nh_program *program, const char *name,
                                       struct nh_error *err)
{
    const char *known[MOST_OPTIONS];
    size_t n = 0;
    for (const struct nh_verb *const *v = program->verbs; *v; v++) {
        if (strcmp((*v)->name, name) == 0)
            return *v;
        known[n++] = (*v)->name;
    }
    const char *near = nh_nearest(name, known, n);
    nh_fail(err, NH_EINPUT, "unknown verb '%.60s'; %s%s%s", name, near ? "did you mean '" : "see ",
            near ? near : "--help", near ? "'?" : "");
    return NULL;
}

static int dispatch(const struct nh_program *program, int argc, char **argv, bool report,
                    const char **verb_name, struct nh_error *err)
{
    const char *first = argc > 1 ? argv[1] : "--help";
    if (strcmp(first, "--help") == 0 || strcmp(first, "-h") == 0 || strcmp(first, "help") == 0) {
        if (report)
            print_help(program);
        return NH_OK;
    }
    if (strcmp(first, "--version") == 0) {
        if (report)
            printf("%s %s\n", program->name, NH_VERSION);
        return NH_OK;
    }
    if (strcmp(first, "completion") == 0)
        return completion(program, argc > 2 ? argv[2] : NULL, err);
    const struct nh_verb *verb = find_verb(program, first, err);
    if (!verb)
        return NH_EINPUT;
    *verb_name = verb->name;
    return run_verb(program, verb, argc - 1, argv + 1, report, err);
}

int nh_program_main(const struct nh_program *program, int argc, char **argv, bool report)
{
    struct nh_error err = {0};
    const char *verb = NULL;
    int rc = dispatch(program, argc, argv, report, &verb, &err);
    /* A full disk or a closed pipe shows only when the buffer is written. */
    if (fflush(stdout) && !rc)
        rc = nh_fail_errno(&err, "cannot write the output");
    if (rc && report && err.text[0])
        fprintf(stderr, "%s%s%s: %s\n", program->name, verb ? " " : "", verb ? verb : "", err.text);
    return rc;
}

int nh_choice(const char *option, const char *text, const char *const *choices, int *index,
              struct nh_error *err)
{
    char list[256] = "";
    for (int i = 0; choices[i]; i++) {
        if (strcmp(choices[i], text) == 0) {
            *index = i;
            return NH_OK;
        }
        size_t used = strlen(list);
        snprintf(list + used, sizeof list - used, "%s%s", i ? ", " : "", choices[i]);
    }
    return nh_fail(err, NH_EINPUT, "%s: '%.60s' is not known; choose one of %s", option, text,
                   list);
}
