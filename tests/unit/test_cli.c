/* SPDX-License-Identifier: BSD-3-Clause */
#include "tests/unit/support.h"

#include <fcntl.h>
#include <unistd.h>

#include "common/cli.h"

struct greet {
    char *name;
    int loud;
    struct poptOption table[3];
};

static int greeted; /* positionals of the last run */
static int loud;    /* of the last run */

static const struct poptOption *greet_options(void *state)
{
    struct greet *g = state;
    const struct poptOption table[] = {
        {"name", 'n', POPT_ARG_STRING, &g->name, 0, "whom to greet", "NAME"},
        {"loud", 0, POPT_ARG_NONE, &g->loud, 0, "shout", NULL},
        POPT_TABLEEND};
    memcpy(g->table, table, sizeof table);
    return g->table;
}

static int greet_run(void *state, int argc, char **argv, struct nh_error *err)
{
    struct greet *g = state;
    (void)argv;
    greeted = argc;
    loud = g->loud;
    return g->name && strcmp(g->name, "nobody") == 0 ? nh_fail(err, NH_EFAIL, "nobody is here")
                                                     : NH_OK;
}

static const struct nh_verb verb_greet = {.name = "greet",
                                          .summary = "Greet somebody",
                                          .arguments = "FILE... [OPTION...]",
                                          .examples = "  prog greet -n Ada\n",
                                          .options = greet_options,
                                          .state_size = sizeof(struct greet),
                                          .run = greet_run};
static const struct nh_verb verb_shout = {.name = "shout",
                                          .summary = "Greet somebody loudly",
                                          .options = greet_options,
                                          .state_size = sizeof(struct greet),
                                          .initial = &(const struct greet){.loud = 1},
                                          .run = greet_run};
static const struct nh_verb *const verbs[] = {&verb_greet, &verb_shout, NULL};
static const struct nh_program program = {.name = "prog", .pitch = "prog greets.", .verbs = verbs};

/* Runs a command line; what it printed to stdout and stderr is in out and err. */
static int run(char *out, char *err, size_t len, int argc, char **argv)
{
    char *const into[] = {out, err};
    int saved[2], files[2];
    fflush(NULL);
    for (int i = 0; i < 2; i++) {
        char path[] = "/tmp/nodehour-cli-XXXXXX";
        saved[i] = dup(i + 1);
        files[i] = mkstemp(path);
        unlink(path);
        dup2(files[i], i + 1);
    }
    int rc = nh_program_main(&program, argc, argv, true);
    fflush(NULL);
    for (int i = 0; i < 2; i++) {
        dup2(saved[i], i + 1);
        ssize_t n = pread(files[i], into[i], len - 1, 0);
        into[i][n > 0 ? n : 0] = '\0';
        close(files[i]);
        close(saved[i]);
    }
    return rc;
}

#define RUN(...)                                                                                   \
    run(out, err, sizeof out, (int)(sizeof((char *[]){__VA_ARGS__}) / sizeof(char *)),             \
        (char *[]){__VA_ARGS__, NULL})

static size_t lines(const char *text)
{
    size_t n = 0;
    for (; *text; text++)
        n += *text == '\n';
    return n;
}

static void options_and_positionals_reach_the_verb(void **state)
{
    (void)state;
    char out[4096], err[4096];
    assert_int_equal(RUN("prog", "greet", "a", "--name", "Ada", "--loud", "b"), 0);
    assert_int_equal(greeted, 2);
    assert_string_equal(err, "");
    assert_int_equal(RUN("prog", "greet", "--name=nobody"), NH_EFAIL);
    assert_string_equal(err, "prog greet: nobody is here\n");
}

static void verbs_of_one_file_differ_in_what_their_state_holds_at_first(void **state)
{
    (void)state;
    char out[4096], err[4096];
    assert_int_equal(RUN("prog", "greet"), 0);
    assert_int_equal(loud, 0);
    assert_int_equal(RUN("prog", "shout", "--name", "Ada"), 0);
    assert_int_equal(loud, 1);
}

static void bad_words_get_one_line_and_code_2(void **state)
{
    (void)state;
    char out[4096], err[4096];
    assert_int_equal(RUN("prog", "greet", "--nam", "x"), NH_EINPUT);
    assert_non_null(strstr(err, "did you mean '--name'"));
    assert_int_equal(lines(err), 1);
    assert_int_equal(RUN("prog", "greet", "--name"), NH_EINPUT);
    assert_non_null(strstr(err, "value is missing"));
    assert_int_equal(RUN("prog", "geet"), NH_EINPUT);
    assert_non_null(strstr(err, "did you mean 'greet'"));
    assert_int_equal(RUN("prog", "greet", "-z"), NH_EINPUT);
    assert_int_equal(RUN("prog", "completion", "fish"), NH_EINPUT);
    assert_int_equal(lines(err), 1);
}

static void help_comes_from_the_tables(void **state)
{
    (void)state;
    char out[4096], err[4096];
    assert_int_equal(RUN("prog", "--help"), 0);
    assert_non_null(strstr(out, "greet        Greet somebody"));
    assert_int_equal(RUN("prog", "greet", "--help"), 0);
    assert_non_null(strstr(out, "-n, --name NAME"));
    assert_non_null(strstr(out, "prog greet -n Ada"));
    assert_int_equal(RUN("prog", "--version"), 0);
    assert_string_equal(out, "prog " NH_VERSION "\n");
    assert_int_equal(RUN("prog", "completion", "bash"), 0);
    assert_non_null(strstr(out, "greet) words='--help --name --loud'"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(options_and_positionals_reach_the_verb),
        cmocka_unit_test(verbs_of_one_file_differ_in_what_their_state_holds_at_first),
        cmocka_unit_test(bad_words_get_one_line_and_code_2),
        cmocka_unit_test(help_comes_from_the_tables)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
