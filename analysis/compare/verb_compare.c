/* SPDX-License-Identifier: BSD-3-Clause */
#include <string.h>

#include "analysis/compare/show.h"
#include "analysis/verb_paths.h"
#include "analysis/verbs.h"
#include "common/units.h"

enum { LEAST_SEGMENT = 2, USUAL_SEGMENT = 3, MOST_SEGMENT = 1000, PERMUTATIONS = 999 };
static const double usual_alpha = 0.01;
enum { SEED = 20260101 };

struct compare_options {
    char *threshold, *correction, *min_segment;
    int json, skip_damaged, history, self_test;
    struct poptOption table[8];
};

static const struct poptOption *compare_options(void *state)
{
    struct compare_options *o = state;
    const struct poptOption table[] = {
        {"threshold", 0, POPT_ARG_STRING, &o->threshold, 0,
         "least change that matters (2), in percent", "PERCENT"},
        {"correction", 0, POPT_ARG_STRING, &o->correction, 0,
         "for many cases: holm, fdr, none (holm)", "NAME"},
        {"history", 0, POPT_ARG_NONE, &o->history, 0,
         "look for changes over files in order of time", NULL},
        {"min-segment", 0, POPT_ARG_STRING, &o->min_segment, 0,
         "of a history: values on each side of a change (3)", "N"},
        {"self-test", 0, POPT_ARG_NONE, &o->self_test, 0,
         "show that a known slowdown of these data would be found", NULL},
        {"json", 0, POPT_ARG_NONE, &o->json, 0, "print as JSON", NULL},
        {"skip-damaged", 0, POPT_ARG_NONE, &o->skip_damaged, 0,
         "leave out damaged lines of record files", NULL},
        POPT_TABLEEND};
    _Static_assert(sizeof table == sizeof o->table, "room for every option");
    memcpy(o->table, table, sizeof table);
    return o->table;
}

static int read_correction(const char *name, const struct nh_correction **correction,
                           struct nh_error *err)
{
    static const char *const names[] = {"holm", "fdr", "none", NULL};
    int index = 0;
    int rc = name ? nh_choice("--correction", name, names, &index, err) : NH_OK;
    *correction = nh_corrections[index];
    return rc;
}

static int read_settings(const struct compare_options *o, struct nh_compare_options *out,
                         struct nh_error *err)
{
    double percent = 100 * NH_COMPARE_THRESHOLD;
    int rc = o->threshold ? nh_parse_positive("--threshold", o->threshold, &percent, err) : NH_OK;
    if (!rc && percent > 1000)
        rc = nh_fail(err, NH_EINPUT, "--threshold: %g %% is beyond any change; give less", percent);
    out->threshold = percent / 100;
    return rc ? rc : read_correction(o->correction, &out->correction, err);
}

/* ---- Two sets ---- */

/* What was found is no failure of ours: the exit code says it, and no error text. */
static int compare_sets(const struct compare_options *o, char **files,
                        const struct nh_compare_options *settings, struct nh_error *err)
{
    struct nh_cases a, b = {0};
    struct nh_comparison c = {0};
    int rc = nh_cases_read(&files[0], 1, o->skip_damaged, &a, err);
    if (rc)
        return rc;
    rc = nh_cases_read(&files[1], 1, o->skip_damaged, &b, err);
    if (!rc)
        rc = nh_compare(&a, &b, settings, &c, err);
    if (!rc && c.count == 0)
        rc = nh_fail(err, NH_EINPUT,
                     "%s and %s have no case in common; compare sets of the same "
                     "measurements",
                     files[0], files[1]);
    if (!rc)
        rc = o->json ? nh_comparison_json(stdout, &c, err) : nh_comparison_text(stdout, &c, err);
    rc = rc ? rc : c.found[NH_SLOWER] > 0 ? NH_EFAIL : NH_OK;
    nh_comparison_clear(&c);
    nh_cases_clear(&a);
    nh_cases_clear(&b);
    return rc;
}

static int self_test(const struct compare_options *o, char **files, size_t n,
                     const struct nh_compare_options *settings, struct nh_error *err)
{
    struct nh_cases a;
    struct nh_self_test t;
    int rc = nh_cases_read(files, n, o->skip_damaged, &a, err);
    if (rc)
        return rc;
    rc = nh_compare_self_test(&a, settings, &t, err);
    nh_cases_clear(&a);
    if (rc)
        return rc;
    nh_self_test_text(stdout, &t);
    return t.found > 0 && t.missed == 0 && t.invented == 0 ? NH_OK : NH_EFAIL;
}

/* ---- A history ---- */

static int look_back(const struct compare_options *o, char **files, size_t n, double threshold,
                     struct nh_error *err)
{
    long segment = USUAL_SEGMENT;
    struct nh_history h;
    int rc = o->min_segment ? nh_parse_long("--min-segment", o->min_segment, LEAST_SEGMENT,
                                            MOST_SEGMENT, &segment, err)
                            : NH_OK;
    const struct nh_change_options options = {.min_segment = (size_t)segment,
                                              .min_magnitude = threshold,
                                              .alpha = usual_alpha,
                                              .permutations = PERMUTATIONS,
                                              .seed = SEED};
    if (!rc)
        rc = nh_history_read(files, n, o->skip_damaged, &options, &h, err);
    if (rc)
        return rc;
    rc =
        o->json ? nh_history_json(stdout, &h, files, err) : nh_history_text(stdout, &h, files, err);
    for (size_t i = 0; !rc && i < h.count; i++)
        rc = nh_series_regressed(&h.items[i]) ? NH_EFAIL : NH_OK;
    nh_history_clear(&h);
    return rc;
}

/* ---- Run ---- */

static int check_count(const struct compare_options *o, int n, struct nh_error *err)
{
    if (o->history && o->self_test)
        return nh_fail(err, NH_EINPUT, "--history and --self-test do not go together; give one");
    if (!o->history && o->min_segment)
        return nh_fail(err, NH_EINPUT, "--min-segment is of a history; give --history with it");
    if (!o->history && !o->self_test && n != 2)
        return nh_fail(err, NH_EINPUT,
                       "two sets are compared, A and B, each a file or a run folder; %d given", n);
    return NH_OK;
}

static int run_compare(void *state, int argc, char **argv, struct nh_error *err)
{
    const struct compare_options *o = state;
    struct nh_input_paths paths;
    struct nh_compare_options settings;
    int rc = check_count(o, argc, err);
    if (!rc)
        rc = read_settings(o, &settings, err);
    if (!rc)
        rc = nh_input_paths(argc, argv, &paths, err);
    if (rc)
        return rc;
    size_t n = (size_t)argc;
    if (o->history)
        rc = look_back(o, paths.files, n, settings.threshold, err);
    else if (o->self_test)
        rc = self_test(o, paths.files, n, &settings, err);
    else
        rc = compare_sets(o, paths.files, &settings, err);
    nh_input_paths_clear(&paths);
    return rc;
}

const struct nh_verb nh_verb_compare = {
    .name = "compare",
    .summary = "Say what got faster or slower between two sets of records, or over a history",
    .arguments = "A B [OPTION...]",
    .examples = "  nodehour compare results/before results/after\n"
                "  nodehour compare old.csv new.csv --threshold 5 --json\n"
                "  nodehour compare --history results/*/records.jsonl\n"
                "  nodehour compare --self-test results/latest\n"
                "\nA case is slower or faster when the change is at least the threshold and no\n"
                "chance (Mann-Whitney, adjusted by Holm), equivalent when its 95 % interval lies\n"
                "within the threshold; else it cannot be told, and how small a change these runs\n"
                "could show is said.\n"
                "Exit codes: 0 nothing is slower, 1 something is, 2 wrong input.\n",
    .options = compare_options,
    .state_size = sizeof(struct compare_options),
    .run = run_compare,
};
