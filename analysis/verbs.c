/* SPDX-License-Identifier: BSD-3-Clause */
#include "analysis/verbs.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "analysis/build.h"
#include "analysis/given_options.h"
#include "analysis/report/format.h"
#include "analysis/verb_paths.h"
#include "common/paths.h"
#include "common/progress.h"

enum {
    COMMAND_OPTIONS =
        20 + 2 * NH_MESH_OPTIONS + 2 * NH_COST_OPTIONS + 2 * NH_GOAL_OPTIONS + NH_GIVEN_WORDS
};
static const char page_name[] = "report";

struct options {
    char *machine, *price_models, *region, *prices, *license, *title, *output, *format;
    const struct nh_format *saved_as;
    struct nh_cost_options cost;
    int json, skip_damaged;
    struct nh_goal_options goal;
    struct nh_mesh_options mesh;
    struct nh_given_options logs;
    struct poptOption mesh_table[NH_MESH_OPTIONS + 1];
    struct poptOption table[16], cost_table[NH_COST_OPTIONS + 1], goal_table[NH_GOAL_OPTIONS + 1];
};

/* Options of both verbs; `report` adds those of the page. */
static const struct poptOption *fill_table(struct options *o, bool report)
{
    const struct poptOption shared[] = {
        {"machine", 'm', POPT_ARG_STRING, &o->machine, 0,
         "EC2 instance type that sizes and prices are taken from", "NAME"},
        {"price-model", 0, POPT_ARG_STRING, &o->price_models, 0,
         "on-demand, reserved, spot, all, or a list (on-demand)", "LIST"},
        {"region", 0, POPT_ARG_STRING, &o->region, 0, "prices of this region", "NAME"},
        {"prices", 0, POPT_ARG_STRING, &o->prices, 0, "prices of your own, before those known",
         "FILE"},
        {"license-per-hour", 0, POPT_ARG_STRING, &o->license, 0,
         "licence fee for each hour of a run", "USD"},
        {"json", 0, POPT_ARG_NONE, &o->json, 0, "print the answer as JSON", NULL},
        {"skip-damaged", 0, POPT_ARG_NONE, &o->skip_damaged, 0,
         "leave out damaged lines of record files", NULL},
        {NULL, 0, POPT_ARG_INCLUDE_TABLE, o->goal_table, 0, "goals", NULL},
        {NULL, 0, POPT_ARG_INCLUDE_TABLE, o->cost_table, 0, "cost", NULL},
        {NULL, 0, POPT_ARG_INCLUDE_TABLE, o->mesh_table, 0, "another mesh", NULL},
        {NULL, 0, POPT_ARG_INCLUDE_TABLE, nh_given_option_table(&o->logs), 0, "logs", NULL}};
    const struct poptOption page[] = {
        {"output", 'o', POPT_ARG_STRING, &o->output, 0,
         "page to write (report.html, in the run's folder)", "FILE"},
        {"format", 'f', POPT_ARG_STRING, &o->format, 0,
         "html, markdown, csv, latex, png or pdf (html)", "NAME"},
        {"title", 0, POPT_ARG_STRING, &o->title, 0, "title of the page", "TEXT"}};
    size_t n = 0;
    for (; report && n < sizeof page / sizeof *page; n++)
        o->table[n] = page[n];
    memcpy(&o->table[n], shared, sizeof shared);
    nh_cost_option_table(&o->cost, o->cost_table);
    nh_goal_option_table(&o->goal, o->goal_table);
    nh_mesh_option_table(&o->mesh, o->mesh_table);
    o->table[n + sizeof shared / sizeof *shared] = (struct poptOption)POPT_TABLEEND;
    return o->table;
}

static const struct poptOption *report_options(void *state)
{
    return fill_table(state, true);
}

static const struct poptOption *advise_options(void *state)
{
    return fill_table(state, false);
}

/* ---- Paths ---- */

/* The page of a run lies beside its records; any other in the current directory. */
static int choose_page(const struct options *o, int n, char *const *files, char *page,
                       struct nh_error *err)
{
    const char *slash = strrchr(files[0], '/');
    const char *base = slash ? slash + 1 : files[0];
    if (o->output && *o->output == '\0')
        return nh_fail(err, NH_EINPUT, "--output: empty name; give the file of the page");
    if (o->output)
        return nh_path(page, NH_PATH_MAX, err, "%s", o->output);
    if (n == 1 && slash && strcmp(base, nh_records_name) == 0)
        return nh_path(page, NH_PATH_MAX, err, "%.*s/%s.%s", (int)(slash - files[0]), files[0],
                       page_name, o->saved_as->extension);
    return nh_path(page, NH_PATH_MAX, err, "%s.%s", page_name, o->saved_as->extension);
}

static int check_page(const char *page, int n, char *const *files, struct nh_error *err)
{
    struct stat out, in;
    if (stat(page, &out) != 0)
        return NH_OK;
    if (S_ISDIR(out.st_mode))
        return nh_fail(err, NH_EINPUT, "--output: '%s' is a folder; name a file in it", page);
    for (int i = 0; i < n; i++)
        if (stat(files[i], &in) == 0 && in.st_dev == out.st_dev && in.st_ino == out.st_ino)
            return nh_fail(err, NH_EINPUT,
                           "--output: '%s' is one of the input files; choose another name", page);
    return NH_OK;
}

/* ---- Report and advise ---- */

/* What the user typed, as far as it matters for the answer. */
static void write_command(const struct options *o, const char *verb, int n, char **given,
                          char **command)
{
    static char program[] = "nodehour", machine[] = "--machine", models[] = "--price-model",
                region[] = "--region", prices[] = "--prices", license[] = "--license-per-hour",
                skip[] = "--skip-damaged";
    size_t at = 0;
    command[at++] = program;
    command[at++] = (char *)verb;
    for (int i = 0; i < n; i++)
        command[at++] = given[i];
    const struct {
        char *name, *value;
    } options[] = {{machine, o->machine},
                   {models, o->price_models},
                   {region, o->region},
                   {prices, o->prices},
                   {license, o->license}};
    for (size_t i = 0; i < sizeof options / sizeof *options; i++)
        if (options[i].value) {
            command[at++] = options[i].name;
            command[at++] = options[i].value;
        }
    for (size_t i = 0; i < NH_COST_OPTIONS; i++)
        if (o->cost.value[i]) {
            command[at++] = (char *)nh_cost_option_name(i);
            command[at++] = o->cost.value[i];
        }
    for (size_t i = 0; i < NH_GOAL_OPTIONS; i++)
        if (o->goal.value[i]) {
            command[at++] = (char *)nh_goal_option_name(i);
            command[at++] = o->goal.value[i];
        }
    for (size_t i = 0; i < NH_MESH_OPTIONS; i++)
        if (o->mesh.value[i]) {
            command[at++] = (char *)nh_mesh_option_name(i);
            command[at++] = o->mesh.value[i];
        }
    if (o->skip_damaged)
        command[at++] = skip;
    at += nh_given_command(&o->logs, command + at);
    command[at] = NULL;
}

/* Everything is made in memory first, so that an error leaves no half answer behind. */
static int print_answer(const struct options *o, const struct nh_report *r, const char *page,
                        struct nh_error *err)
{
    char *text = NULL;
    size_t len = 0;
    FILE *out = open_memstream(&text, &len);
    if (!out)
        return nh_fail_errno(err, "cannot make the summary");
    int rc = o->json ? nh_report_json(out, r, err) : nh_report_text(out, r, nh_colour(stdout), err);
    if (!rc && page && !o->json)
        fprintf(out, "\nReport: %s\n", page);
    if (fclose(out) && !rc)
        rc = nh_fail_errno(err, "cannot make the summary");
    if (!rc && page)
        rc = nh_format_save(o->saved_as, r, page, err);
    if (!rc && fwrite(text, 1, len, stdout) != len)
        rc = nh_fail_errno(err, "cannot write the summary");
    free(text);
    return rc;
}

/* Is there a goal that no configuration meets? */
static bool unmet(const struct nh_report *r)
{
    for (size_t i = 0; i < r->app_count; i++)
        for (size_t j = 0; j < r->apps[i].advice_count; j++)
            if (r->apps[i].decisions[j].unmet)
                return true;
    return false;
}

/* ---- An old page ---- */

/* Takes the inputs out of a page that was given instead of files; else leaves `carried` empty. */
static int open_page(int n, char **files, struct nh_carried *carried, struct nh_error *err)
{
    char head[64] = "", *data;
    size_t len;
    bool page = false;
    *carried = (struct nh_carried){0};
    for (int i = 0; i < n && !page; i++) {
        FILE *in = fopen(files[i], "re");
        page = in && nh_is_page(head, fread(head, 1, sizeof head, in));
        if (in)
            fclose(in);
        if (page && n > 1)
            return nh_fail(err, NH_EINPUT,
                           "%s: is a report; give it alone, or the files that it "
                           "was made of",
                           files[i]);
    }
    if (!page)
        return NH_OK;
    int rc = nh_input_read(files[0], &data, &len, err);
    if (rc)
        return rc;
    rc = nh_carried_read(files[0], data, len, carried, err);
    free(data);
    return rc;
}

static bool says_of_logs(const struct options *o)
{
    char *words[NH_GIVEN_WORDS];
    return nh_given_command(&o->logs, words) > 0;
}

/* An option of the command line asks for another answer than the page has. */
static bool asks_anew(const struct options *o)
{
    const char *const texts[] = {o->machine, o->price_models, o->region, o->license, o->title};
    bool any = o->skip_damaged || says_of_logs(o);
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++)
        any = any || texts[i];
    for (size_t i = 0; i < NH_COST_OPTIONS; i++)
        any = any || o->cost.value[i];
    for (size_t i = 0; i < NH_GOAL_OPTIONS; i++)
        any = any || o->goal.value[i];
    for (size_t i = 0; i < NH_MESH_OPTIONS; i++)
        any = any || o->mesh.value[i];
    return any;
}

static int build_report(const struct options *o, const char *verb, int n, char **files,
                        char **command, const struct nh_carried *carried, struct nh_report *r,
                        struct nh_error *err)
{
    struct nh_given said;
    int rc = nh_given_settings(&o->logs, &said, err);
    if (rc)
        return rc;
    struct nh_goal_options goal = o->goal;
    struct nh_mesh_options mesh = o->mesh;
    struct nh_report_options options = {.machine = o->machine,
                                        .price_models = o->price_models,
                                        .license_per_hour = o->license,
                                        .cost = o->cost,
                                        .region = o->region,
                                        .prices = o->prices,
                                        .goal = &goal,
                                        .mesh = &mesh,
                                        .title = o->title,
                                        .given = says_of_logs(o) ? &said : NULL,
                                        .carry = strcmp(verb, "report") == 0,
                                        .skip_damaged = o->skip_damaged,
                                        .command = command};
    if (carried->header) {
        options.carried = carried;
        nh_carried_options(carried, &options, &goal, &mesh);
    }
    return nh_report_build(files, (size_t)n, &options, r, err);
}

static int answer_files(const struct options *o, const char *verb, int n, char **given,
                        char **files, char **command, struct nh_carried *carried,
                        struct nh_error *err)
{
    bool want_page = strcmp(verb, "report") == 0;
    char page[NH_PATH_MAX] = "", **theirs = NULL;
    struct nh_report r;
    int rc = want_page ? choose_page(o, n, files, page, err) : NH_OK;
    if (!rc && want_page)
        rc = check_page(page, n, files, err);
    if (!rc && carried->header && o->prices)
        rc = nh_fail(err, NH_EINPUT,
                     "--prices: the page has prices of its own; give the files that "
                     "it was made of");
    if (rc)
        return rc;
    write_command(o, verb, n, given, command);
    if (carried->header && !asks_anew(o))
        theirs = nh_carried_command(carried);
    rc = build_report(o, verb, n, files, theirs ? theirs : command, carried, &r, err);
    if (!rc) {
        rc = print_answer(o, &r, want_page ? page : NULL, err);
        if (!rc && unmet(&r))
            rc = NH_EFAIL; /* a finding is no failure of ours: the exit code says it */
        nh_report_clear(&r);
    }
    free(theirs);
    return rc;
}

static int answer(const struct options *o, const char *verb, int n, char **given,
                  struct nh_error *err)
{
    struct nh_input_paths paths = {0};
    char **command = calloc((size_t)n + COMMAND_OPTIONS, sizeof *command);
    int rc = command ? NH_OK : nh_fail(err, NH_EFAIL, "out of memory");
    if (!rc)
        rc = nh_input_paths(n, given, &paths, err);
    struct nh_carried carried = {0};
    if (!rc)
        rc = open_page(n, paths.files, &carried, err);
    if (!rc)
        rc = answer_files(o, verb, n, given, paths.files, command, &carried, err);
    nh_carried_clear(&carried);
    nh_input_paths_clear(&paths);
    free(command);
    return rc;
}

static int run_report(void *state, int argc, char **argv, struct nh_error *err)
{
    struct options *o = state;
    int rc = nh_format_find(o->format ? o->format : "html", &o->saved_as, err);
    return rc ? rc : answer(state, "report", argc, argv, err);
}

static int run_advise(void *state, int argc, char **argv, struct nh_error *err)
{
    return answer(state, "advise", argc, argv, err);
}

const struct nh_verb nh_verb_report = {
    .name = "report",
    .summary = "Make a report of scaling and cost from records or a CSV of timings",
    .arguments = "FILE... [OPTION...]",
    .examples = "  nodehour report results/latest\n"
                "  nodehour report timings.csv --machine c5n.18xlarge -o scaling.html\n"
                "  nodehour report timings.csv --price-model all --license-per-hour 22\n"
                "  nodehour report md-*.log --strong --machine hpc6a.48xlarge\n"
                "  nodehour report report.html --format pdf\n"
                "\nA CSV has a header line: nodes and/or cores, solver_s and/or job_s (seconds);\n"
                "optionally cells, case, machine, repeat, scaling (strong or weak), note.\n"
                "Logs of GROMACS, LAMMPS, OpenFOAM and others are read, too; what they do not say\n"
                "is given by the options --nodes to --run, or in the CSV, with a column file.\n"
                "The page of a single run folder is written into it, else report.html here.\n",
    .options = report_options,
    .state_size = sizeof(struct options),
    .run = run_report,
};

const struct nh_verb nh_verb_advise = {
    .name = "advise",
    .summary = "Say how many nodes to use, without a page",
    .arguments = "FILE... [OPTION...]",
    .examples = "  nodehour advise timings.csv --machine c5n.18xlarge\n"
                "  nodehour advise results/latest --json\n"
                "  nodehour advise timings.csv --deadline 2h --max-nodes 64\n"
                "  nodehour advise timings.csv --runs 200 --by 3d\n"
                "\nExit codes: 0 answered, 1 no configuration meets a goal, 2 wrong input.\n",
    .options = advise_options,
    .state_size = sizeof(struct options),
    .run = run_advise,
};
